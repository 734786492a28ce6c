package recorded

import (
	"context"
	"slices"

	"github.com/k9mil/velocitas/experiment"
	"github.com/k9mil/velocitas/model"
)

// Curves are a set's predictions in a setting and what was measured, for
// charts. A prediction spans those of all repeats of a size and their
// intervals; a measured value spans the repeats.
func Curves(ctx context.Context, predict experiment.Predictor, cells []*Cell, f *Frozen, set string, setting Setting) (predicted, measured *model.Curve, err error) {
	predicted = &model.Curve{Schema: model.CurveSchema, Kind: model.Predicted, Name: set, Seed: 1, Warnings: []string{}}
	measured = &model.Curve{Schema: model.CurveSchema, Kind: model.Measured, Name: set, Warnings: []string{}}
	bySize := map[int][]*Cell{}
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
		var p, m []model.Point
		for _, c := range bySize[n] {
			one, err := f.predict(ctx, predict, setting, c)
			if err != nil {
				return nil, nil, err
			}
			f.doubt(setting, c).Widen(&one.central, &one.slow, &one.quick)
			p, m = append(p, one.central), append(m, *one.sample.Measured)
		}
		predicted.Points, measured.Points = append(predicted.Points, overall(p)), append(measured.Points, overall(m))
	}
	return predicted, measured, nil
}

// overall is one point of several of a size: means, and the range of all.
func overall(points []model.Point) model.Point {
	of := func(at func(*model.Point) *model.Estimate) model.Estimate {
		e := *at(&points[0])
		e.Value = 0
		for i := range points {
			one := at(&points[i])
			e.Value += one.Value / float64(len(points))
			e.Lo, e.Hi = min(e.Lo, one.Lo), max(e.Hi, one.Hi)
		}
		return e
	}
	latency := func(at func(*model.Latency) *model.Estimate) model.Estimate {
		return of(func(p *model.Point) *model.Estimate { return at(&p.LatencyMs) })
	}
	return model.Point{
		Instances: points[0].Instances, Completed: 1, Verdict: model.Stable,
		ThroughputRps: of(func(p *model.Point) *model.Estimate { return &p.ThroughputRps }),
		LatencyMs: model.Latency{
			Mean: latency(func(l *model.Latency) *model.Estimate { return &l.Mean }),
			P50:  latency(func(l *model.Latency) *model.Estimate { return &l.P50 }),
			P90:  latency(func(l *model.Latency) *model.Estimate { return &l.P90 }),
			P95:  latency(func(l *model.Latency) *model.Estimate { return &l.P95 }),
			P99:  latency(func(l *model.Latency) *model.Estimate { return &l.P99 }),
		},
	}
}
