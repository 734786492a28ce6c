package plots

import "slices"

// sizesAxis is the axis of the number of instances: linear, or logarithmic
// where the largest size is twenty times the smallest. It has a tick at every
// size where they fit, else at round numbers; all are whole. Where some sizes
// would fall on one spot and there are not too many, they are spaced evenly.
func sizesAxis(sizes []int, width float64) axis {
	lo, hi := sizes[0], sizes[0]
	for _, n := range sizes {
		lo, hi = min(lo, n), max(hi, n)
	}
	a := axis{title: "Instances", lo: float64(lo), hi: float64(hi)}
	switch {
	case lo > 0 && hi >= 20*lo:
		a.scale, a.title, a.wide = logarithmic, "Instances (log scale)", true
	case lo == hi:
		a.lo, a.hi = a.lo-1, a.hi+1
	}
	a = a.padded(0.04)
	if a.crowded(sizes, width) && float64(len(sizes))*leastApart <= width {
		a.title, a.scale, a.places = "Instances (evenly spaced, not to scale)", linear, nil
		for _, n := range sizes {
			a.places = append(a.places, float64(n))
		}
		a.ticks = wholeTicks(sizes)
		for every := 2; !a.fits(width, 8); every++ {
			a.ticks = nil
			for i := 0; i < len(sizes); i += every {
				a.ticks = append(a.ticks, wholeTicks(sizes[i:i+1])...)
			}
		}
		return a
	}
	return a.withTicks(tickChoices(sizes, lo, hi, a.scale), width)
}

// leastApart is how far two points must be from each other to be two.
const leastApart = 2.4 * markerRadius

// crowded reports whether two sizes, in ascending order, are closer than that.
func (a axis) crowded(sizes []int, width float64) bool {
	for i := 1; i < len(sizes); i++ {
		if (a.norm(float64(sizes[i]))-a.norm(float64(sizes[i-1])))*width < leastApart {
			return true
		}
	}
	return false
}

// withTicks takes the first choice whose labels stand clear of each other.
// The first of all, every size, may be tighter than round numbers.
func (a axis) withTicks(choices [][]int, width float64) axis {
	gap := 8.0
	for _, values := range choices {
		a.ticks = wholeTicks(values)
		if a.fits(width, gap) {
			break
		}
		gap = 22
	}
	return a
}

func wholeTicks(values []int) []tick {
	var ticks []tick
	for _, n := range values {
		ticks = append(ticks, tick{float64(n), number(float64(n), 0)})
	}
	return ticks
}

// ticksMost is more ticks than fit on any axis.
const ticksMost = 200

// tickChoices lists sets of ticks from the fullest to the sparsest, without
// those that cannot fit: an axis may be millions long.
func tickChoices(sizes []int, lo, hi int, s scale) [][]int {
	return slices.DeleteFunc(allTickChoices(sizes, lo, hi, s), func(c []int) bool {
		return len(c) == 0 || len(c) > ticksMost
	})
}

func allTickChoices(sizes []int, lo, hi int, s scale) [][]int {
	choices := [][]int{sizes}
	if s == linear {
		for unit := 1; unit <= hi; unit *= 10 {
			for _, m := range []int{1, 2, 5} {
				choices = append(choices, multiples(m*unit, lo, hi))
			}
		}
		return choices
	}
	for _, steps := range [][]int{{2}, {2, 5, 10}, {4}, {10}, {100}} {
		choices = append(choices, powers(steps, lo, hi))
	}
	return choices
}

// multiples lists the multiples from lo to hi, or none where there are too many
// to label.
func multiples(of, lo, hi int) []int {
	if (hi-lo)/of > ticksMost {
		return nil
	}
	var ns []int
	for n := (lo + of - 1) / of * of; n <= hi; n += of {
		ns = append(ns, n)
	}
	return ns
}

// powers lists the numbers from lo to hi that are a step times a power of the
// last step.
func powers(steps []int, lo, hi int) []int {
	base := steps[len(steps)-1]
	var ns []int
	for unit := 1; unit <= hi; unit *= base {
		for _, n := range append([]int{1}, steps[:len(steps)-1]...) {
			if n*unit >= lo && n*unit <= hi {
				ns = append(ns, n*unit)
			}
		}
	}
	return ns
}

// fits reports whether there is a gap between any two labels on a width.
func (a axis) fits(width, gap float64) bool {
	end := -1e9
	for _, t := range a.ticks {
		half := tickType.width(t.label) / 2
		at := a.norm(t.value) * width
		if at-half < end+gap {
			return false
		}
		end = at + half
	}
	return true
}
