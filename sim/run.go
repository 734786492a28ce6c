package sim

import (
	"context"
	"encoding/json"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
)

// Input is what a prediction needs.
type Input struct {
	Scenario *scenarios.Scenario // resolved
	Profile  *model.Profile
	Version  string // of velocitas; part of the curve
	// SlowLimits has an event that makes an instance slow divide its CPU limit,
	// if it has one, rather than multiply its demands: what can be done to a real
	// instance.
	SlowLimits bool
	// Memory is how many bytes of memory may be taken; 0 is DefaultMemory. What
	// surely takes more is refused, and what comes to take more is stopped.
	Memory int64
	// Progress, if set, is told how much is done of how much, from one goroutine
	// at a time: replications, or parts of them.
	Progress func(done, total int)
	// Stores, if set, really does in stores what the requests of a point insert:
	// given is how many requests each instance got in the first replication. Its
	// answer is part of the point, and has no influence on the rest. It may be nil.
	Stores func(ctx context.Context, s *scenarios.Scenario, given []int64) (*model.Store, error)
}

// ProfileRef names the profile that a prediction rests on; nil where nothing of it
// is used.
func (in Input) ProfileRef() *model.ProfileRef {
	if !in.Scenario.UsesProfile() {
		return nil
	}
	return &model.ProfileRef{Name: in.Profile.Name, Digest: in.Profile.Digest()}
}

// Run predicts the scaling curve of a scenario: one point for each number of
// instances. The same input gives the same curve, byte for byte, whatever the
// machine and however many processors work on it. The error is the context's,
// or says what the simulator cannot do.
func Run(ctx context.Context, in Input) (*model.Curve, error) {
	s := in.Scenario
	if err := Check(in); err != nil {
		return nil, err
	}
	c := &model.Curve{
		Schema: model.CurveSchema, Kind: model.Predicted, Name: s.Name, Version: in.Version, Seed: s.Seed,
		Profile: in.ProfileRef(),
		Points:  []model.Point{}, Warnings: []string{},
	}
	var err error
	if c.Scenario, err = json.Marshal(s); err != nil {
		return nil, err
	}
	count := &counter{report: in.Progress, total: len(s.Instances) * s.Replications * progressParts}
	for _, n := range s.Instances {
		p, given, err := predict(ctx, in, n, count)
		if err != nil {
			return nil, err
		}
		if in.Stores != nil {
			if p.Store, err = in.Stores(ctx, s, given); err != nil {
				return nil, err
			}
		}
		c.Points = append(c.Points, p)
	}
	if eventful(s) {
		c.Warnings = append(c.Warnings, "something happens at a set time: figures are averages over the whole run, see the timeline")
	}
	return c, nil
}

// predict is one point. given is how many requests each instance got in the
// first replication.
func predict(ctx context.Context, in Input, n int, count *counter) (p model.Point, given []int64, err error) {
	s, err := NewSample(ctx, in, n)
	if err != nil {
		return p, nil, err
	}
	if s.outs, err = replications(ctx, in.Scenario, s.cfg, s.warmNs, count); err != nil {
		return p, nil, err
	}
	p = s.Point()
	said, err := s.InStep(ctx)
	if said != "" {
		p.Warnings = append(p.Warnings, said)
	}
	return p, s.outs[0].given, err
}

// replications runs as many as were asked for, and as many more, in equal
// parts, as the wanted precision takes.
func replications(ctx context.Context, s *scenarios.Scenario, cfg *system, warmNs int64, count *counter) ([]*outcome, error) {
	var outs []*outcome
	for {
		first := len(outs)
		more := min(s.Replications, max(s.Replications, s.MaxReplications)-first)
		made, err := several{cfg: cfg, first: uint64(first), warmNs: warmNs, before: first, tell: count.part}.run(ctx, more)
		if err != nil {
			return nil, err
		}
		outs = append(outs, made...)
		if s.Precision <= 0 || len(outs) >= s.MaxReplications || precise(outs, s.Precision) {
			return outs, nil
		}
		count.grow(progressParts * min(s.Replications, s.MaxReplications-len(outs)))
	}
}

// precise tells whether the intervals of throughput and p99 are narrow enough.
func precise(outs []*outcome, precision float64) bool {
	for _, e := range []model.Estimate{
		meanOf(outs, func(o *outcome) float64 { return perSecond(o.status[answered], o.windowNs) }),
		latency(outs).P99,
	} {
		if (e.Hi-e.Lo)/2 > float64(precision*e.Value) {
			return false
		}
	}
	return true
}
