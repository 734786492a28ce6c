package sim

import (
	"math"

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

	plan     *ratePlan
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
		return a.plan.instant(a.position)
	}
	gap := float64(step*a.gapNs) + 0.5
	if gap >= float64(maxTimeNs-a.lastNs) {
		return maxTimeNs
	}
	a.lastNs += int64(gap)
	return a.lastNs
}

// ratePlan is a rate that changes over time: straight lines between knots.
type ratePlan struct {
	knots []knot
	at    int // the piece that the last instant lay in
}

// knot is a corner of the plan: from timeNs on the rate moves from perNs
// towards the next knot's, in arrivals per ns; before counts the arrivals
// expected until then.
type knot struct {
	timeNs float64
	perNs  float64
	before float64
}

// newRatePlan sums up the expected arrivals between knots, whose times ascend
// (two at the same time make a jump).
func newRatePlan(knots []knot) *ratePlan {
	for i := 1; i < len(knots); i++ {
		a, b := knots[i-1], knots[i]
		mean := float64((a.perNs + b.perNs) / 2)
		knots[i].before = a.before + float64(mean*(b.timeNs-a.timeNs))
	}
	return &ratePlan{knots: knots}
}

// instant is when so many arrivals are expected to have come; positions
// ascend from call to call.
func (p *ratePlan) instant(position float64) int64 {
	last := len(p.knots) - 1
	for p.at < last && p.knots[p.at+1].before < position {
		p.at++
	}
	k := p.knots[p.at]
	need := position - k.before
	slope := 0.0
	if p.at < last {
		if length := p.knots[p.at+1].timeNs - k.timeNs; length > 0 {
			slope = (p.knots[p.at+1].perNs - k.perNs) / length
		}
	} else if k.perNs <= 0 {
		return maxTimeNs
	}
	at := k.timeNs + solveRate(k.perNs, slope, need)
	if !(at < float64(maxTimeNs)) {
		return maxTimeNs
	}
	return int64(at + 0.5)
}

// solveRate is the time in which need arrivals come at a rate that starts at
// perNs and rises by slope: the smaller root of perNs t + slope t²/2 = need,
// in the form that does not cancel.
func solveRate(perNs, slope, need float64) float64 {
	root := float64(perNs*perNs) + float64(2*float64(slope*need))
	return 2 * need / (perNs + math.Sqrt(math.Max(0, root)))
}
