package evidence

import (
	"slices"
	"strconv"
)

// units are all units of time that the formats have, in nanoseconds.
var units = map[string]float64{
	"ns": 1, "us": 1e3, "µs": 1e3, "μs": 1e3, "ms": 1e6, "s": 1e9, "sec": 1e9, "secs": 1e9, "m": 60e9, "min": 60e9, "h": 3600e9,
}

// nsMost is the longest time that is taken for one, ten years.
const nsMost = 10 * 365 * 24 * 3600 * 1e9

// toNs is a number of a unit in nanoseconds, rounded; -1 where it is negative,
// no number, or beyond all sense.
func toNs(v float64, unit string) int64 {
	factor, ok := units[unit]
	if ns := v * factor; ok && ns >= 0 && ns <= nsMost {
		return int64(ns + 0.5)
	}
	return -1
}

// numberNs reads a number of a unit; -1 is none.
func numberNs(text, unit string) int64 {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return -1
	}
	return toNs(v, unit)
}

// durationNs reads a number with its unit, such as "11.18ms" or "1.2 secs"; -1
// is none.
func durationNs(text string) int64 {
	end := len(text)
	for end > 0 && (text[end-1] < '0' || text[end-1] > '9') && text[end-1] != '.' {
		end--
	}
	unit := text[end:]
	for len(unit) > 0 && unit[0] == ' ' {
		unit = unit[1:]
	}
	return numberNs(text[:end], unit)
}

// median is that of values, which it sorts.
func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}
