package plots

import (
	"math"
	"sort"
)

// scale is how values spread over an axis.
type scale int

const (
	linear scale = iota
	logarithmic
	percentile // shares 0 to below 1, by the number of nines
)

// tick is a labelled place on an axis; without a label it is a mark only.
type tick struct {
	value float64
	label string
}

// axis is a range of values with its title and ticks.
type axis struct {
	title  string
	scale  scale
	lo, hi float64
	ticks  []tick
	// wide is an axis of sizes of which the largest is many times the smallest.
	wide bool
	// places are the values of an evenly spaced axis, in ascending order.
	places []float64
}

func (s scale) of(v float64) float64 {
	switch s {
	case logarithmic:
		return math.Log10(v)
	case percentile:
		return -math.Log10(1 - v)
	}
	return v
}

// holds reports whether v has a place on the scale at all. No measurement of a
// service is as far out as the bounds here; they keep labels short.
func (s scale) holds(v float64) bool {
	switch {
	case math.IsNaN(v) || math.Abs(v) > 1e12:
		return false
	case s == logarithmic:
		return v > 0
	case s == percentile:
		return v >= 0 && v < 1
	}
	return true
}

// norm is where v lies between the ends of the axis, 0 to 1, kept inside a
// little beyond the ends.
func (a axis) norm(v float64) float64 {
	if !a.scale.holds(v) {
		return 0
	}
	if a.places != nil {
		return (a.rank(v) + 0.5) / float64(len(a.places))
	}
	lo, hi := a.scale.of(a.lo), a.scale.of(a.hi)
	return min(max((a.scale.of(v)-lo)/(hi-lo), -0.001), 1.001)
}

// rank is where v lies among the places, between two of them in proportion.
func (a axis) rank(v float64) float64 {
	i := sort.SearchFloat64s(a.places, v)
	switch {
	case i == len(a.places):
		return float64(i) - 0.75
	case a.places[i] == v:
		return float64(i)
	case i == 0:
		return -0.25
	}
	return float64(i-1) + (v-a.places[i-1])/(a.places[i]-a.places[i-1])
}

// padded widens an axis by a share of its length at both ends.
func (a axis) padded(share float64) axis {
	lo, hi := a.scale.of(a.lo), a.scale.of(a.hi)
	by := (hi - lo) * share
	if a.scale == logarithmic {
		a.lo, a.hi = math.Pow(10, lo-by), math.Pow(10, hi+by)
	} else {
		a.lo, a.hi = lo-by, hi+by
	}
	return a
}

// extent is a range of finite values; empty until one is added.
type extent struct {
	lo, hi float64
	some   bool
}

func (e *extent) add(v float64, s scale) {
	if !s.holds(v) || s == logarithmic && v < 1e-9 {
		return
	}
	if !e.some {
		*e = extent{v, v, true}
		return
	}
	e.lo, e.hi = min(e.lo, v), max(e.hi, v)
}

// extentOf is the range of the values of all series on a scale. An interval
// counts too, but no further than half the value beyond the outermost value, or
// a factor of four on a logarithmic scale: one hopeless interval must not
// flatten the chart.
func extentOf(series []series, s scale) extent {
	var values, all extent
	for _, se := range series {
		if se.clip {
			continue
		}
		for _, p := range se.points {
			values.add(p.Y, s)
			all.add(p.Y, s)
			if se.interval != noInterval {
				all.add(p.Lo, s)
				all.add(p.Hi, s)
			}
		}
	}
	switch {
	case !values.some:
	case s == logarithmic:
		all.hi, all.lo = min(all.hi, 4*values.hi), max(all.lo, values.lo/4)
	default:
		all.hi = min(all.hi, values.hi+math.Abs(values.hi)/2)
		all.lo = max(all.lo, values.lo-math.Abs(values.lo)/2)
	}
	return all
}
