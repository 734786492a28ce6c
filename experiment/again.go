package experiment

import (
	"context"
	"slices"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
)

// Again predicts anew what a validation measured, from its curve and its
// profile alone: an open load has other arrivals of the same kind than those
// measured. The rows are of the sizes that were not calibrated on.
func Again(ctx context.Context, predict Predictor, measured *model.Curve, p *model.Profile, calibrated []int) (full, mechanism []Row, err error) {
	asRun, err := scenarios.Resolved(measured.Name, measured.Scenario)
	if err != nil {
		return nil, nil, err
	}
	c := Config{Predict: predict}
	v := &Validation{Result: Result{Measured: measured, Profile: p, Calibrated: calibrated}}
	if v.Predicted, err = c.predict(ctx, &v.Result, asRun, 1); err != nil {
		return nil, nil, err
	}
	if err := c.widen(ctx, &v.Result, asRun, doubtOf(v.Measured, v.Calibrated)); err != nil {
		return nil, nil, err
	}
	v.Rows = Rows(v.Predicted, measured)
	if err := c.unseen(ctx, v, asRun); err != nil {
		return nil, nil, err
	}
	return v.Rows, v.Mechanism, nil
}

// unseen adds the mechanism's errors and leaves only rows of sizes that were
// not calibrated on.
func (c Config) unseen(ctx context.Context, v *Validation, asRun *scenarios.Scenario) error {
	for _, m := range v.Measured.Points {
		if slices.Contains(v.Calibrated, m.Instances) {
			continue
		}
		p, _, err := c.Predict.Mechanism(ctx, v.sample(asRun, &m), v.Profile, 1)
		if err != nil {
			return err
		}
		point := &p.Points[0]
		as := *point
		doubtOf(v.Measured, v.Calibrated).Widen(point, &as, &as)
		v.Mechanism = append(v.Mechanism, Rows(p, &model.Curve{Points: []model.Point{m}})...)
	}
	v.Rows = slices.DeleteFunc(v.Rows, func(r Row) bool { return slices.Contains(v.Calibrated, r.Instances) })
	return nil
}
