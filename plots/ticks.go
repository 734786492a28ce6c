package plots

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// tenTo is an exact power of ten.
func tenTo(exponent int) float64 {
	v, _ := strconv.ParseFloat("1e"+strconv.Itoa(exponent), 64)
	return v
}

// decade is the exponent of the power of ten at or below v > 0.
func decade(v float64) int {
	e, _ := strconv.Atoi(strings.SplitN(strconv.FormatFloat(v, 'e', -1, 64), "e", 2)[1])
	return e
}

// stepFor is the least step of 1, 2 or 5 times a power of ten that divides
// length into at most n parts.
func stepFor(length float64, n int) (step float64, exponent int) {
	for e := decade(length / float64(n)); ; e++ {
		for _, m := range []float64{1, 2, 5} {
			if s := m * tenTo(e); s*float64(n) >= length*(1-1e-9) {
				return s, e
			}
		}
	}
}

// linearAxis reaches from lo to hi or a little further, to whole steps.
func linearAxis(title string, lo, hi float64, label func(v float64, decimals int) string) axis {
	if hi-lo < 1e-6 { // nothing to tell apart
		hi = lo + max(math.Abs(lo), 1)
	}
	step, e := stepFor(hi-lo, 6)
	first, last := math.Floor(lo/step+1e-9), math.Ceil(hi/step-1e-9)
	a := axis{title: title, lo: first * step, hi: last * step}
	for i := first; i <= last; i++ {
		a.ticks = append(a.ticks, tick{i * step, label(i*step, max(0, -e))})
	}
	return a
}

// Mantissas of the ticks of logarithmic axes, fine ones for short ranges.
var (
	coarse = []float64{1, 2, 5}
	fine   = []float64{1, 1.5, 2, 3, 4, 5, 7}
)

// logAxis reaches from lo to hi > 0 and a little further, to round numbers,
// for a frame of some height.
func logAxis(title string, lo, hi, height float64, label func(v float64) string) axis {
	mantissas := coarse
	if hi < 5*lo {
		mantissas = fine
	}
	var all []float64
	for e := decade(lo) - 1; e <= decade(hi)+1; e++ {
		for _, m := range mantissas {
			all = append(all, m*tenTo(e))
		}
	}
	first, last := 0, len(all)-1
	for all[first+1] <= lo/1.02 {
		first++
	}
	for all[last-1] >= hi*1.02 {
		last--
	}
	a := axis{title: title, scale: logarithmic, lo: all[first], hi: all[last]}
	most := int(height / 16)
	every := 1 + (decade(a.hi)-decade(a.lo))/most
	for i := first; i <= last; i++ {
		t := tick{value: all[i]}
		power := i%len(mantissas) == 0 && decade(all[i])%every == 0
		if last-first < most || power {
			t.label = label(all[i])
		}
		a.ticks = append(a.ticks, t)
	}
	return a
}

// number writes v with so many decimals and a comma between thousands.
func number(v float64, decimals int) string {
	s := strconv.FormatFloat(v, 'f', decimals, 64)
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "−", s[1:]
		if strings.Trim(s, "0.") == "" {
			sign = ""
		}
	}
	whole, rest, _ := strings.Cut(s, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if rest != "" {
		whole += "." + rest
	}
	return sign + whole
}

// short writes v with the decimals it needs.
func short(v float64) string {
	s := strconv.FormatFloat(v, 'g', 6, 64)
	if v, err := strconv.ParseFloat(s, 64); err == nil && math.Abs(v) < 1e15 {
		_, rest, _ := strings.Cut(strconv.FormatFloat(v, 'f', -1, 64), ".")
		return number(v, len(rest))
	}
	return s
}

// latency writes milliseconds with the unit that reads best.
func latency(ms float64) string {
	switch {
	case ms < 0.9999:
		return short(ms*1000) + " µs"
	case ms < 999.9:
		return short(ms) + " ms"
	}
	return short(ms/1000) + " s"
}

func percent(v float64, _ int) string { return number(v*100, 0) + " %" }

func finePercent(v float64, _ int) string { return short(v*100) + " %" }

// quantileAxis covers shares up to the last one drawn, on a width. Where labels
// of shares between powers of ten would stand too close, they and their ticks
// are left out.
func quantileAxis(hi, width float64) axis {
	const left = -0.035 // clear of the labels beside the other axis
	a := axis{title: "Share of requests answered within this latency (percentile scale)", scale: percentile, lo: left, hi: hi}
	for _, dropped := range [][]float64{nil, {0.75}, {0.75, 0.95}, {0.5, 0.75, 0.95}} {
		a.ticks = nil
		for _, t := range []tick{
			{0, "0 %"}, {0.5, "50 %"}, {0.75, "75 %"}, {0.9, "90 %"}, {0.95, "95 %"}, {0.99, "99 %"}, {0.999, "99.9 %"},
			{0.9999, "99.99 %"}, {0.99999, "99.999 %"}, {0.999999, "99.9999 %"}, {0.9999999, "99.99999 %"},
		} {
			if t.value <= hi && !slices.Contains(dropped, t.value) {
				a.ticks = append(a.ticks, t)
			}
		}
		if a.fits(width, 5) {
			break
		}
	}
	return a
}
