package recorded

import (
	"context"
	"fmt"
	"slices"

	"github.com/k9mil/velocitas/experiment"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/model/stats"
)

// Setting says where the speed of the machine comes from.
type Setting string

// The settings.
const (
	Mechanism Setting = "mechanism" // from the run itself: its CPU time over its requests
	Full      Setting = "full"      // from the runs of one and two instances
)

// Settings are both, in the order of reports.
var Settings = []Setting{Mechanism, Full}

// Row is one figure of one recorded run, predicted and measured.
type Row struct {
	experiment.Row
	Setting Setting
	Set     string
	Cell    string
	Repeat  int
	// Chance is the median error that there would be if the model were right.
	Chance    float64
	Baselines []experiment.Baseline
}

// reported are the metrics in the tables.
var reported = []string{"throughput", "p50", "p95", "p99"}

// Assess predicts the runs of more instances than the calibration saw.
func Assess(ctx context.Context, predict experiment.Predictor, cells []*Cell, f *Frozen) ([]Row, error) {
	var small, unseen []*Cell
	for _, c := range cells {
		if c.Instances <= CalibrationSizes {
			small = append(small, c)
		} else {
			unseen = append(unseen, c)
		}
	}
	var rows []Row
	for _, setting := range Settings {
		for _, c := range unseen {
			more, err := f.assess(ctx, predict, setting, c, ofSet(small, c.Set))
			if err != nil {
				return nil, fmt.Errorf("%s: %w", c.Name(), err)
			}
			rows = append(rows, more...)
		}
	}
	return rows, nil
}

func ofSet(cells []*Cell, set string) []*Cell {
	return slices.DeleteFunc(slices.Clone(cells), func(c *Cell) bool { return c.Set != set })
}

// assess is one run in one setting, a row for each figure.
func (f *Frozen) assess(ctx context.Context, predict experiment.Predictor, setting Setting, c *Cell, small []*Cell) ([]Row, error) {
	p, err := f.predict(ctx, predict, setting, c)
	if err != nil {
		return nil, err
	}
	var calibrated []*experiment.Sample
	for _, s := range small {
		sample, err := s.Sample(f.HostCores, 1)
		if err != nil {
			return nil, err
		}
		calibrated = append(calibrated, sample)
	}
	others := experiment.Baselines(calibrated, p.sample, setting == Mechanism)
	rows := p.rows(f.doubt(setting, c))
	for i := range rows {
		r := &rows[i]
		r.Setting, r.Set, r.Cell, r.Repeat = setting, c.Set, c.Name(), c.Repeat
		for _, b := range others {
			if b.Metric == r.Metric {
				r.Baselines = append(r.Baselines, b)
			}
		}
	}
	return rows, nil
}

// prediction is that of a recorded run: at the speed that is taken for the
// machine's, and at either end of what that may have been.
type prediction struct {
	sample               *experiment.Sample
	speed                float64
	central, slow, quick model.Point
}

// predict is the prediction of a run in a setting.
func (f *Frozen) predict(ctx context.Context, predict experiment.Predictor, setting Setting, c *Cell) (*prediction, error) {
	if setting == Mechanism {
		return f.mechanism(ctx, predict, c, f.Speeds[c.Set])
	}
	s, err := c.Sample(f.HostCores, predicting)
	if err != nil {
		return nil, err
	}
	p := &prediction{sample: s, speed: f.Speeds[c.Set]}
	slowest, fastest := f.doubt(setting, c).Speeds()
	for _, at := range []struct {
		to    *model.Point
		speed float64
	}{{&p.central, p.speed}, {&p.slow, p.speed * slowest}, {&p.quick, p.speed * fastest}} {
		curve, err := predict.At(ctx, s.Scenario, f.profile(c.GoMaxProcs), at.speed)
		if err != nil {
			return nil, err
		}
		*at.to = curve.Points[0]
	}
	return p, nil
}

// mechanism takes the speed of the machine from the run itself.
func (f *Frozen) mechanism(ctx context.Context, predict experiment.Predictor, c *Cell, guess float64) (*prediction, error) {
	s, err := c.Sample(f.HostCores, predicting)
	if err != nil {
		return nil, err
	}
	curve, speed, err := predict.Mechanism(ctx, s, f.profile(c.GoMaxProcs), guess)
	if err != nil {
		return nil, err
	}
	p := &prediction{sample: s, speed: speed, central: curve.Points[0]}
	p.slow, p.quick = p.central, p.central
	return p, nil
}

// rows compare it with what was measured, but for the throughput of an open load,
// which sets its own.
func (p *prediction) rows(d experiment.Doubt) []Row {
	right, widened := p.central, p.central
	experiment.Doubt{Demand: d.Demand, DF: d.DF}.Widen(&right, &p.slow, &p.quick)
	d.Widen(&widened, &p.slow, &p.quick)
	var rows []Row
	byChance := experiment.PointRows(&right, p.sample.Measured)
	for i, r := range experiment.PointRows(&widened, p.sample.Measured) {
		if r.Metric != "throughput" || p.sample.Scenario.Load.Kind != "open" {
			rows = append(rows, Row{Row: r, Chance: experiment.ByChance(byChance[i].Predicted)})
		}
	}
	return rows
}

// noiseFloor is the median relative difference that two recorded runs of the
// same cell show, over the sizes of a set that were predicted. For the
// mechanism each is first brought to the same CPU time per request.
func noiseFloor(setting Setting, rows []Row, cells []*Cell, set, metric string) float64 {
	repeats := map[int][]float64{}
	most := 0
	for _, r := range rows {
		if r.Setting != setting || r.Set != set || r.Metric != metric {
			continue
		}
		k := 1.0
		if setting == Mechanism {
			k = cells[slices.IndexFunc(cells, func(c *Cell) bool { return c.Name() == r.Cell })].CPUMs()
		}
		repeats[r.Instances] = append(repeats[r.Instances], atCost(metric, r.Measured.Value, k))
		most = max(most, r.Instances)
	}
	var groups [][]float64
	for n := range most + 1 {
		groups = append(groups, repeats[n])
	}
	return stats.NoiseFloor(groups...)
}
