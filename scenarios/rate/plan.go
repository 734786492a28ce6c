package rate

import (
	"math"
	"slices"
)

// Plan is a rate that changes over time: straight lines between knots. It is for
// one walk through time.
type Plan struct {
	knots []Knot
	at    int // the piece that the last instant lay in
}

// Knot is a corner of a plan: from TimeNs on the rate moves from PerNs, in
// requests per ns, towards the next knot's.
type Knot struct {
	TimeNs float64
	PerNs  float64
	before float64 // requests expected until then
}

// NewPlan sums up the expected requests between knots, whose times ascend (two
// at the same time make a jump).
func NewPlan(knots []Knot) *Plan {
	knots = slices.Clone(knots)
	for i := 1; i < len(knots); i++ {
		a, b := knots[i-1], knots[i]
		mean := float64((a.PerNs + b.PerNs) / 2)
		knots[i].before = a.before + float64(mean*(b.TimeNs-a.TimeNs))
	}
	return &Plan{knots: knots}
}

// InstantNs is when so many requests are expected to have come, +Inf or NaN for
// never; positions ascend from call to call. With positions that are the sums of
// exponential steps of mean 1, the instants are those of a Poisson process.
func (p *Plan) InstantNs(position float64) float64 {
	last := len(p.knots) - 1
	for p.at < last && p.knots[p.at+1].before < position {
		p.at++
	}
	k := p.knots[p.at]
	need := position - k.before
	slope := 0.0
	if p.at < last {
		if length := p.knots[p.at+1].TimeNs - k.TimeNs; length > 0 {
			slope = (p.knots[p.at+1].PerNs - k.PerNs) / length
		}
	} else if k.PerNs <= 0 {
		return math.Inf(1)
	}
	return k.TimeNs + solveRate(k.PerNs, slope, need)
}

// solveRate is the time in which need arrivals come at a rate that starts at
// perNs and rises by slope: the smaller root of perNs t + slope t²/2 = need,
// in the form that does not cancel.
func solveRate(perNs, slope, need float64) float64 {
	root := float64(perNs*perNs) + float64(2*float64(slope*need))
	return 2 * need / (perNs + math.Sqrt(math.Max(0, root)))
}
