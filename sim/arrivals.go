package sim

import (
	"github.com/k9mil/velocitas/scenarios/rate"
	"github.com/k9mil/velocitas/sim/random"
)

// arrivals is an open arrival process: a Poisson or evenly spaced process of
// rate 1, stretched by the planned rate, or a list of instants. The stretching
// keeps the random numbers of one scenario comparable with those of another.
type arrivals struct {
	stream   random.Stream
	constant bool
	gapNs    float64 // mean gap at factor 1
	lastNs   int64

	plan     *rate.Plan
	position float64 // arrivals so far on the plan's own scale

	trace []int64
	next  int
}

// following is the next arrival instant, or maxTimeNs after the last.
func (a *arrivals) following() int64 {
	if a.trace != nil {
		if a.next == len(a.trace) {
			return maxTimeNs
		}
		a.next++
		return a.trace[a.next-1]
	}
	step := 1.0
	if !a.constant {
		step = a.stream.Exponential()
	}
	if a.plan != nil {
		a.position += step
		at := a.plan.InstantNs(a.position)
		if !(at < float64(maxTimeNs)) {
			return maxTimeNs
		}
		return int64(at + 0.5)
	}
	gap := float64(step*a.gapNs) + 0.5
	if gap >= float64(maxTimeNs-a.lastNs) {
		return maxTimeNs
	}
	a.lastNs += int64(gap)
	return a.lastNs
}
