package accuracy

import (
	"fmt"
	"math"

	"github.com/k9mil/velocitas/live/recorded"
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

// Row compares one figure of one recorded run with its prediction.
type Row struct {
	Setting   Setting
	Set       string
	Cell      string
	Instances int
	Repeat    int
	Metric    string
	Measured  float64
	Predicted float64
	Lo, Hi    float64 // 95 % of runs like this one are predicted between
	// Chance are the errors that there would be if the model were right.
	Chance    []float64
	Baselines map[string]float64
}

// Error is the prediction's, relative to what was measured.
func (r Row) Error() float64 { return math.Abs(r.Predicted/r.Measured - 1) }

// Inside tells whether the measured value lies in the predicted interval.
func (r Row) Inside() bool { return r.Measured >= r.Lo && r.Measured <= r.Hi }

// reported are the metrics in the tables.
var reported = []string{"throughput", "p50", "p95", "p99"}

// Assess predicts the runs of more instances than the calibration saw.
func Assess(cells []*recorded.Cell, f *Frozen) ([]Row, error) {
	var small, unseen []*recorded.Cell
	for _, c := range cells {
		if c.Instances <= recorded.CalibrationSizes {
			small = append(small, c)
		} else {
			unseen = append(unseen, c)
		}
	}
	var rows []Row
	for _, setting := range Settings {
		for _, c := range unseen {
			more, err := assess(setting, c, ofSet(small, c.Set), f)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", c.Name(), err)
			}
			rows = append(rows, more...)
		}
	}
	return rows, nil
}

func ofSet(cells []*recorded.Cell, set string) []*recorded.Cell {
	var of []*recorded.Cell
	for _, c := range cells {
		if c.Set == set {
			of = append(of, c)
		}
	}
	return of
}

// assess is one run in one setting, a row for each figure.
func assess(setting Setting, c *recorded.Cell, small []*recorded.Cell, f *Frozen) ([]Row, error) {
	forecast, err := f.forecast(setting, c)
	if err != nil {
		return nil, err
	}
	cost := func(*recorded.Cell) float64 { return 1 }
	if setting == Mechanism {
		cost = (*recorded.Cell).CPUMs
	}
	others := map[string]recorded.Figures{}
	for name, predict := range baselines(small, cost) {
		others[name] = predict(c)
	}
	predicted, measured := central(forecast.runs), c.Figures().Values()
	var rows []Row
	for m, metric := range recorded.Metrics {
		if !isReported(metric) || metric == "throughput" && c.Open() {
			continue // an open load sets its own throughput
		}
		r := Row{Setting: setting, Set: c.Set, Cell: c.Name(), Instances: c.Instances, Repeat: c.Repeat, Metric: metric,
			Measured: measured[m], Predicted: predicted[m], Chance: forecast.chance(m), Baselines: map[string]float64{}}
		r.Lo, r.Hi = forecast.between(m, f.Misfit[misfitKey(c, metric)])
		for name, figures := range others {
			r.Baselines[name] = figures.Values()[m]
		}
		rows = append(rows, r)
	}
	return rows, nil
}

func isReported(metric string) bool {
	for _, name := range reported {
		if name == metric {
			return true
		}
	}
	return false
}

// noiseFloor is the median relative difference that two recorded runs of the
// same cell show, over the sizes of a set that were predicted. For the
// mechanism each is first brought to the same CPU time per request.
func noiseFloor(setting Setting, cells []*recorded.Cell, set, metric string) float64 {
	repeats := map[int][]float64{}
	most := 0
	for _, c := range ofSet(cells, set) {
		if c.Instances <= recorded.CalibrationSizes {
			continue
		}
		k := 1.0
		if setting == Mechanism {
			k = c.CPUMs()
		}
		v := valueOf(c.Figures(), metric)
		if metric == "throughput" {
			v *= k
		} else {
			v /= k
		}
		repeats[c.Instances] = append(repeats[c.Instances], v)
		most = max(most, c.Instances)
	}
	var groups [][]float64
	for n := range most + 1 {
		groups = append(groups, repeats[n])
	}
	return stats.NoiseFloor(groups...)
}

func valueOf(f recorded.Figures, metric string) float64 {
	for m, name := range recorded.Metrics {
		if name == metric {
			return f.Values()[m]
		}
	}
	panic("accuracy: no metric " + metric)
}
