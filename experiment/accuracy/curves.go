package accuracy

import (
	"slices"

	"github.com/k9mil/velocitas/live/recorded"
	"github.com/k9mil/velocitas/model"
)

// Curves are a set's predictions in a setting and what was measured, for
// charts. A prediction spans those of all repeats of a size and their
// intervals; a measured value spans the repeats.
func Curves(cells []*recorded.Cell, f *Frozen, set string, setting Setting) (predicted, measured *model.Curve, err error) {
	predicted = &model.Curve{Schema: model.CurveSchema, Kind: model.Predicted, Name: set, Seed: 1, Warnings: []string{}}
	measured = &model.Curve{Schema: model.CurveSchema, Kind: model.Measured, Name: set, Warnings: []string{}}
	bySize := map[int][]*recorded.Cell{}
	var sizes []int
	for _, c := range ofSet(cells, set) {
		if bySize[c.Instances] == nil {
			sizes = append(sizes, c.Instances)
		}
		bySize[c.Instances] = append(bySize[c.Instances], c)
		predicted.Profile = f.profile(c.GoMaxProcs).Ref()
	}
	slices.Sort(sizes)
	for _, n := range sizes {
		p, m, err := points(bySize[n], f, setting)
		if err != nil {
			return nil, nil, err
		}
		predicted.Points, measured.Points = append(predicted.Points, p), append(measured.Points, m)
	}
	return predicted, measured, nil
}

// points are one size's.
func points(repeats []*recorded.Cell, f *Frozen, setting Setting) (predicted, measured model.Point, err error) {
	metrics := len(recorded.Metrics)
	p, m := make([]spread, metrics), make([]spread, metrics)
	for _, c := range repeats {
		forecast, err := f.forecast(setting, c)
		if err != nil {
			return predicted, measured, err
		}
		middle, values := central(forecast.runs), c.Figures().Values()
		for i := range metrics {
			lo, hi := forecast.between(i, f.Misfit[misfitKey(c, recorded.Metrics[i])])
			p[i].add(middle[i], lo, hi)
			m[i].add(values[i], values[i], values[i])
		}
	}
	n := repeats[0].Instances
	return pointOf(n, p), pointOf(n, m), nil
}

// spread is a mean of values and the range that their intervals span.
type spread struct{ sum, lo, hi, n float64 }

func (s *spread) add(value, lo, hi float64) {
	if s.n == 0 {
		s.lo, s.hi = lo, hi
	}
	s.sum, s.lo, s.hi, s.n = s.sum+value, min(s.lo, lo), max(s.hi, hi), s.n+1
}

func (s spread) estimate() model.Estimate {
	return model.Estimate{Value: s.sum / s.n, Lo: s.lo, Hi: s.hi}
}

func pointOf(instances int, by []spread) model.Point {
	of := func(metric string) model.Estimate { return by[slices.Index(recorded.Metrics, metric)].estimate() }
	return model.Point{
		Instances: instances, ThroughputRps: of("throughput"), Completed: 1, Verdict: model.Stable,
		LatencyMs: model.Latency{Mean: of("mean"), P50: of("p50"), P90: of("p90"), P95: of("p95"), P99: of("p99")},
	}
}
