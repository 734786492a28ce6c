package model

import "math"

// Disturbance is when something happens to a system, in seconds since the start
// of load.
type Disturbance struct {
	StartS float64 // the first of it
	EndS   float64 // the last: nothing changes any more
	// Lasting says that load or instances are afterwards not what they were, so
	// that the system finds another level.
	Lasting bool
}

// window is how many buckets of a series are looked at together.
const window = 5

// Recovered judges the mean number in system over time, by buckets of equal
// length from the start of load, where something happens that is undone: stable
// if the backlog it left is gone before the end, and atS is when, in seconds, 0
// if that cannot be told or it left none. Otherwise it is saturated, or near it
// if the backlog has come down to less than ten times what it was.
func (d Disturbance) Recovered(series []float64, bucketS, warmUpS float64) (v Verdict, atS float64) {
	n := len(series)
	twentieth := max(1, n/20)
	from, to := int(warmUpS/bucketS), min(n, int(d.StartS/bucketS))
	if to-from < 2*window { // nothing to compare with before
		from, to = 0, twentieth
	}
	before := mean(series[from:to])
	bound := 2*before + 2
	for i := from; i+window <= to; i++ {
		bound = math.Max(bound, 1.5*mean(series[i:i+window]))
	}
	last := -1 // the last bucket above
	for i := n - window; i >= to && last < 0; i-- {
		if mean(series[i:i+window]) <= bound {
			continue
		}
		for b := i + window - 1; b >= i; b-- {
			if series[b] > bound {
				last = b
				break
			}
		}
	}
	atS = float64(last+1) * bucketS
	end := mean(series[n-twentieth:])
	switch {
	case last < 0:
		return Stable, 0
	case last < n-window:
		return Stable, atS
	case end > 10*before+10:
		return Saturated, 0
	case end > 3*before+3:
		return NearSaturation, 0
	}
	return Stable, 0
}

// Falls is how long a backlog that has not gone by the end will take at its
// pace then, in seconds, 0 if it does not fall.
func (d Disturbance) Falls(series []float64, bucketS float64) (seconds float64) {
	n := len(series)
	half := max(2, n/100)
	if n < 2*half {
		return 0
	}
	earlier, later := mean(series[n-2*half:n-half]), mean(series[n-half:])
	perS := (earlier - later) / (float64(half) * bucketS)
	if earlier-later < 0.01*earlier {
		return 0
	}
	return series[n-1] / perS
}

func mean(xs []float64) float64 {
	sum := 0.0
	for _, x := range xs {
		sum += x
	}
	return sum / float64(len(xs))
}
