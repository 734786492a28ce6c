package capacity

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
	"github.com/k9mil/velocitas/sim"
)

// KneeSchema names the format of a knee curve.
const KneeSchema = "velocitas.knee/1"

// KneeCurve is the highest rate that instances carry, by their number.
type KneeCurve struct {
	Schema     string            `json:"schema"`
	Name       string            `json:"name"`
	Version    string            `json:"version"`
	Seed       uint64            `json:"seed"`
	Profile    *model.ProfileRef `json:"profile,omitempty"` // nil where nothing of it is used
	Scenario   json.RawMessage   `json:"scenario"`
	Objectives []string          `json:"objectives"`
	Points     []KneePoint       `json:"points"`
	Warnings   []string          `json:"warnings"`
}

// KneePoint is the knee of one number of instances.
type KneePoint struct {
	Instances int `json:"instances"`
	// RateRps is the knee: up to Lo the objectives are kept beyond doubt, and at Hi
	// they are missed beyond doubt, by 95 % intervals of runs with other random
	// numbers than those that found it. It is 0 if no rate is carried.
	RateRps model.Estimate `json:"rate_rps"`
	// Bounds says what Lo and Hi are: "interval", or "bracket" where one of them is
	// only where the search ended, or where the backlog decides, of which there is
	// no interval.
	Bounds string `json:"bounds"`
	// MissedRps is the lowest rate found not to be carried, beyond doubt where there
	// is one.
	MissedRps float64 `json:"missed_rps"`
	// Missed is the first objective that is missed there, or "steady state".
	Missed string `json:"missed"`
	// Limit is what limits the system there.
	Limit model.Limit `json:"limit"`
	// The figures are those at Lo, or at the highest rate found to be carried where
	// no rate is beyond doubt.
	LatencyMs    model.Latency     `json:"latency_ms"`
	ErrorRate    model.Estimate    `json:"error_rate"`
	Utilisation  model.Utilisation `json:"utilisation"`
	Replications int               `json:"replications"`
}

// What Bounds says.
const (
	Interval = "interval"
	Bracket  = "bracket"
)

const (
	// kneePrecision is how near to each other a bisection brings the rates before
	// the knee is looked at closely, relative.
	kneePrecision = 0.02
	// kneeWidth is how wide the bounds of a knee may be before that is said.
	kneeWidth = 0.05
	// kneeReplications are made at most of a rate in the bisection.
	kneeReplications = 10
	// kneeRequests are made at most of a rate when the knee is looked at closely.
	kneeRequests = 1.2e6
	// kneeLeast is the part of the instances' CPU below which no rate is tried.
	kneeLeast = 0.001
)

// KneeQuestion is what a knee is asked.
type KneeQuestion struct {
	In         sim.Input
	Objectives []Objective
	// Window is how long the runs are that bounds rest on; 0 is ten times the
	// scenario's duration, or less where a run has very many requests.
	Window time.Duration
	// Replications is how many of them are made at most of a rate; 0 is 10 to 100,
	// by how many requests a run has.
	Replications int
}

// Knee finds the highest steady open rate that each of the scenario's numbers
// of instances carries: with a backlog that beyond doubt comes back, and the
// objectives kept. A bisection finds about where it is; longer runs with other
// random numbers then find a rate that is carried beyond doubt and one that is
// not. Where a system that is asked for more does better, there may be other rates
// above.
func Knee(ctx context.Context, q KneeQuestion) (*KneeCurve, error) {
	in, s := q.In, q.In.Scenario
	if err := Steady(s); err != nil {
		return nil, err
	}
	c := &KneeCurve{Schema: KneeSchema, Name: s.Name, Version: in.Version, Seed: s.Seed,
		Profile:  in.ProfileRef(),
		Warnings: []string{}, Objectives: []string{}}
	var err error
	if c.Scenario, err = json.Marshal(s); err != nil {
		return nil, err
	}
	for _, o := range q.Objectives {
		c.Objectives = append(c.Objectives, o.String())
	}
	k := &kneeSearch{q: q}
	for _, n := range s.Instances {
		k.doubts = nil
		p, err := k.find(ctx, n)
		if err != nil {
			return nil, err
		}
		c.Points = append(c.Points, p)
		for _, text := range k.doubts {
			if !slices.Contains(c.Warnings, text) {
				c.Warnings = append(c.Warnings, text)
			}
		}
	}
	c.Warnings = append(c.Warnings, declines(c.Points)...)
	return c, nil
}

// declines names numbers of instances that carry less than fewer do, beyond
// doubt.
func declines(points []KneePoint) []string {
	var all []string
	best := 0
	for i, p := range points {
		if p.RateRps.Hi < points[best].RateRps.Lo {
			all = append(all, fmt.Sprintf("%d instances carry less than %d: at most %s/s, and %s/s at least", p.Instances, points[best].Instances,
				short(p.RateRps.Hi), short(points[best].RateRps.Lo)))
		}
		if p.RateRps.Lo > points[best].RateRps.Lo {
			best = i
		}
	}
	return all
}

type kneeSearch struct {
	q      KneeQuestion
	made   int
	doubts []string // of the last knee
}

// find bisects between no load at all and more than the parts can do, and then
// looks closely.
func (k *kneeSearch) find(ctx context.Context, n int) (KneePoint, error) {
	p := KneePoint{Instances: n, Bounds: Bracket}
	most, err := k.mostRps(ctx, n)
	if err != nil {
		return p, err
	}
	low, high := 0.0, most
	p.RateRps.Hi, p.MissedRps = most, most
	var last *trial // that missed
	for high-low > kneePrecision*low && high > kneeLeast*most {
		t, rate, err := k.try(ctx, n, (low+high)/2, 0, k.q.In.Scenario.Duration.Std())
		if err != nil {
			return p, err
		}
		if t.kept {
			low = rate
		} else {
			high, last = rate, t
			p.missedBy(t, rate)
		}
	}
	if low == 0 {
		if last != nil && last.outcome() == Missed {
			p.RateRps.Hi = p.MissedRps
		}
		return p, nil
	}
	return p, k.closely(ctx, &p, low, most)
}

// closely finds a rate that is carried beyond doubt and one that is not, around
// about.
func (k *kneeSearch) closely(ctx context.Context, p *KneePoint, about, most float64) error {
	n := p.Instances
	window := k.q.Window
	if window == 0 {
		window = runOf(k.q.In.Scenario, about)
	}
	seen := map[float64]*trial{}
	at := func(rate float64) (*trial, float64, error) {
		rate = rounded(rate, 4)
		if t := seen[rate]; t != nil {
			return t, rate, nil
		}
		t, rate, err := k.try(ctx, n, rate, confirming, window)
		seen[rate] = t
		return t, rate, err
	}
	var lo, hi, maybe *trial // maybe: what is carried on average
	var loRps, hiRps, maybeRps float64
	judge := func(rate float64) (Outcome, error) {
		t, rate, err := at(rate)
		if err != nil {
			return "", err
		}
		switch t.outcome() {
		case Kept:
			if rate > loRps {
				lo, loRps = t, rate
			}
			return Kept, nil
		case Missed:
			if hi == nil || rate < hiRps {
				hi, hiRps = t, rate
			}
			return Missed, nil
		}
		if t.kept && rate > maybeRps {
			maybe, maybeRps = t, rate
		}
		return Undecided, nil
	}
	// From a centre outwards, in growing steps, until either side is beyond doubt.
	for step := kneeWidth / 3; lo == nil && step < 1; step *= 1.6 {
		from := about
		if hi != nil {
			from = min(from, hiRps)
		}
		if _, err := judge(from * (1 - step)); err != nil {
			return err
		}
	}
	for step := kneeWidth / 3; (hi == nil || hiRps < loRps) && step < 1; step *= 1.6 {
		from := max(about, loRps)
		if from*(1+step) > most {
			break
		}
		if hi != nil && hiRps < loRps { // a rate below was missed: more does better here
			hi = nil
		}
		if _, err := judge(from * (1 + step)); err != nil {
			return err
		}
	}
	if hi == nil {
		hiRps = most
	}
	// What lies between is narrowed where the steps were wider than need be.
	for tries := 0; tries < 4 && hiRps-loRps > kneeWidth*loRps && lo != nil && hi != nil; tries++ {
		quarter := (hiRps - loRps) / 4
		below, err := judge(loRps + quarter)
		if err != nil {
			return err
		}
		above := Kept
		if hiRps-loRps > kneeWidth*loRps {
			if above, err = judge(hiRps - quarter); err != nil {
				return err
			}
		}
		if below == Undecided && above == Undecided {
			break
		}
	}
	k.note(p, lo, hi, maybe, loRps, hiRps, maybeRps, about)
	return nil
}

// note puts down what was found.
func (k *kneeSearch) note(p *KneePoint, lo, hi, maybe *trial, loRps, hiRps, maybeRps, about float64) {
	p.RateRps = model.Estimate{Value: min(max(about, loRps, maybeRps), hiRps), Lo: loRps, Hi: hiRps}
	at := lo
	if at == nil {
		at = maybe
	}
	if at != nil {
		p.LatencyMs, p.ErrorRate, p.Utilisation, p.Replications = at.point.LatencyMs, at.point.Errors.Rate, at.point.Utilisation, at.made
		k.doubts = append(k.doubts, at.point.Warnings...)
	}
	if hi != nil {
		p.missedBy(hi, hiRps)
		if between, ok := crossing(lo, hi, loRps, hiRps); ok && maybeRps <= between {
			p.RateRps.Value = between
		}
		if lo != nil && !unsteady(hi.point.Verdict) {
			p.Bounds = Interval
		}
	}
	if p.RateRps.Hi-p.RateRps.Lo > float64((kneeWidth+0.001)*p.RateRps.Value) {
		k.doubts = append(k.doubts, fmt.Sprintf("the %s of %s, %s to %s/s, is wider than 5 %%: a longer --duration, or more --replications, narrow it",
			p.Bounds, plural(p.Instances, "instance"), short(p.RateRps.Lo), short(p.RateRps.Hi)))
	}
}

// crossing is the rate at which the objectives would be met exactly if the
// logarithms of what misses them changed evenly between two rates.
func crossing(lo, hi *trial, loRps, hiRps float64) (float64, bool) {
	if lo == nil {
		return 0, false
	}
	under, over := lo.excess(), hi.excess()
	share := -under / (over - under)
	if !(share > 0 && share < 1) {
		return 0, false
	}
	return rounded(loRps+float64(share*(hiRps-loRps)), 4), true
}

// excess is the logarithm of how many times its limit the figure is that is the
// furthest from keeping it.
func (t *trial) excess() float64 {
	most := math.Inf(-1)
	for _, o := range t.objectives {
		most = max(most, o.excess(o.Of(&t.point).Value))
	}
	return most
}

// try asks whether n instances carry about that rate; it says which exactly. Runs
// of the scenario's duration find the knee, and others tell its bounds.
func (k *kneeSearch) try(ctx context.Context, n int, about float64, from uint64, window time.Duration) (*trial, float64, error) {
	rate := rounded(about, 4)
	in, err := at(k.q.In, rate)
	if err != nil {
		return nil, 0, err
	}
	in.Scenario.Instances = scenarios.Sizes{n}
	t := &trial{in: in, instances: n, objectives: k.q.Objectives, steady: true, from: from}
	most := kneeReplications
	if from > 0 {
		t.seek = in.Scenario.Duration.Std()
		in.Scenario.Duration = scenarios.Duration(window)
		most = k.q.Replications
		if most == 0 {
			most = min(replicationsMost, max(replicationsLeast, int(kneeRequests/(rate*window.Seconds()))))
		}
	}
	err = k.grow(ctx, t, most, from > 0)
	t.release()
	return t, rate, err
}

// grow makes runs until it is sure or, for bounds, until the intervals tell.
func (k *kneeSearch) grow(ctx context.Context, t *trial, most int, bounds bool) error {
	each := func(made int) {
		k.made += made
		if k.q.In.Progress != nil {
			k.q.In.Progress(k.made, k.made+kneeReplications)
		}
	}
	if !bounds {
		return t.until(ctx, parts[0], most, each)
	}
	for _, to := range parts {
		if t.made >= most || t.made >= kneeEvidence && t.outcome() != Undecided {
			break
		}
		if to = min(to, most); to <= t.made {
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

// kneeEvidence is the least number of runs that a bound rests on.
const kneeEvidence = 6

// missedBy notes why a rate is not carried.
func (p *KneePoint) missedBy(t *trial, rate float64) {
	p.MissedRps, p.Limit, p.Missed = rate, t.point.Limit, "steady state"
	if missed := t.missed(); !unsteady(t.point.Verdict) && len(missed) > 0 {
		p.Missed = missed[0].String()
	}
}

// outcome is what the intervals say of all objectives and the backlog.
func (t *trial) outcome() Outcome {
	all := Kept
	if t.point.Verdict != model.Stable {
		all = Undecided
	}
	for _, o := range t.objectives {
		switch o.Check(&t.point) {
		case Missed:
			return Missed
		case Undecided:
			all = Undecided
		}
	}
	if unsteady(t.point.Verdict) {
		return Missed
	}
	return all
}

// mostRps is a tenth more than what the CPU of n instances, nginx, the hosts and
// what else a service takes can do.
func (k *kneeSearch) mostRps(ctx context.Context, n int) (float64, error) {
	in, err := at(k.q.In, 1)
	if err != nil {
		return 0, err
	}
	in.Scenario.WarmUp = scenarios.WarmUp{}
	s, err := sim.NewSample(ctx, in, n)
	if err != nil {
		return 0, err
	}
	most := min(s.CapacityRps(), s.NginxRps(), s.HostRps())
	for _, b := range sim.ServiceBounds(in.Scenario) {
		most = min(most, b.Rps(n, may(k.q.Objectives)))
	}
	most = rounded(1.1*most, 4)
	if !(most <= rateMost) {
		return 0, fmt.Errorf("%s: instance.demand: so small that %d instances would carry more than %.0f requests a second; a knee wants a demand that takes time", k.q.In.Scenario.Name, n, rateMost)
	}
	return most, nil
}
