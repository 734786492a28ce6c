package model

import "math"

// The judge's thresholds, the same for predictions and measurements.
const (
	// Busy is the utilisation from which a part is said to be the limit: what is
	// left could not raise throughput by more than a ninth.
	Busy = 0.9
	// Failing is the share of failed requests from which a point is not said to be
	// unlimited; percentiles of answered requests then say that they are.
	Failing = 0.001
	// Collapsing is the share of failed requests from which it is a collapse: most
	// of what is asked is not answered.
	Collapsing = 0.5
	// idleEnough is the utilisation below which a backlog that wanders slowly
	// does so for another reason than saturation, such as a store's own work.
	idleEnough = 0.7
)

// Evidence is what a prediction and a measurement both know of a point beyond
// its figures, and what its verdict and its limit are judged by.
type Evidence struct {
	Open  bool // the load is open
	Timed bool // something happens at a set time
	// Backlog says whether the number in system grows: by the test for drift, or
	// where something happens at a set time by [Disturbance.Recovered]. A closed
	// load needs none, since its backlog has a bound.
	Backlog Verdict
	// Busiest is the utilisation of the busiest instance, 0 to 1, and Part what
	// it runs out of where that is high.
	Busiest float64
	Part    Limit
	// Full is what else of a service is taken all of the time, such as a pool of
	// connections; "" for nothing.
	Full Limit
	// Repeated is the share of nginx's work, 0 to 1, that only goes to asking
	// again after failures; with fewer of them it would not be there.
	Repeated float64
	// LateFailures is the share of requests that fail as the run ends, 0 to 1,
	// where something happens at a set time.
	LateFailures float64
}

// Judge fills in the verdict and the limit of a point.
func (e Evidence) Judge(p *Point) {
	p.Verdict = e.verdict(p)
	p.Limit = e.limit(p)
}

func (e Evidence) verdict(p *Point) Verdict {
	switch {
	case p.Errors.Rate.Value >= Collapsing || e.LateFailures >= Collapsing:
		return Collapsed
	case e.Backlog == "" || !e.Open && !e.Timed:
		return Stable
	case e.Backlog == NearSaturation && !e.Timed && math.Max(e.Busiest, math.Max(p.Utilisation.Host.Value, p.Utilisation.Balancer.Value)) < idleEnough:
		return Stable
	}
	return e.Backlog
}

// limit names what keeps throughput from being higher. What fails by design at a
// bound of nginx's or the instances' is that bound's doing where the load waits
// for its answers; an open load runs into such bounds because some part is busy.
func (e Evidence) limit(p *Point) Limit {
	failing := p.Errors.Rate.Value >= Failing
	bound := p.Errors.limit()
	if failing && !e.Open && bound != LimitFailures {
		return bound
	}
	nginx := p.Utilisation.Balancer.Value * (1 - e.Repeated)
	most := math.Max(e.Busiest, math.Max(p.Utilisation.Host.Value, nginx))
	held := p.Verdict == Saturated || p.Verdict == NearSaturation && e.Timed
	switch {
	case most < Busy && e.Full != "" && (!e.Open || held || failing):
		return e.Full
	case most < Busy && failing:
		return bound
	case most < Busy && !held, e.Open && !held && !failing: // an open load asks for no more than it gets
		return LimitLoad
	case most < Busy && most == e.Busiest:
		return e.Part
	case most == p.Utilisation.Host.Value:
		return LimitHost
	case most == nginx:
		return LimitBalancer
	}
	return e.Part
}

// limit is the bound that most of the failed requests ran into.
func (e Errors) limit() Limit {
	switch cause, _ := e.Leading(); cause {
	case CauseWorkerConnections:
		return LimitWorkerConnections
	case CauseMaxConns:
		return LimitMaxConns
	case CauseAcceptQueue:
		return LimitAcceptQueue
	case CauseInstanceFull:
		return LimitMaxInside
	}
	return LimitFailures
}
