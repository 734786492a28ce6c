package measure

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/model/stats"
)

// summarise makes the curves out of the blocks. cause is what ended the
// measurement early.
func (r *Result) summarise(s System, c Config, cause error) error {
	r.Drift = findDrift(r.Blocks)
	scenario, err := json.Marshal(c.Scenario)
	if err != nil {
		return errors.Join(cause, err)
	}
	for _, to := range []struct {
		curve **model.Curve
		drift Drift
	}{{&r.Curve, r.Drift}, {&r.Raw, Drift{}}} {
		*to.curve = &model.Curve{
			Schema: model.CurveSchema, Kind: model.Measured, Name: c.Scenario.Name, Version: c.Version,
			Seed: c.Scenario.Seed, Scenario: scenario, Fingerprint: fingerprint(s), Points: []model.Point{},
		}
		for _, n := range c.Sizes {
			if point, ok := summarisePoint(cleanBlocks(r.Blocks, n), c, r.Drift, to.drift); ok {
				(*to.curve).Points = append((*to.curve).Points, point)
			}
		}
		(*to.curve).Warnings = r.warnings(s, c, to.drift)
	}
	if cause != nil {
		return cause // which says why sizes are missing
	}
	for _, n := range c.Sizes {
		if len(cleanBlocks(r.Blocks, n)) < 2 {
			cause = errors.Join(cause, fmt.Errorf("measure: %d instances: fewer than two blocks count: %s", n, firstReason(r.Blocks, n)))
		}
	}
	return cause
}

// Clean holds the blocks of a size that count.
func (r *Result) Clean(instances int) []*Block { return cleanBlocks(r.Blocks, instances) }

func cleanBlocks(blocks []*Block, n int) []*Block {
	return slices.DeleteFunc(slices.Clone(blocks), func(b *Block) bool { return b.Instances != n || !b.Clean() })
}

// firstReason is why a size's blocks do not count.
func firstReason(blocks []*Block, n int) string {
	for _, b := range blocks {
		switch {
		case b.Instances != n:
		case b.Fault != "":
			return b.Fault
		case b.Behind != "":
			return "the generator fell behind: " + b.Behind
		}
	}
	return "the measurement ended before"
}

// samplesOf are the logarithms of what a block says, against its probe. Blocks
// that say nothing (0) are left out.
func samplesOf(blocks []*Block, meanMs float64, of func(*Block) float64) []sample {
	var samples []sample
	for _, b := range blocks {
		if y := of(b); y > 0 {
			samples = append(samples, sample{b.Instances, b.slower(meanMs), math.Log(y)})
		}
	}
	return samples
}

// slower is the logarithm of the block's probe against the mean; 0 where nothing
// was probed.
func (b *Block) slower(meanMs float64) float64 {
	if b.ProbeCPU() == 0 {
		return 0
	}
	return math.Log(milliseconds(b.ProbeCPU()) / meanMs)
}

// findDrift looks at all clean blocks of all sizes.
func findDrift(blocks []*Block) Drift {
	clean := slices.DeleteFunc(slices.Clone(blocks), func(b *Block) bool { return !b.Clean() })
	d := Drift{FastestMs: math.Inf(1)}
	var logs []float64
	for _, b := range clean {
		ms := milliseconds(b.ProbeCPU())
		d.FastestMs, d.SlowestMs = min(d.FastestMs, ms), max(d.SlowestMs, ms)
		logs = append(logs, math.Log(ms))
	}
	if len(logs) == 0 {
		return Drift{}
	}
	mean, _ := stats.MeanSd(logs)
	d.MeanMs = math.Exp(mean)
	d.Throughput = slope(samplesOf(clean, d.MeanMs, (*Block).throughputRps))
	d.Latency = slope(samplesOf(clean, d.MeanMs, medianUs))
	d.CPU = slope(samplesOf(clean, d.MeanMs, (*Block).cpuNsPerRequest))
	return d
}

func medianUs(b *Block) float64 { return float64(b.histogram(1).ValueAtQuantile(50)) }

// estimator makes estimates out of one size's blocks.
type estimator struct {
	blocks []*Block
	meanMs float64
	noise  map[string]float64
}

// estimate is the geometric mean over rounds, along the slope. Its noise is
// kept under the name.
func (e estimator) estimate(name string, s Slope, of func(*Block) float64) model.Estimate {
	samples := samplesOf(e.blocks, e.meanMs, of)
	switch len(samples) {
	case 0:
		return model.Estimate{}
	case 1:
		return model.Exactly(math.Exp(samples[0].y))
	}
	mean, se, sd := corrected(samples, s)
	if name != "" {
		e.noise[name] = sd
	}
	return e.around(math.Exp(mean), se, len(samples))
}

// around is a value with the interval of a relative standard error over n rounds.
func (e estimator) around(value, se float64, n int) model.Estimate {
	half := se * stats.TQuantile(0.975, float64(n-1))
	return model.Estimate{Value: value, Lo: value * math.Exp(-half), Hi: value * math.Exp(half)}
}

// plain is the arithmetic mean over rounds, for what may be zero.
func (e estimator) plain(of func(*Block) float64) model.Estimate {
	values := make([]float64, len(e.blocks))
	for i, b := range e.blocks {
		values[i] = of(b)
	}
	if len(values) == 1 {
		return model.Exactly(values[0])
	}
	mean, err := stats.Mean(values, 0.95)
	if err != nil {
		return model.Estimate{}
	}
	mean.Lo = max(0, mean.Lo)
	return mean
}
