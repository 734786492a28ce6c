package rate

import (
	"math"

	"github.com/k9mil/velocitas/scenarios"
)

// Plan is a rate that changes over time: straight lines between knots. It is for
// one walk through time.
type Plan struct {
	knots  []Knot
	period float64 // number of knots after which the rate repeats; 0: it does not
	piece  float64 // ns from one knot to the next, where it repeats
	each   float64 // requests expected in a period

	at       int // the piece that the last instant lay in
	from, to Knot
	last     bool // there is no knot after from
}

// Knot is a corner of a plan: from TimeNs on the rate moves from PerNs, in
// requests per ns, towards the next knot's.
type Knot struct {
	TimeNs float64
	PerNs  float64
	before float64 // requests expected until then
}

// NewPlan is a rate of perNs requests per ns that a shape changes.
func NewPlan(s *scenarios.Shape, perNs float64) *Plan {
	p := &Plan{knots: knots(s, perNs)}
	if s.Kind == "sine" {
		p.knots = p.knots[:sinePieces]
		p.period, p.piece = sinePieces, float64(s.Period)/sinePieces
		for i := range p.knots {
			a, b := p.knot(i), p.knot(i+1)
			p.each += float64(float64((a.PerNs+b.PerNs)/2) * (b.TimeNs - a.TimeNs))
		}
	}
	p.begin(0, 0)
	return p
}

// knot is the i-th one, but for what is expected before; there must be one.
func (p *Plan) knot(i int) Knot {
	if p.period == 0 {
		return p.knots[i]
	}
	return Knot{TimeNs: float64(float64(i) * p.piece), PerNs: p.knots[i%sinePieces].PerNs}
}

// begin goes to a piece, before which so many requests are expected.
func (p *Plan) begin(at int, before float64) {
	p.at, p.from = at, p.knot(at)
	p.from.before = before
	if p.last = p.period == 0 && at == len(p.knots)-1; p.last {
		return
	}
	p.to = p.knot(at + 1)
	mean := float64((p.from.PerNs + p.to.PerNs) / 2)
	p.to.before = before + float64(mean*(p.to.TimeNs-p.from.TimeNs))
}

// InstantNs is when so many requests are expected to have come, +Inf or NaN for
// never; positions ascend from call to call. With positions that are the sums of
// exponential steps of mean 1, the instants are those of a Poisson process.
func (p *Plan) InstantNs(position float64) float64 {
	if whole := math.Floor((position-p.from.before)/p.each) - 1; p.each > 0 && whole >= 1 {
		if whole > math.MaxInt32 {
			return math.Inf(1)
		}
		p.begin(p.at+int(whole)*sinePieces, p.from.before+float64(whole*p.each))
	}
	for !p.last && p.to.before < position {
		p.begin(p.at+1, p.to.before)
	}
	k := p.from
	need := position - k.before
	slope := 0.0
	if !p.last {
		if length := p.to.TimeNs - k.TimeNs; length > 0 {
			slope = (p.to.PerNs - k.PerNs) / length
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
