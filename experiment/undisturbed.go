package experiment

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/k9mil/velocitas/internal/strict"
	"github.com/k9mil/velocitas/live/measure"
	"github.com/k9mil/velocitas/scenarios"
)

// Disturbed tells whether a scenario has events, slow instances or a changing
// rate. What a request costs is then measured without them first.
func Disturbed(s *scenarios.Scenario) bool {
	for _, o := range s.Overrides {
		if o.Slow != 0 && o.Slow != 1 {
			return true
		}
	}
	return measure.Timed(s)
}

// withoutEvents is the scenario without what disturbs it.
func withoutEvents(s *scenarios.Scenario) *scenarios.Scenario {
	c := s.Clone()
	c.Events, c.Load.Shape = nil, nil
	for i := range c.Overrides {
		c.Overrides[i].Slow = 0
	}
	return c
}

// asBlock is a scenario in which something happens at a set time as one block
// has it: the block is a replication, from beginning to end. Its error names
// what lies beyond the block.
func asBlock(s *scenarios.Scenario, block time.Duration) (*scenarios.Scenario, error) {
	b := s.Clone()
	settle := cmp.Or(s.WarmUp.For.Std(), min(measure.DefaultSettle, block/4))
	b.Duration, b.WarmUp = scenarios.Duration(block), scenarios.WarmUp{For: scenarios.Duration(settle)}
	var wrong *strict.Error
	if err := b.Validate(); errors.As(err, &wrong) {
		return nil, fmt.Errorf("%s: %s; the duration is that of a block, see --duration", wrong.Key, wrong.Problem)
	} else if err != nil {
		return nil, err
	}
	return b, nil
}

// undisturbed measures the sizes to calibrate on without what disturbs them.
func (c Config) undisturbed(ctx context.Context, s measure.System, asRun *scenarios.Scenario) (*measure.Result, error) {
	c.Stage("measuring without events, slow instances or a changing rate, to calibrate on")
	m := c.measured(withoutEvents(asRun), c.Calibrate)
	m.Block, m.Settle = min(c.Block, measure.DefaultBlock), 0
	return measure.Run(ctx, s, m)
}

// runDisturbed is Run where something disturbs the system: the profile is made,
// and given away, before any of that is measured.
func (c Config) runDisturbed(ctx context.Context, s measure.System, asRun *scenarios.Scenario, costs *costs) (*Result, error) {
	if err := measure.Can(s, asRun); err != nil {
		return nil, err
	}
	r := &Result{Calibrated: c.Calibrate}
	var err error
	if r.Undisturbed, err = c.undisturbed(ctx, s, asRun); err != nil {
		return nil, err
	}
	if r.Profile, err = c.profile(ctx, r.Undisturbed, withoutEvents(asRun), costs); err != nil {
		return nil, err
	}
	c.Stage("measuring")
	if r.Blocks, err = measure.Run(ctx, s, c.measured(asRun, asRun.Instances)); err != nil {
		return nil, err
	}
	r.Measured, asRun.Speed = r.Blocks.Curve, speedByProbe(r.Undisturbed.Drift, r.Blocks.Drift)
	r.Notes = append(costs.notes, disturbedNotes(asRun)...)
	return r, c.compare(ctx, r, asRun)
}

// speedByProbe is how much faster the machine was later, by the probe beside
// every block: what is disturbed cannot tell by its own CPU times. 1 where it is
// not known.
func speedByProbe(first, later measure.Drift) float64 {
	if first.MeanMs <= 0 || later.MeanMs <= 0 {
		return 1
	}
	return first.MeanMs / later.MeanMs
}

// limited has the CPU limit of each instance that is slow all of the time
// divided, which is what is really done to it.
func limited(s *scenarios.Scenario, largest int) {
	for i := 1; i <= largest; i++ {
		if it := s.InstanceAt(i); it.Slow != 1 {
			cpus := it.CPUs / it.Slow
			s.Overrides = append(s.Overrides, scenarios.Override{Instances: scenarios.Numbers{i}, CPUs: &cpus, Slow: 1})
		}
	}
}

// disturbedNotes say what the reader should know of such a comparison.
func disturbedNotes(asRun *scenarios.Scenario) []string {
	notes := []string{fmt.Sprintf(
		"the profile is made of blocks without events, slow instances or a changing rate, measured first; afterwards the machine ran at %.0f %% of its speed then, by the probe, and the prediction is for that speed",
		100*asRun.Speed)}
	for _, e := range asRun.Events {
		if e.Do == "slow" {
			return append(notes, "a slow instance has its CPU limit divided by the factor, here and in the prediction; velocitas sim multiplies its demands")
		}
	}
	return notes
}
