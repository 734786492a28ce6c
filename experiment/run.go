package experiment

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/k9mil/velocitas/live/calibrate"
	"github.com/k9mil/velocitas/live/measure"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
)

// Result is what was measured beside what was predicted.
type Result struct {
	// Measured is nil only when nothing was. Predicted rests on Profile, which
	// rests on the sizes in Calibrated alone.
	Measured, Predicted *model.Curve
	Profile             *model.Profile
	Calibrated          []int
	// Rows has a row for each size and metric.
	Rows []Row
	// Blocks are all blocks measured, with their requests.
	Blocks *measure.Result
	// Undisturbed are the blocks that Profile is made of where these are not among
	// Blocks: in a validation, and where the scenario has events, slow instances
	// or a changing rate, and they have not.
	Undisturbed *measure.Result
	// Notes say in whole sentences what the reader should know of the run.
	Notes []string
}

// idleFor is how long the instances are watched doing nothing.
const idleFor = 2 * time.Second

// Run measures all sizes in interleaved rounds, makes a profile of the smallest
// and predicts all of them with it. Nothing of what it starts is left when it
// returns, whatever the reason.
func Run(ctx context.Context, c Config) (*Result, error) {
	c, err := c.complete()
	if err != nil {
		return nil, err
	}
	costs := &costs{}
	target, predicted := c.Target.(costed)
	if predicted {
		if costs, err = target.beforehand(ctx, c); err != nil {
			return nil, err
		}
	}
	return withSystem(ctx, c, func(s measure.System) (*Result, error) {
		if !predicted {
			return c.onlyMeasured(ctx, s)
		}
		asRun, err := c.ready(ctx, s, costs)
		if err != nil {
			return nil, err
		}
		if Disturbed(asRun) {
			return c.runDisturbed(ctx, s, asRun, costs)
		}
		c.Stage("measuring")
		run, err := measure.Run(ctx, s, c.measured(asRun, asRun.Instances))
		if err != nil {
			return nil, err
		}
		r := &Result{Measured: run.Curve, Blocks: run, Calibrated: c.Calibrate, Notes: costs.notes}
		if r.Profile, err = c.profile(ctx, run, asRun, costs); err != nil {
			return nil, err
		}
		return r, c.compare(ctx, r, asRun)
	})
}

// onlyMeasured is the result for a target that cannot be predicted.
func (c Config) onlyMeasured(ctx context.Context, s measure.System) (*Result, error) {
	c.Stage("checking the service and the generator")
	if err := c.check(ctx, s, c.Scenario, nil); err != nil {
		return nil, err
	}
	c.Stage("measuring")
	run, err := measure.Run(ctx, s, c.measured(c.Scenario, c.Scenario.Instances))
	if err != nil {
		return nil, err
	}
	return &Result{Measured: run.Curve, Blocks: run}, nil
}

// withSystem brings the target's system up, does the work and takes it down again.
func withSystem(ctx context.Context, c Config, work func(measure.System) (*Result, error)) (r *Result, err error) {
	s, err := c.Target.Open(ctx, c.Scenario)
	if err != nil {
		return nil, err
	}
	if up, ok := s.(raised); ok {
		defer func() {
			c.Stage("taking the stack down")
			if down := up.Down(ctx); down != nil {
				err = errors.Join(err, fmt.Errorf("not all could be removed, velocitas live --down tries again: %w", down))
			}
		}()
		c.Stage("bringing the stack up")
		if err := up.Up(ctx); err != nil {
			return nil, err
		}
	}
	return work(s)
}

// ready checks the stack and watches it idle. It returns the scenario as it is
// really run, which is what is to be predicted.
func (c Config) ready(ctx context.Context, s measure.System, costs *costs) (*scenarios.Scenario, error) {
	asRun := AsRun(c.Scenario, s.Instances())
	c.Stage("checking the stack and the generator")
	if err := c.check(ctx, s, asRun, costs); err != nil {
		return nil, fmt.Errorf("check before the load: %w", err)
	}
	c.Stage("watching the instances do nothing")
	var err error
	if costs.idle, err = calibrate.Idle(ctx, s, idleFor); err != nil {
		return nil, err
	}
	if t, ok := c.Target.(idled); ok {
		err = t.idle(ctx, c, s, asRun, costs)
	}
	return asRun, err
}

// profile is made of the sizes to calibrate on, and given away.
func (c Config) profile(ctx context.Context, run *measure.Result, asRun *scenarios.Scenario, costs *costs) (*model.Profile, error) {
	p, err := calibrate.FromRun(calibrate.Source{
		Run: run, Scenario: asRun, Sizes: c.Calibrate, Store: costs.store, Alone: costs.alone,
		IdleCores: costs.idle, ConnectNs: costs.connect.Nanoseconds(), After: costs.after, Fingerprint: run.Curve.Fingerprint,
	})
	if err != nil {
		return nil, err
	}
	c.Stage("choosing what CPU times cannot tell")
	r := &Result{Measured: run.Curve, Blocks: run, Profile: p, Calibrated: c.Calibrate}
	left := asRun.Clone()
	left.Host.Cores = coresLeft(asRun.Host.Cores, r)
	r.grown(left)
	if err := c.tune(ctx, r, left); err != nil {
		return nil, err
	}
	return r.Profile, c.Calibrated(r.Profile)
}

// compare predicts what was measured and puts the two side by side.
func (c Config) compare(ctx context.Context, r *Result, asRun *scenarios.Scenario) error {
	c.Stage("predicting")
	asRun.Host.Cores = coresLeft(asRun.Host.Cores, r)
	r.grown(asRun)
	if note := r.youngNote(asRun.Instance.Keys); note != "" {
		r.Notes = append(r.Notes, note)
	}
	var err error
	if r.Measured.Scenario, err = json.Marshal(asRun); err != nil {
		return err
	}
	if r.Predicted, err = c.predict(ctx, r, asRun, 1); err != nil {
		return err
	}
	from := r.Measured
	if Disturbed(asRun) {
		from = r.Undisturbed.Curve
	}
	doubt := doubtOf(from, r.Calibrated)
	if err := c.widen(ctx, r, asRun, doubt); err != nil {
		return err
	}
	r.Rows = Rows(r.Predicted, r.Measured)
	r.Notes = append(r.Notes, doubt.String())
	return nil
}
