package foreign

import (
	"context"
	"maps"
	"math"
)

// Cold is the CPU time, ms, that instances take more for who finds them idle, after
// an idleness of so many ms and more; see [scenarios.Cold].
type Cold struct{ CostMs, AfterMs float64 }

// coldAfterMs is what is tried first.
const coldAfterMs = 20

// match predicts a block with just the CPU time that it really took: how much of
// that is for being cold depends on how idle the instances are, which the
// simulation tells.
func (m *Model) match(ctx context.Context, b Block) (*Prediction, error) {
	own := maps.Clone(b.CPUMs)
	if known := m.warmMs[b.key()]; known > 0 {
		own["web"] = known
	}
	for try := 0; ; try++ {
		p, err := m.run(ctx, b, own)
		if err != nil {
			return nil, err
		}
		took := p.busy * b.CPUs["web"] * float64(b.Instances) / p.Figures[0] * 1000
		off := b.CPUMs["web"] / took
		if m.Cold.CostMs == 0 || math.Abs(off-1) < 0.01 || try == 5 {
			m.warmMs[b.key()] = own["web"]
			return p, nil
		}
		own["web"] = math.Max(own["web"]/10, own["web"]+b.CPUMs["web"]-took)
	}
}

// warm finds what an instance computes for a request while it is never idle, and
// how much more where it is: such that saturated and light blocks take what they
// took. Each changes the other, a little.
func (m *Model) warm(ctx context.Context, full, light []Block, rounds int) error {
	if m.Cold.AfterMs == 0 {
		m.Cold.AfterMs = coldAfterMs
	}
	m.warmMs = maps.Clone(m.warmMs)
	if m.warmMs == nil {
		m.warmMs = map[string]float64{}
	}
	alone := 0.0
	for _, c := range m.Classes {
		alone += c.Share * meanOf(light, c.Name, func(b Block) float64 { return b.CPUMs["web"] })
	}
	for range rounds {
		base := 0.0
		for _, b := range full {
			if _, err := m.match(ctx, b); err != nil {
				return err
			}
			base += math.Log(m.warmMs[b.key()]) / float64(len(full))
		}
		base = math.Exp(base)
		m.CPU["web"] = Law{Base: base}
		if alone <= base {
			m.Cold.CostMs = 0
			return nil
		}
		if m.Cold.CostMs == 0 {
			m.Cold.CostMs = alone - base
		}
		cold, err := m.coldness(ctx, light)
		if err != nil {
			return err
		}
		m.Cold.CostMs = (alone - base) / cold
	}
	return nil
}

// coldness is how often requests of light blocks take [Cold.CostMs].
func (m *Model) coldness(ctx context.Context, light []Block) (float64, error) {
	parts := map[string]float64{}
	for _, b := range light {
		if _, err := m.match(ctx, b); err != nil {
			return 0, err
		}
		parts[b.key()] = (b.CPUMs["web"] - m.warmMs[b.key()]) / m.Cold.CostMs
	}
	mean := 0.0
	for _, c := range m.Classes {
		mean += c.Share * meanOf(light, c.Name, func(b Block) float64 { return parts[b.key()] })
	}
	return math.Max(mean, 0.05), nil
}
