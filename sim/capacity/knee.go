package capacity

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

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
	Profile    *model.ProfileRef `json:"profile"`
	Scenario   json.RawMessage   `json:"scenario"`
	Objectives []string          `json:"objectives"`
	Points     []KneePoint       `json:"points"`
	Warnings   []string          `json:"warnings"`
}

// KneePoint is the knee of one number of instances.
type KneePoint struct {
	Instances int `json:"instances"`
	// RateRps is the highest rate found to be carried, 0 if none is. Up to Lo
	// it is so beyond doubt, and from Hi on it is not: the intervals of the
	// objectives are on the one side or the other.
	RateRps model.Estimate `json:"rate_rps"`
	// MissedRps, at most a hundredth more, is the lowest found not to be carried.
	MissedRps float64 `json:"missed_rps"`
	// Missed is the first objective that is missed there, or "steady state".
	Missed string `json:"missed"`
	// Limit is what limits the system there.
	Limit model.Limit `json:"limit"`
	// The figures are those at RateRps.
	LatencyMs    model.Latency     `json:"latency_ms"`
	ErrorRate    model.Estimate    `json:"error_rate"`
	Utilisation  model.Utilisation `json:"utilisation"`
	Replications int               `json:"replications"`
}

const (
	// kneePrecision is how near to each other the rate that is carried and the
	// one that is not must be, relative.
	kneePrecision = 0.01
	// kneeReplications are made at most of a rate.
	kneeReplications = 10
	// kneeLeast is the part of the instances' CPU below which no rate is tried.
	kneeLeast = 0.001
)

// Knee finds the highest steady open rate that each of the scenario's numbers
// of instances carries: with a backlog that beyond doubt comes back, and the
// objectives kept. It is a bisection under the same random numbers, so the
// highest rate is the highest up to which it got; where a system that is
// asked for more does better, there may be others above.
func Knee(ctx context.Context, in sim.Input, objectives []Objective) (*KneeCurve, error) {
	s := in.Scenario
	if err := Steady(s); err != nil {
		return nil, err
	}
	c := &KneeCurve{Schema: KneeSchema, Name: s.Name, Version: in.Version, Seed: s.Seed,
		Profile:  &model.ProfileRef{Name: in.Profile.Name, Digest: in.Profile.Digest()},
		Warnings: []string{}, Objectives: []string{}}
	var err error
	if c.Scenario, err = json.Marshal(s); err != nil {
		return nil, err
	}
	for _, o := range objectives {
		c.Objectives = append(c.Objectives, o.String())
	}
	k := &kneeSearch{in: in, objectives: objectives}
	for _, n := range s.Instances {
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
	return c, nil
}

type kneeSearch struct {
	in         sim.Input
	objectives []Objective
	made       int
	doubts     []string // warnings at the last knee
}

// find bisects between no load at all and more than the instances' CPU can do.
func (k *kneeSearch) find(ctx context.Context, n int) (KneePoint, error) {
	p := KneePoint{Instances: n}
	most, err := k.mostRps(ctx, n)
	if err != nil {
		return p, err
	}
	low, high := 0.0, most
	p.RateRps.Hi = most
	for high-low > kneePrecision*low && high > kneeLeast*most {
		t, rate, err := k.try(ctx, n, (low+high)/2)
		if err != nil {
			return p, err
		}
		if t.kept {
			low = rate
			k.carried(&p, t, rate)
		} else {
			high = rate
			p.missedBy(t, rate)
		}
	}
	return p, nil
}

// try asks whether n instances carry about that rate; it says which exactly.
func (k *kneeSearch) try(ctx context.Context, n int, about float64) (*trial, float64, error) {
	rate := rounded(about, 4)
	in, err := at(k.in, rate)
	if err != nil {
		return nil, 0, err
	}
	in.Scenario.Instances = scenarios.Sizes{n}
	t := &trial{in: in, instances: n, objectives: k.objectives, steady: true}
	err = t.until(ctx, parts[0], kneeReplications, func(made int) {
		k.made += made
		if k.in.Progress != nil {
			k.in.Progress(k.made, k.made+kneeReplications)
		}
	})
	t.release()
	return t, rate, err
}

// carried notes the figures at a rate that is carried.
func (k *kneeSearch) carried(p *KneePoint, t *trial, rate float64) {
	p.RateRps.Value, p.Replications = rate, t.made
	if t.outcome() == Kept {
		p.RateRps.Lo = rate
	}
	p.LatencyMs, p.ErrorRate, p.Utilisation = t.point.LatencyMs, t.point.Errors.Rate, t.point.Utilisation
	k.doubts = t.point.Warnings
}

// missedBy notes why a rate is not carried.
func (p *KneePoint) missedBy(t *trial, rate float64) {
	p.MissedRps, p.Limit, p.Missed = rate, t.point.Limit, "steady state"
	if t.outcome() == Missed {
		p.RateRps.Hi = rate
	}
	if missed := t.missed(); t.point.Verdict == model.Stable && len(missed) > 0 {
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
	if t.point.Verdict == model.Saturated {
		return Missed
	}
	return all
}

// mostRps is a tenth more than what the CPU of n instances can do.
func (k *kneeSearch) mostRps(ctx context.Context, n int) (float64, error) {
	in, err := at(k.in, 1)
	if err != nil {
		return 0, err
	}
	in.Scenario.WarmUp = scenarios.WarmUp{}
	s, err := sim.NewSample(ctx, in, n)
	if err != nil {
		return 0, err
	}
	most := rounded(1.1*s.CapacityRps(), 4)
	if !(most <= rateMost) {
		return 0, fmt.Errorf("%s: instance.demand: so small that %d instances would carry more than %.0f requests a second; a knee wants a demand that takes time", k.in.Scenario.Name, n, rateMost)
	}
	return most, nil
}
