package capacity

import (
	"context"
	"encoding/json"
	"reflect"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/model/stats"
	"github.com/k9mil/velocitas/sim"
)

// ComparisonSchema names the format of a comparison.
const ComparisonSchema = "velocitas.comparison/1"

// Comparison is curves under common random numbers; the first is what the
// others are compared with. A curve's name is its variant's.
type Comparison struct {
	Schema  string         `json:"schema"`
	Curves  []*model.Curve `json:"curves"`
	Changes [][]Change     `json:"changes"` // by curve after the first, by point
}

// Change is by how much a point differs from that of the first curve:
// replication by replication under the same arrivals and demands, so that the
// interval is that of the difference and much narrower than what the curves'
// own suggest. A quantile here is the mean of the replications' quantiles.
type Change struct {
	Instances     int            `json:"instances"`
	Replications  int            `json:"replications"` // pairs
	ThroughputRps model.Estimate `json:"throughput_rps"`
	MeanMs        model.Estimate `json:"mean_ms"`
	P50Ms         model.Estimate `json:"p50_ms"`
	P95Ms         model.Estimate `json:"p95_ms"`
	P99Ms         model.Estimate `json:"p99_ms"`
	ErrorRate     model.Estimate `json:"error_rate"`
}

// Compare simulates variants, of which there are at least two, at the numbers
// of instances of the first. Nothing is inserted into real stores. The error is
// the context's or the simulator's.
func Compare(ctx context.Context, in sim.Input, variants []Variant) (*Comparison, error) {
	c := &Comparison{Schema: ComparisonSchema, Changes: [][]Change{}}
	sizes := variants[0].Scenario.Instances
	profile := in.Profile
	var base [][]sim.Replication
	for k, v := range variants {
		in.Scenario = v.Scenario
		in.Profile = profile
		if v.Profile != nil {
			in.Profile = v.Profile
		}
		curve, err := header(in, v.Name)
		if err != nil {
			return nil, err
		}
		var changes []Change
		for i, n := range sizes {
			p, each, err := simulate(ctx, in, n)
			if err != nil {
				return nil, err
			}
			curve.Points = append(curve.Points, p)
			if k == 0 {
				base = append(base, each)
			} else {
				changes = append(changes, change(n, base[i], each))
			}
			if in.Progress != nil {
				in.Progress(k*len(sizes)+i+1, len(variants)*len(sizes))
			}
		}
		if k > 0 && reflect.DeepEqual(curve.Points, c.Curves[0].Points) {
			curve.Warnings = append(curve.Warnings, "nothing at all differs: this setting plays no part in this scenario")
		}
		c.Curves = append(c.Curves, curve)
		if k > 0 {
			c.Changes = append(c.Changes, changes)
		}
	}
	return c, nil
}

// header is a curve without points.
func header(in sim.Input, name string) (*model.Curve, error) {
	scenario, err := json.Marshal(in.Scenario)
	return &model.Curve{
		Schema: model.CurveSchema, Kind: model.Predicted, Name: name, Version: in.Version, Seed: in.Scenario.Seed,
		Profile:  in.ProfileRef(),
		Scenario: scenario, Points: []model.Point{}, Warnings: []string{},
	}, err
}

func simulate(ctx context.Context, in sim.Input, n int) (p model.Point, each []sim.Replication, err error) {
	s, err := sim.NewSample(ctx, in, n)
	if err != nil {
		return p, nil, err
	}
	if err := s.GrowToPrecision(ctx); err != nil {
		return p, nil, err
	}
	return s.Point(), s.Replications(), nil
}

// change pairs the replications that both have.
func change(n int, a, b []sim.Replication) Change {
	pairs := min(len(a), len(b))
	differ := func(of func(sim.Replication) float64) model.Estimate {
		xs, ys := make([]float64, pairs), make([]float64, pairs)
		for i := range pairs {
			xs[i], ys[i] = of(a[i]), of(b[i])
		}
		e, _ := stats.PairedDifference(xs, ys, 0.95) // of one pair there is no interval
		return model.Estimate{Value: rounded(e.Value, 6), Lo: rounded(e.Lo, 6), Hi: rounded(e.Hi, 6)}
	}
	return Change{
		Instances: n, Replications: pairs,
		ThroughputRps: differ(func(r sim.Replication) float64 { return r.ThroughputRps }),
		MeanMs:        differ(func(r sim.Replication) float64 { return r.MeanMs }),
		P50Ms:         differ(func(r sim.Replication) float64 { return r.P50Ms }),
		P95Ms:         differ(func(r sim.Replication) float64 { return r.P95Ms }),
		P99Ms:         differ(func(r sim.Replication) float64 { return r.P99Ms }),
		ErrorRate:     differ(func(r sim.Replication) float64 { return r.ErrorRate }),
	}
}
