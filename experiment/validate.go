package experiment

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/k9mil/velocitas/live/measure"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/model/stats"
	"github.com/k9mil/velocitas/scenarios"
)

// Validation is a prediction of sizes that were measured only after it was made.
type Validation struct {
	Result
	// Rows of the Result hold the full error: everything in the prediction is
	// from the calibrated sizes. Mechanism has the CPU time of a request from
	// the very run that is predicted, and all else from the calibrated sizes:
	// the simulator's own error, without the machine's drift.
	Mechanism []Row
	Baselines []Baseline
	// Speed is the machine's speed while the other sizes were measured, relative
	// to the calibration: by the CPU time of a request with the calibrated
	// sizes, which are measured again beside the others. The prediction is for
	// that speed.
	Speed float64
}

// Validate calibrates on the two smallest sizes, gives the profile away, and
// only then measures the others, in interleaved rounds with the two smallest,
// which tell how fast the machine is by then.
func Validate(ctx context.Context, c Config) (*Validation, error) {
	sizes := c.Scenario.Instances
	if len(sizes) < 3 {
		return nil, fmt.Errorf("validate: %d sizes: want two to calibrate on and at least one to predict", len(sizes))
	}
	if Disturbed(c.Scenario) {
		return nil, errors.New("validate: with events, slow instances or a changing rate the profile is always made before they are measured; leave it out")
	}
	c.Calibrate = slices.Clone(sizes[:2])
	c, err := c.complete()
	if err != nil {
		return nil, err
	}
	own, ok := c.Target.(Own)
	if !ok {
		return nil, errors.New("validate: wants velocitas's own instances")
	}
	costs, err := own.beforehand(ctx, c)
	if err != nil {
		return nil, err
	}
	v := &Validation{}
	_, err = withSystem(ctx, c, func(s measure.System) (*Result, error) {
		asRun, err := c.ready(ctx, s, costs)
		if err != nil {
			return nil, err
		}
		if err := c.calibrateFirst(ctx, s, asRun, costs, v); err != nil {
			return nil, err
		}
		c.Stage("measuring the sizes that are predicted")
		again, err := measure.Run(ctx, s, c.measured(asRun, sizes))
		if err != nil {
			return nil, err
		}
		v.Speed = speedSince(v.Undisturbed.Curve, again.Curve, c.Calibrate)
		v.Measured, v.Blocks, asRun.Speed = again.Curve, again, v.Speed
		return nil, c.finish(ctx, v, asRun)
	})
	if err != nil {
		return nil, err
	}
	return v, nil
}

// calibrateFirst measures the two smallest sizes and gives their profile away.
func (c Config) calibrateFirst(ctx context.Context, s measure.System, asRun *scenarios.Scenario, costs *costs, v *Validation) error {
	c.Stage("measuring the sizes to calibrate on")
	first, err := measure.Run(ctx, s, c.measured(asRun, c.Calibrate))
	if err != nil {
		return err
	}
	v.Undisturbed, v.Calibrated, v.Notes = first, c.Calibrate, costs.notes
	v.Profile, err = c.profile(ctx, first, asRun, costs)
	return err
}

// speedSince is how much faster the machine was later, by the CPU time of a
// request with some sizes.
func speedSince(first, later *model.Curve, sizes []int) float64 {
	var speeds []float64
	for _, n := range sizes {
		a, b := pointOf(first, n), pointOf(later, n)
		if a != nil && b != nil && a.CPUMsPerRequest > 0 && b.CPUMsPerRequest > 0 {
			speeds = append(speeds, a.CPUMsPerRequest/b.CPUMsPerRequest)
		}
	}
	if len(speeds) == 0 {
		return 1
	}
	speed, _ := Speed(speeds)
	return speed
}

// finish predicts the sizes that the profile has not seen.
func (c Config) finish(ctx context.Context, v *Validation, asRun *scenarios.Scenario) error {
	if err := c.compare(ctx, &v.Result, asRun); err != nil {
		return err
	}
	v.Notes = append(v.Notes, fmt.Sprintf("while the predicted sizes were measured the machine ran at %.0f %% of its speed during calibration, by the CPU time of the calibrated sizes, measured again beside them (%.0f %% by the probe); the prediction is for that speed",
		100*v.Speed, 100*v.Undisturbed.Drift.MeanMs/v.Blocks.Drift.MeanMs))
	if err := c.unseen(ctx, v, asRun); err != nil {
		return err
	}
	v.Baselines = v.baselines(asRun)
	return nil
}

// baselines are what simpler methods predict of the sizes that the profile has not
// seen.
func (v *Validation) baselines(asRun *scenarios.Scenario) []Baseline {
	var calibrated, unseen []*Sample
	for i := range v.Measured.Points {
		m := &v.Measured.Points[i]
		s := &Sample{Measured: m, CPUMs: m.CPUMsPerRequest, Scenario: asRun}
		if slices.Contains(v.Calibrated, m.Instances) {
			calibrated = append(calibrated, s)
		} else {
			unseen = append(unseen, s)
		}
	}
	var all []Baseline
	for _, s := range unseen {
		all = append(all, Baselines(calibrated, s, false)...)
	}
	return all
}

// Summary is the errors of one metric over all predicted sizes.
type Summary struct {
	Metric string `json:"metric"`
	// Median and Worst are of the errors' size, Floor is the median floor.
	Median float64 `json:"median"`
	Worst  float64 `json:"worst"`
	Floor  float64 `json:"noise_floor"`
	// Inside of Of measured values are in the predicted interval.
	Inside int `json:"inside"`
	Of     int `json:"of"`
}

// Summarise makes a Summary of each metric.
func Summarise(rows []Row) []Summary {
	var all []Summary
	for _, m := range metrics {
		var errors, floors []float64
		s := Summary{Metric: m.Name}
		for _, r := range rows {
			if r.Metric != m.Name {
				continue
			}
			errors, floors = append(errors, math.Abs(r.Error)), append(floors, r.Floor)
			s.Of++
			if r.Inside {
				s.Inside++
			}
		}
		if s.Of == 0 {
			continue
		}
		s.Median, s.Worst, s.Floor = stats.Median(errors), slices.Max(errors), stats.Median(floors)
		all = append(all, s)
	}
	return all
}
