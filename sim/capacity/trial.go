package capacity

import (
	"context"
	"fmt"
	"time"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
	"github.com/k9mil/velocitas/sim"
)

// trial asks whether one number of instances keeps objectives in one scenario.
// It makes replications until the answer is beyond doubt.
//
// Objectives are kept if the estimates over all replications are on the right
// side and the backlog does not grow. That is the question about the long run;
// how often a single replication keeps them is counted beside it.
type trial struct {
	in         sim.Input
	instances  int
	objectives []Objective
	// steady asks for more: a backlog that beyond doubt comes back.
	steady bool
	// loss says that instances stop at the end of the warm-up. The backlog then
	// has to find a new level rather than keep the old one.
	loss bool

	sample *sim.Sample   // nil before the first replication, and once released
	cut    time.Duration // the warm-up
	found  bool          // rather than given
	point  model.Point
	made   int // replications
	keptIn int // replications that keep all objectives by themselves
	kept   bool
	sure   bool
}

// parts are the numbers of replications after which a trial is looked at: even
// ones, since most machines have an even number of cores.
var parts = []int{4, 6, 10, 20, 40, 70, 100, 200, 400, 1000}

// until makes at least so many replications, and more until it is sure or has
// the most. each is called after every part.
func (t *trial) until(ctx context.Context, least, most int, each func(made int)) error {
	for _, to := range parts {
		if t.made >= most || t.sure && t.made >= least {
			return nil
		}
		to = min(to, most)
		if to <= t.made {
			continue
		}
		before := t.made
		if err := t.grow(ctx, to); err != nil {
			return err
		}
		each(t.made - before)
	}
	return nil
}

func (t *trial) grow(ctx context.Context, to int) (err error) {
	if t.sample == nil {
		if t.sample, err = sim.NewSample(ctx, t.in, t.instances); err != nil {
			return err
		}
		t.cut, t.found = t.sample.WarmUp()
	}
	if err = t.sample.Grow(ctx, to); err != nil {
		return err
	}
	t.made = to
	t.look()
	return nil
}

// look judges what the replications so far say.
func (t *trial) look() {
	t.point = t.sample.Point()
	if t.loss && t.point.Verdict != model.Collapsed {
		t.point.Verdict = t.sample.LateVerdict()
	}
	t.keptIn = 0
	for _, r := range t.sample.Replications() {
		if t.keptBy(r) {
			t.keptIn++
		}
	}
	t.kept, t.sure = t.settled()
	if t.point.Verdict == model.Saturated || t.point.Verdict == model.Collapsed {
		return
	}
	for _, o := range t.objectives {
		e := o.Of(&t.point)
		keeps := o.keeps(e.Value) && (!o.Metric.Latency() || t.point.Completed > 0)
		switch sure := o.sure(e); {
		case !keeps && sure:
			t.kept, t.sure = false, true
			return
		case !keeps:
			t.kept, t.sure = false, false
		case !sure:
			t.sure = false
		}
	}
}

// settled judges the backlog.
func (t *trial) settled() (kept, sure bool) {
	switch t.point.Verdict {
	case model.Saturated, model.Collapsed:
		return false, true
	case model.NearSaturation:
		return !t.steady, !t.steady
	}
	return true, true
}

func (t *trial) keptBy(r sim.Replication) bool {
	if !t.loss && (r.Verdict == model.Saturated || r.Verdict == model.Collapsed) {
		return false
	}
	for _, o := range t.objectives {
		if !o.keptBy(r) {
			return false
		}
	}
	return true
}

// release gives back the memory of the replications; their figures stay.
func (t *trial) release() { t.sample = nil }

// missed are the objectives that are not kept; none where the backlog is why.
func (t *trial) missed() []Objective {
	var all []Objective
	for _, o := range t.objectives {
		if !o.keeps(o.Of(&t.point).Value) {
			all = append(all, o)
		}
	}
	return all
}

// at is a scenario with an open load of a steady rate.
func at(in sim.Input, rateRps float64) (sim.Input, error) {
	s := in.Scenario.Clone()
	err := s.Set(scenarios.Setting{Key: "load.rate", Value: number(rateRps), From: "rate"})
	in.Scenario, in.Work = s, sim.Work{}
	return in, err
}

// Steady says what keeps a scenario from being asked at steady rates.
func Steady(s *scenarios.Scenario) error {
	switch {
	case s.Load.Shape != nil:
		return fmt.Errorf("%s: load.shape: only steady rates are searched; take the shape out, or check the scenario as it is with sim --slo", s.Name)
	case len(s.Events) > 0:
		return fmt.Errorf("%s: events: only steady states are searched; take the events out, or check the scenario as it is with sim --slo", s.Name)
	}
	return nil
}
