package experiment

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/k9mil/velocitas/live/calibrate"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/model/stats"
	"github.com/k9mil/velocitas/scenarios"
)

// knob is a constant of a profile that CPU times over requests leave open, with
// the values to try.
type knob struct {
	name string
	// others are profiles that differ from p in this constant only.
	others func(p *model.Profile, load calibrate.Load) []*model.Profile
	// shifts is whether the constant changes what a request costs on average, so
	// that its demand has to be matched anew.
	shifts bool
}

var knobs = []knob{
	{"what a compaction costs", ownWork(func(b *model.Background, f float64) {
		b.CompactionDemandNs = times(b.CompactionDemandNs, f)
	}), false},
	{"what a flush costs", ownWork(func(b *model.Background, f float64) {
		b.FlushDemandNs, b.ColdNsPerS, b.ColdMostNs = times(b.FlushDemandNs, f), times(b.ColdNsPerS, f), times(b.ColdMostNs, f)
	}), false},
	{"how the speed of a core swings", swings, true},
	{"how instances differ", func(p *model.Profile, _ calibrate.Load) []*model.Profile {
		return each(p, []float64{0, 0.03, 0.05, 0.07, 0.1}, func(q *model.Profile, sd float64) {
			q.Instance.Swing = model.Swing{LogSD: sd, TauNs: calibrate.Lasting.TauNs}
		})
	}, true},
	{"by how much a CPU limit is overrun", func(p *model.Profile, _ calibrate.Load) []*model.Profile {
		// A kernel tick is 4 ms.
		return each(p, []float64{0, 1e6, 2e6, 3e6, 4e6}, func(q *model.Profile, ns float64) { q.Instance.OverrunNs = int64(ns) })
	}, false},
}

// swings tries how large the swing of the cores is where none was measured.
func swings(p *model.Profile, _ calibrate.Load) []*model.Profile {
	if p.Provenance[calibrate.FromVariogram] != "" {
		return nil
	}
	return each(p, []float64{0, 0.05, 0.1, 0.15, 0.2}, func(q *model.Profile, sd float64) {
		q.Instance.CoreSwing = model.Swing{LogSD: sd, TauNs: swingTauNs}
	})
}

// swingTauNs is how long a swing lasts: what is shorter evens out within a
// request, what is longer is drift, which the probe sees.
const swingTauNs = 200_000_000

// ownWork tries other costs of the store's own work. The CPU time of a request
// stays what it was: what is not the store's is the request's.
func ownWork(change func(b *model.Background, factor float64)) func(*model.Profile, calibrate.Load) []*model.Profile {
	return func(p *model.Profile, load calibrate.Load) []*model.Profile {
		return each(p, []float64{0.65, 0.8, 0.9, 1.1, 1.25, 1.5}, func(q *model.Profile, f float64) {
			change(&q.Instance.Background, f)
			calibrate.Reapportion(q, p, load)
		})
	}
}

func times(ns int64, f float64) int64 { return int64(math.Round(float64(ns) * f)) }

// each makes a profile out of p for every value.
func each(p *model.Profile, values []float64, set func(q *model.Profile, value float64)) []*model.Profile {
	var others []*model.Profile
	for _, v := range values {
		q := *p
		q.Instance.Demand, q.Instance.Speed = slices.Clone(p.Instance.Demand), slices.Clone(p.Instance.Speed)
		set(&q, v)
		others = append(others, &q)
	}
	return others
}

const (
	tunings = 2
	// gain is by how much badness must fall for a constant to be changed:
	// Akaike's price of one more parameter.
	gain = 2
	// tolerance is how far the model may be off, relative, without being blamed.
	tolerance = 0.05
	// freedom is that of Student's t, which lets one figure be far off without
	// ruling the choice.
	freedom = 4
)

// tune chooses what CPU times cannot tell, such that the simulator explains the
// calibrated sizes best, and what an instance showed is not put aside. It goes
// through the constants in turn, tries the values and keeps what is clearly
// better. No other size is looked at.
func (c Config) tune(ctx context.Context, r *Result, asRun *scenarios.Scenario) error {
	if err := c.matchCPU(ctx, r, asRun); err != nil {
		return err
	}
	load, shown := calibrate.LoadOf(r.Measured, r.Calibrated, asRun.Instance.Keys), r.Profile.Instance.Background
	best, err := c.badness(ctx, r, asRun)
	if err != nil {
		return err
	}
	first, turned := best, []string{}
	for range tunings {
		before := best
		for _, k := range knobs {
			p := r.Profile
			for _, q := range k.others(p, load) {
				try := *r
				try.Profile = q
				if k.shifts {
					if err := c.matchCPU(ctx, &try, asRun); err != nil {
						return err
					}
				}
				b, err := c.badness(ctx, &try, asRun)
				if err != nil {
					return err
				}
				b += unlikely(try.Profile.Instance.Background, shown)
				if b < best-gain {
					best, r.Profile = b, try.Profile
				}
			}
			if r.Profile != p && !slices.Contains(turned, k.name) {
				turned = append(turned, k.name)
			}
		}
		if best == before {
			break
		}
	}
	if len(turned) > 0 {
		r.Profile.Provenance["chosen"] = fmt.Sprintf("by simulation of the calibrated sizes (badness %.1f instead of %.1f): %v", best, first, turned)
	}
	return nil
}

// known is how well an instance by itself shows what its own work costs, as the
// standard deviation of a logarithm: ten compactions, of which one costs a third
// more or less than another, and that what they cost under load may differ.
const known = 0.15

// unlikely is minus twice the logarithm of how likely costs of the store's own
// work are after those that an instance by itself showed. A few measured blocks
// hold two or three compactions, and would have their way without it.
func unlikely(own, shown model.Background) float64 {
	sum := 0.0
	for _, cost := range [][2]int64{{own.FlushDemandNs, shown.FlushDemandNs}, {own.CompactionDemandNs, shown.CompactionDemandNs}} {
		if cost[0] > 0 && cost[1] > 0 {
			off := math.Log(float64(cost[0])/float64(cost[1])) / known
			sum += off * off
		}
	}
	return sum
}

// matchings is how often the demand is corrected; what is left after two is
// well below a percent.
const matchings = 2

// matchCPU sets the demand such that a request of the calibrated sizes costs in
// simulation what it cost when it was measured: how much more efficient an
// instance is with several inside depends on how many there are when.
func (c Config) matchCPU(ctx context.Context, r *Result, asRun *scenarios.Scenario) error {
	for range matchings {
		var ratios []float64
		err := c.beside(ctx, r, asRun, func(m, p *model.Point) {
			if m.CPUMsPerRequest > 0 && p.CPUMsPerRequest > 0 {
				ratios = append(ratios, math.Log(m.CPUMsPerRequest/p.CPUMsPerRequest))
			}
		})
		if err != nil || len(ratios) == 0 {
			return err
		}
		mean, _ := stats.MeanSd(ratios)
		r.Profile = each(r.Profile, []float64{math.Exp(mean)}, func(q *model.Profile, f float64) {
			for i := range q.Instance.Demand {
				q.Instance.Demand[i].DemandNs = times(q.Instance.Demand[i].DemandNs, f)
			}
		})[0]
	}
	return nil
}

// quickly simulates a measured size for about as long as it was measured, with
// the same few random numbers for every profile: differences need no precision.
func (c Config) quickly(ctx context.Context, r *Result, asRun *scenarios.Scenario, m *model.Point) (*model.Curve, error) {
	s := measuredAs(r, asRun, m)
	s.MaxReplications, s.Precision = s.Replications, 0
	if s.Load.Kind == "closed" {
		s.Duration = s.WarmUp.For + scenarios.Duration(1e9*math.Max(quickest, m.WarmUpS+m.DurationS))
	}
	return c.simulate(ctx, s, r.Profile)
}

// quickest is the shortest simulation for a choice, in seconds.
const quickest = 10

// badness is how badly the profile explains the calibrated sizes: minus twice
// the logarithm of the likelihood of their figures (a synthetic likelihood;
// Wood, Nature 466, 2010), taken as independent.
func (c Config) badness(ctx context.Context, r *Result, asRun *scenarios.Scenario) (float64, error) {
	sum := 0.0
	err := c.beside(ctx, r, asRun, func(m, p *model.Point) {
		for _, figure := range figures {
			sum += surprise(m, p, figure)
		}
	})
	return sum, err
}

// beside simulates each calibrated size and gives it away with what was measured.
func (c Config) beside(ctx context.Context, r *Result, asRun *scenarios.Scenario, do func(measured, predicted *model.Point)) error {
	for i := range r.Measured.Points {
		m := &r.Measured.Points[i]
		if !slices.Contains(r.Calibrated, m.Instances) {
			continue
		}
		curve, err := c.quickly(ctx, r, asRun, m)
		if err != nil {
			return err
		}
		do(m, &curve.Points[0])
	}
	return nil
}

// figures are what a profile is judged by.
var figures = append(slices.Clone(metrics), metric{"p90", "ms", func(p *model.Point) *model.Estimate { return &p.LatencyMs.P90 }})

// surprise is minus twice the logarithm of the likelihood of a measured figure,
// less that of a perfect prediction.
func surprise(m, p *model.Point, f metric) float64 {
	measured, predicted := f.of(m), f.of(p)
	if measured.Value <= 0 || predicted.Value <= 0 {
		return 0
	}
	noise := m.Noise[f.Name] / math.Sqrt(float64(max(1, m.Rounds)))
	spread := spreadOf(*predicted, p.Replications) * math.Sqrt(p.DurationS/math.Max(m.DurationS, 1))
	variance := noise*noise + spread*spread + tolerance*tolerance
	off := math.Log(predicted.Value / measured.Value)
	return (freedom+1)*math.Log1p(off*off/variance/freedom) + math.Log(variance/tolerance/tolerance)
}

// spreadOf is the relative standard deviation of a replication.
func spreadOf(e model.Estimate, replications int) float64 {
	if replications < 2 {
		return 0
	}
	half := (e.Hi - e.Lo) / 2 / e.Value
	return half / stats.TQuantile(0.975, float64(replications-1)) * math.Sqrt(float64(replications))
}
