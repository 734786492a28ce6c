package measure

import (
	"fmt"
	"math"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/k9mil/velocitas/live/load"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
)

// summarisePoint is one size's point from its clean blocks; ok is false when
// there are fewer than two. found has the probe's mean, use the slopes to go by.
func summarisePoint(blocks []*Block, c Config, found, use Drift) (p model.Point, ok bool) {
	if len(blocks) < 2 {
		return p, false
	}
	return pointOf(blocks, c, found, use), true
}

// Point is what one block alone says under its scenario: a point without
// intervals.
func (b *Block) Point(s *scenarios.Scenario) model.Point {
	return pointOf([]*Block{b}, Config{Scenario: s, Settle: b.Settle, Block: b.End}, Drift{MeanMs: 1}, Drift{})
}

func pointOf(blocks []*Block, c Config, found, use Drift) (p model.Point) {
	e := estimator{blocks: blocks, meanMs: found.MeanMs, noise: make(map[string]float64)}
	p = model.Point{
		Instances: blocks[0].Instances, Rounds: len(blocks), Replications: len(blocks), Noise: e.noise,
		WarmUpS: c.Settle.Seconds(), DurationS: (c.Block - c.Settle).Seconds() * float64(len(blocks)),
		Share: make([]int64, blocks[0].Instances), Warnings: []string{},
	}
	p.ThroughputRps = e.estimate("throughput", use.Throughput, (*Block).throughputRps)
	p.CPUMsPerRequest = e.estimate("cpu", use.CPU, (*Block).cpuNsPerRequest).Value / 1e6
	p.OfferedRps = e.plain((*Block).offeredRps).Value
	p.InSystem = e.plain((*Block).InSystem)
	p.Utilisation = model.Utilisation{
		Instances: e.plain(func(b *Block) float64 { return b.use(c).instances }),
		Balancer:  e.plain(func(b *Block) float64 { return b.use(c).balancer }),
		Host:      e.plain(func(b *Block) float64 { return b.use(c).host }),
	}
	p.ThrottledFraction = e.plain(func(b *Block) float64 { return b.use(c).throttled }).Value
	e.latencies(&p, use.Latency)
	p.Errors = e.errors()
	e.count(&p)
	if Timed(c.Scenario) {
		p.Timeline = timeline(blocks)
	}
	judge(&p, blocks, c)
	if others := e.plain(func(b *Block) float64 { return b.use(c).others }).Value; others > crowded {
		p.Warnings = append(p.Warnings, fmt.Sprintf("other programs used %.0f %% of the machine meanwhile", 100*others))
	}
	if len(blocks) < DefaultRounds {
		p.Warnings = append(p.Warnings, fmt.Sprintf("%d rounds: fewer than %d say little about the noise", len(blocks), DefaultRounds))
	}
	return p
}

// crowded is the share of the machine in use by others (the kernel's work for
// the network is among them) from which on a point says so.
const crowded = 0.15

// quantiles of a point, by the name of their noise.
var quantiles = []struct {
	name string
	q    float64
	of   func(*model.Latency) *model.Estimate
}{
	{"p50", 50, func(l *model.Latency) *model.Estimate { return &l.P50 }},
	{"p90", 90, func(l *model.Latency) *model.Estimate { return &l.P90 }},
	{"p95", 95, func(l *model.Latency) *model.Estimate { return &l.P95 }},
	{"p99", 99, func(l *model.Latency) *model.Estimate { return &l.P99 }},
	{"p999", 99.9, func(l *model.Latency) *model.Estimate { return &l.P999 }},
	{"max", 100, func(l *model.Latency) *model.Estimate { return &l.Max }},
}

// latencies brings every block's latencies to the mean speed and takes the
// quantiles of all together, since a block alone has too few for its tail. The
// interval comes from how the blocks' own quantiles differ.
func (e estimator) latencies(p *model.Point, s Slope) {
	own := make(map[*Block]*hdrhistogram.Histogram)
	all := load.NewHistogram()
	for _, b := range e.blocks {
		x := b.slower(e.meanMs)
		own[b] = b.histogram(math.Exp(-s.applied() * x))
		all.Merge(own[b])
	}
	pooled := func(name string, value float64, of func(*hdrhistogram.Histogram) float64) model.Estimate {
		// The slope was applied to the latencies themselves.
		spread := e.estimate(name, Slope{}, func(b *Block) float64 { return of(own[b]) })
		if spread.Value == 0 {
			return model.Exactly(value / 1e3)
		}
		ratio := value / spread.Value / 1e3
		return model.Estimate{Value: value / 1e3, Lo: spread.Lo * ratio, Hi: spread.Hi * ratio}
	}
	p.LatencyMs.Mean = pooled("mean", all.Mean(), (*hdrhistogram.Histogram).Mean)
	for _, q := range quantiles {
		at := func(h *hdrhistogram.Histogram) float64 { return float64(h.ValueAtQuantile(q.q)) }
		*q.of(&p.LatencyMs) = pooled(q.name, at(all), at)
	}
	p.Completed = all.TotalCount()
	p.Distribution = distribution(all)
}

// distribution is the curve of the percentile plot.
func distribution(h *hdrhistogram.Histogram) []model.Quantile {
	var out []model.Quantile
	add := func(q float64) {
		out = append(out, model.Quantile{Q: q, LatencyMs: float64(h.ValueAtQuantile(100*q)) / 1e3})
	}
	for i := range 100 {
		add(float64(i) / 100)
	}
	for _, q := range []float64{0.995, 0.999, 0.9999, 1} {
		add(q)
	}
	return out
}

// errors are those of requests that were due in the windows.
func (e estimator) errors() model.Errors {
	errors := model.Errors{ByStatus: make(map[string]int64)}
	errors.Rate = e.plain(func(b *Block) float64 {
		failed := 0
		for _, r := range b.Records() {
			errors.ByStatus[r.Status.String()]++
			if !r.Status.Answered() {
				failed++
			}
		}
		return float64(failed) / float64(max(1, len(b.Records())))
	})
	errors.Rate.Hi = min(1, errors.Rate.Hi)
	return errors
}

// count adds up which instance was given how many requests.
func (e estimator) count(p *model.Point) {
	for _, b := range e.blocks {
		for _, r := range b.Records() {
			if i := b.member(r.Instance); i >= 0 {
				p.Share[i]++
			}
		}
	}
}

func milliseconds(d time.Duration) float64 { return d.Seconds() * 1e3 }
