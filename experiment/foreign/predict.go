package foreign

import (
	"context"
	"math"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
	"github.com/k9mil/velocitas/sim"
)

// Prediction is what a block will show.
type Prediction struct {
	Figures [4]float64 // throughput (1/s), p50, p95, p99 (ms)
	Lo, Hi  [4]float64 // of the 95 % intervals
	// Chance is the median error, relative, that a right model would make.
	Chance [4]float64
	Limit  string // as in [Block.Limit]
	busy   float64
	host   float64
	noise  [4]float64 // sd of ln of a figure from run to run at the same CPU time
}

const (
	replications = 6
	// A mean of six has 95 % within 2.571 sd / sqrt(6); see stats.Mean.
	sdOfHalf = 2.449 / 2.571
)

// Mechanism predicts a block with the CPU time that it really took, by container:
// what is wrong then is the model's structure.
func (m *Model) Mechanism(ctx context.Context, b Block) (*Prediction, error) {
	p, err := m.match(ctx, b)
	if err == nil {
		p.around([2]*Prediction{p, p}, m)
	}
	return p, err
}

// Predict predicts a block from its load and size alone.
func (m *Model) Predict(ctx context.Context, b Block) (*Prediction, error) {
	p, err := m.settle(ctx, b, 1)
	if err != nil {
		return nil, err
	}
	var ends [2]*Prediction
	for i, sign := range []float64{-1, 1} {
		if ends[i], err = m.settle(ctx, b, math.Exp(sign*m.T*m.Drift)); err != nil {
			return nil, err
		}
	}
	p.around(ends, m)
	return p, nil
}

// settle looks for the idleness at which the CPU time that follows from it leaves
// just that idleness, by halving: more CPU time leaves less.
func (m *Model) settle(ctx context.Context, b Block, slow float64) (*Prediction, error) {
	at := func(idle float64) (*Prediction, float64, error) {
		p, err := m.run(ctx, b, m.demands(idle, slow))
		if err != nil {
			return nil, 0, err
		}
		return p, math.Max(0, math.Min(1-p.busy, 1-p.host)), nil
	}
	lo, hi := 0.0, 1.0
	p, left, err := at(0)
	if err != nil || left < 0.03 {
		return p, err
	}
	hi = left // with more CPU time nothing is idler
	for range 4 {
		mid := (lo + hi) / 2
		if p, left, err = at(mid); err != nil {
			return nil, err
		}
		if left > mid {
			lo = mid
		} else {
			hi = mid
		}
	}
	return p, nil
}

// demands are the CPU times of a request by kind of container, at so much idleness.
func (m *Model) demands(idle, slow float64) map[string]float64 {
	all := map[string]float64{}
	for kind, law := range m.CPU {
		all[kind] = law.at(idle) * slow
	}
	all["web"] = m.CPU["web"].Base * slow // what is cold comes on top in the simulation
	return all
}

// run simulates a block's load with such CPU times.
func (m *Model) run(ctx context.Context, b Block, cpuMs map[string]float64) (*Prediction, error) {
	s, p, err := m.Scenario(ctx, b, cpuMs)
	if err != nil {
		return nil, err
	}
	curve, err := sim.Run(ctx, sim.Input{Scenario: s, Profile: p})
	if err != nil {
		return nil, err
	}
	point := curve.Points[0]
	out := &Prediction{busy: point.Utilisation.Instances.Value, host: point.Utilisation.Host.Value}
	for i, e := range []model.Estimate{point.ThroughputRps, point.LatencyMs.P50, point.LatencyMs.P95, point.LatencyMs.P99} {
		out.Figures[i] = e.Value
		out.noise[i] = (e.Hi - e.Lo) / 2 * sdOfHalf / e.Value
	}
	x := out.Figures[0]
	out.Limit = limitOf(out.busy, out.host, cpuMs[m.Tier]/1000*x, m.CPUs[m.Tier])
	return out, nil
}

// around sets the intervals from runs with as little and as much CPU time as must
// be expected, and from how runs and blocks differ beside.
func (p *Prediction) around(ends [2]*Prediction, m *Model) {
	for i, f := range p.Figures {
		low, high := f, f
		for _, e := range ends {
			low, high = math.Min(low, e.Figures[i]), math.Max(high, e.Figures[i])
		}
		rest := 1.96 * math.Hypot(p.noise[i], m.Misfit[i])
		down, up := math.Hypot(math.Log(f/low), rest), math.Hypot(math.Log(high/f), rest)
		p.Lo[i], p.Hi[i] = f*math.Exp(-down), f*math.Exp(up)
		sd := math.Hypot(math.Log(high/low)/(2*m.T), p.noise[i])
		p.Chance[i] = 0.6745 * sd
	}
}

// Scenario is a block's load on the model with such CPU times in ms, and the
// profile with the load generator's part.
func (m *Model) Scenario(ctx context.Context, b Block, cpuMs map[string]float64) (*scenarios.Scenario, *model.Profile, error) {
	profile, err := model.LoadProfile(ctx, "reference")
	if err != nil {
		return nil, nil, err
	}
	generator := *profile
	generator.Generator = model.GeneratorCost{DemandNs: int64(cpuMs["generator"] * 1e6), After: profile.Generator.After}
	text, err := m.text(b, cpuMs)
	if err != nil {
		return nil, nil, err
	}
	s, err := scenarios.Parse(m.Service, text)
	return s, &generator, err
}
