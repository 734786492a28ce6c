package capacity

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/model/stats"
	"github.com/k9mil/velocitas/scenarios"
	"github.com/k9mil/velocitas/sim"
)

// trial asks whether one number of instances keeps objectives in one scenario.
// It makes runs until the answer is beyond doubt.
//
// Objectives are kept if the estimates over all runs are on the right side, the
// backlog does not grow, and as large a share of the runs as is asked for keeps
// them, each by itself.
type trial struct {
	in         sim.Input
	instances  int
	objectives []Objective
	// confidence is the share of runs that have to keep the objectives; 0 asks for
	// the estimates alone.
	confidence float64
	// seek is the length of the runs that look for the end of the warm-up; 0 is
	// that of the others.
	seek time.Duration
	// from is the number of the first replication: others have other random numbers.
	from uint64
	// steady asks for more: a backlog that beyond doubt comes back.
	steady bool
	// loss says that instances stop at the end of the warm-up. The backlog then
	// has to find a new level rather than keep the old one.
	loss bool

	sample *sim.Sample   // nil before the first replication, and once released
	cut    time.Duration // the warm-up
	found  bool          // rather than given
	rough  bool          // the cut: no end of the warm-up was found in a short run
	most   int           // replications that are made at most; 0 where that is not known
	point  model.Point
	made   int // replications
	keptIn int // replications that keep all objectives by themselves
	// clear says that the few runs that begin the trial all kept the objectives, and
	// with room.
	clear bool
	// futile is how many runs were ended since they were certain to miss an
	// objective: so many that the share cannot be what is asked for. There are no
	// figures then.
	futile int
	kept   bool
	sure   bool
	took   time.Duration // virtual time of all that was simulated
}

// parts are the numbers of replications after which a trial is looked at: even
// ones, since most machines have an even number of cores.
var parts = []int{4, 6, 10, 20, 40, 70, 100, 200, 400, 1000}

// until makes at least so many replications, and more until it is sure or has
// the most. each is called after every part.
func (t *trial) until(ctx context.Context, least, most int, each func(made int)) error {
	t.most = most
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

// roughly is the part of a run that is cut where only a clear miss is looked for:
// a system that begins empty is faster then than later, so that what is late after
// it is no transient.
const roughly = 10

// prepare finds the end of the warm-up: in a short run if that has one, which
// costs less, else in one as long as the others.
func (t *trial) prepare(ctx context.Context) (err error) {
	if t.sample != nil {
		return nil
	}
	in := t.in
	if t.seek > 0 && t.seek < in.Scenario.Duration.Std() && in.Scenario.WarmUp.Auto {
		short := in
		short.Scenario = in.Scenario.Clone()
		short.Scenario.Duration = scenarios.Duration(t.seek)
		sample, err := sim.NewSample(ctx, short, t.instances)
		if err != nil {
			return err
		}
		t.took += 4 * t.seek
		if t.cut, t.found = sample.WarmUp(); t.found {
			in = cutting(in, t.cut)
		}
	}
	if t.sample, err = sim.NewSample(ctx, in, t.instances); err != nil {
		return err
	}
	t.sample.Renumber(t.from)
	if in.Scenario.WarmUp.Auto {
		t.cut, t.found = t.sample.WarmUp()
		t.took += 4 * in.Scenario.Duration.Std()
	}
	return nil
}

// cutting is a scenario whose warm-up is known.
func cutting(in sim.Input, cut time.Duration) sim.Input {
	in.Scenario = in.Scenario.Clone()
	in.Scenario.WarmUp = scenarios.WarmUp{For: scenarios.Duration(cut)}
	return in
}

func (t *trial) grow(ctx context.Context, to int) (err error) {
	if err = t.prepare(ctx); err != nil {
		return err
	}
	if err = t.sample.Grow(ctx, to); err != nil {
		return err
	}
	t.took += time.Duration(to-t.made) * t.in.Scenario.Duration.Std()
	t.made = to
	t.look()
	return nil
}

// rule makes a few runs that end as soon as they are certain to miss, and tells
// whether they rule out that as large a share as is asked for keeps the
// objectives: all of them miss, of so many that this had a chance below one in a
// hundred, or more do than may of all that would be made. Where the end of the
// warm-up is not known, a tenth of each is cut, and only the former counts.
func (t *trial) rule(ctx context.Context, most int, each func(made int)) error {
	runs, bounds := t.toRuleOut(), t.bounds()
	if runs == 0 || runs > most || len(bounds) == 0 {
		return nil
	}
	in := t.in
	if t.rough = in.Scenario.WarmUp.Auto; t.rough {
		in = cutting(in, in.Scenario.Duration.Std()/roughly)
	}
	sample, err := sim.NewSample(ctx, in, t.instances)
	if err != nil {
		return err
	}
	sample.Renumber(t.from)
	missed, took, err := sample.Futile(ctx, runs, bounds)
	if err != nil {
		return err
	}
	t.took += took
	each(runs)
	switch {
	case missed == runs || missed > t.allowed(most) && !t.rough:
		t.futile, t.kept, t.sure = runs, false, true
	case missed == 0:
		begun := *t
		begun.sample, begun.made = sample, runs
		begun.look()
		begun.clear = begun.keptIn == runs && begun.excess() < -clearly
		if !t.rough {
			*t = begun
		}
		t.clear = begun.clear
	}
	return nil
}

// clearly is by how much less than its limit a figure is where few runs are
// enough to see that it is kept.
const clearly = 0.05

// allowed is how many of so many runs may miss the objectives.
func (t *trial) allowed(runs int) int {
	return runs - int(math.Ceil(float64(t.confidence*float64(runs))-1e-9))
}

// chance is what is left to chance where many runs miss.
const chance = 0.01

// toRuleOut is the number of runs that, if all miss, leave less than chance that
// the share asked for keeps the objectives; 0 if those are too many to begin with.
func (t *trial) toRuleOut() int {
	left := 1.0
	for runs := 1; runs <= 10; runs++ {
		if left *= 1 - t.confidence; left < chance {
			return max(2, runs)
		}
	}
	return 0
}

// bounds are the objectives that a single run can be certain to miss before it
// ends.
func (t *trial) bounds() []sim.Bound {
	var all []sim.Bound
	for _, o := range t.objectives {
		switch {
		case o.Metric == Errors:
			all = append(all, sim.Bound{Latency: math.MaxInt64, Share: o.Limit})
		case o.Metric.quantile() > 0 && o.Limit < 1e12:
			all = append(all, sim.Bound{Latency: time.Duration(o.Limit * 1e6), Share: 1 - o.Metric.quantile()})
		}
	}
	return all
}

// look judges what the replications so far say.
func (t *trial) look() {
	t.point = t.sample.Point()
	if t.loss && t.point.Verdict != model.Collapsed {
		t.point.Verdict = t.sample.LateVerdict()
	}
	each := t.sample.Replications()
	t.keptIn = 0
	for _, r := range each {
		if t.keptBy(r) {
			t.keptIn++
		}
	}
	t.kept, t.sure = t.average()
	if t.confidence > 0 && (t.kept || !t.sure) {
		t.kept, t.sure = t.enough(each)
	}
}

// average tells whether the estimates over all runs keep the objectives.
func (t *trial) average() (kept, sure bool) {
	kept, sure = t.settled()
	if unsteady(t.point.Verdict) {
		return kept, sure
	}
	for _, o := range t.objectives {
		e := o.Of(&t.point)
		keeps := o.keeps(e.Value) && (!o.Metric.Latency() || t.point.Completed > 0)
		switch far := o.sure(e); {
		case !keeps && far:
			return false, true
		case !keeps:
			kept, sure = false, false
		case !far:
			sure = false
		}
	}
	return kept, sure
}

// enough tells whether as many runs keep the objectives as are asked for: by the
// share that does and, where those are few, by their spread. It is sure of no
// where so many miss that this would be chance, or more than may of all that are
// made at most, and of either where the spread of the runs leaves no doubt.
func (t *trial) enough(each []sim.Replication) (kept, sure bool) {
	missed := t.made - t.keptIn
	if tail(missed, t.made, 1-t.confidence) < chance || t.most > 0 && missed > t.allowed(t.most) {
		return false, true // whatever the others do
	}
	average, far := t.average()
	kept = average && float64(t.keptIn) >= float64(t.confidence*float64(t.made))-1e-9
	foreseen, surely, surelyNot := t.foreseen(each)
	if t.made < t.countable() {
		kept = kept && foreseen
	}
	if t.made < parts[0] {
		return kept, false // so few have hardly a spread
	}
	if kept {
		return true, far && surely && t.keptIn == t.made
	}
	return false, surelyNot
}

// countable is the number of runs of which the share that keeps the objectives
// can be counted; of fewer it is worked out from their spread, too.
func (t *trial) countable() int { return int(3 / (1 - t.confidence)) }

// foreseen tells whether another run keeps the objectives with the probability
// asked for, as far as the runs so far foresee it, by the prediction interval of
// Student's t; for latencies by their logarithms. Surely and surelyNot are where the
// quantile of runs that has to keep them lies more than two standard errors from
// the limit, on the one side or the other.
func (t *trial) foreseen(each []sim.Replication) (foreseen, surely, surelyNot bool) {
	n := float64(len(each))
	if n < 2 {
		return false, false, false
	}
	reach := float64(stats.TQuantile(t.confidence, n-1) * math.Sqrt(1+1/n))
	z := stats.TQuantile(t.confidence, 1e6)
	doubt := 2 * math.Sqrt(1/n+z*z/(2*(n-1)))
	foreseen, surely = true, true
	for _, o := range t.objectives {
		xs := make([]float64, len(each))
		for i, r := range each {
			xs[i] = o.over(o.of(r))
		}
		mean, sd := stats.MeanSd(xs)
		if mean+float64((z-doubt)*sd) > 0 {
			return false, false, true
		}
		foreseen = foreseen && mean+float64(reach*sd) <= 0
		surely = surely && mean+float64((z+doubt)*sd) <= 0
	}
	return foreseen, surely, false
}

// tail is the probability of so many successes or more in n trials.
func tail(successes, n int, p float64) float64 {
	below, term := 0.0, 1.0
	for range n {
		term *= 1 - p
	}
	for k := range successes {
		below += term
		term *= float64(n-k) / float64(k+1) * p / (1 - p)
	}
	return 1 - below
}

// unsteady tells whether a verdict is one of a system that has no steady state
// worth having.
func unsteady(v model.Verdict) bool { return v == model.Saturated || v == model.Collapsed }

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
	in.Scenario, in.Stores = s, nil
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
