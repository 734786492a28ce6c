package experiment

import (
	"math"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/model/stats"
)

// metric is what prediction and measurement are compared by.
type metric struct {
	Name, Unit string
	of         func(*model.Point) *model.Estimate
}

var metrics = []metric{
	{"throughput", "1/s", func(p *model.Point) *model.Estimate { return &p.ThroughputRps }},
	{"p50", "ms", func(p *model.Point) *model.Estimate { return &p.LatencyMs.P50 }},
	{"p95", "ms", func(p *model.Point) *model.Estimate { return &p.LatencyMs.P95 }},
	{"p99", "ms", func(p *model.Point) *model.Estimate { return &p.LatencyMs.P99 }},
}

// Row is one metric of one size, predicted and measured.
type Row struct {
	Instances int            `json:"instances"`
	Metric    string         `json:"metric"`
	Unit      string         `json:"unit"`
	Predicted model.Estimate `json:"predicted"`
	Measured  model.Estimate `json:"measured"`
	// Error is predicted over measured, less 1.
	Error float64 `json:"error"`
	// Floor is the noise floor: the median difference of two measurements like
	// this one. A smaller error cannot be told from none.
	Floor float64 `json:"noise_floor"`
	// Inside says whether the measured value is in the predicted interval.
	Inside bool `json:"inside"`
	// Limit is what limits the measured point, PredictedLimit the predicted.
	Limit          model.Limit `json:"limit"`
	PredictedLimit model.Limit `json:"predicted_limit"`
}

// Rows compares two curves of the same sizes, metric by metric.
func Rows(predicted, measured *model.Curve) []Row {
	var rows []Row
	for i := range measured.Points {
		m := &measured.Points[i]
		p := pointOf(predicted, m.Instances)
		if p == nil {
			continue
		}
		rows = append(rows, PointRows(p, m)...)
	}
	return rows
}

// PointRows compares two points of the same size, metric by metric.
func PointRows(predicted, measured *model.Point) []Row {
	var rows []Row
	for _, metric := range metrics {
		rows = append(rows, rowOf(metric, predicted, measured))
	}
	return rows
}

func rowOf(metric metric, p, m *model.Point) Row {
	r := Row{Instances: m.Instances, Metric: metric.Name, Unit: metric.Unit,
		Predicted: *metric.of(p), Measured: *metric.of(m), Limit: m.Limit, PredictedLimit: p.Limit}
	if r.Measured.Value > 0 {
		r.Error = r.Predicted.Value/r.Measured.Value - 1
	}
	r.Inside = r.Measured.Value >= r.Predicted.Lo && r.Measured.Value <= r.Predicted.Hi
	r.Floor = floorOf(m.Noise[metric.Name], m.Rounds)
	return r
}

// floorOf is stats.NoiseFloor of means over so many rounds, from the standard
// deviation of one.
func floorOf(sd float64, rounds int) float64 {
	one := stats.NoiseFloor([]float64{1, math.E}) / stats.LogSd([]float64{1, math.E})
	return one * sd / math.Sqrt(float64(max(1, rounds)))
}

func pointOf(c *model.Curve, n int) *model.Point {
	for i := range c.Points {
		if c.Points[i].Instances == n {
			return &c.Points[i]
		}
	}
	return nil
}
