package capacity

import "github.com/k9mil/velocitas/model"

// Outcome is whether an objective is kept.
type Outcome string

// The outcomes. An interval that straddles the limit leaves it undecided.
const (
	Kept      Outcome = "kept"
	Missed    Outcome = "missed"
	Undecided Outcome = "undecided"
)

// Check judges a point by an objective. A latency is missed where there is no
// steady state, since it grows as long as the run lasts, and where nothing was
// answered.
func (o Objective) Check(p *model.Point) Outcome {
	if o.Metric.Latency() && (p.Verdict == model.Saturated || p.Verdict == model.Collapsed || p.Completed == 0) {
		return Missed
	}
	e := o.Of(p)
	switch lo, hi := o.keeps(e.Lo), o.keeps(e.Hi); {
	case lo && hi:
		return Kept
	case lo || hi:
		return Undecided
	}
	return Missed
}
