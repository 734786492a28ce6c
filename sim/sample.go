package sim

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/k9mil/velocitas/model"
)

// Sample is replications of one number of instances, one by one and of which
// more can be made: what a search that stops as soon as it can tell, or a
// comparison replication by replication, needs beyond [Run]. Replication k of
// the same input is the same however many are made, in whatever parts.
type Sample struct {
	in     Input
	cfg    *system
	warmNs int64
	found  bool // the end of the warm-up
	first  uint64
	outs   []*outcome
}

// Replication is what the clients of one replication saw after the warm-up.
// Latencies are those of answered requests, in milliseconds, and 0 if there
// were none.
type Replication struct {
	ThroughputRps                              float64
	MeanMs, P50Ms, P90Ms, P95Ms, P99Ms, P999Ms float64
	ErrorRate                                  float64 // failed over finished, 0 to 1
	Finished                                   int64   // requests, failed ones too
	Verdict                                    model.Verdict

	latency *hdrhistogram.Histogram // of answered requests
}

// QuantileOfAllMs is a quantile, 0 to 1, of the latency of all finished requests,
// a failed one being later than any that was answered: +Inf where too few were.
func (r *Replication) QuantileOfAllMs(q float64) float64 {
	return quantileOfAllMs(r.latency, r.Finished, q)
}

// NewSample prepares n instances and finds the end of the warm-up. The error
// is the context's, or says what the simulator cannot do.
func NewSample(ctx context.Context, in Input, n int) (*Sample, error) {
	cfg, err := build(in.Scenario, in.Profile, n)
	if err != nil {
		return nil, err
	}
	cfg.bySlow, cfg.memory = in.SlowLimits, in.Memory
	if err := cfg.checkMemory(1); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s := &Sample{in: in, cfg: cfg, warmNs: int64(in.Scenario.WarmUp.For), found: true}
	if in.Scenario.WarmUp.Auto && !cfg.withTime {
		if s.warmNs, s.found, err = findWarmUp(ctx, cfg); err != nil {
			return nil, err
		}
	}
	if s.warmNs >= cfg.horizonNs {
		return nil, fmt.Errorf("the warm-up of %v leaves nothing of a duration of %v", in.Scenario.WarmUp.For, in.Scenario.Duration)
	}
	return s, nil
}

// WarmUp is how much each replication cuts from its start, and whether that was
// found: it may have been given, and if no end was seen it is half.
func (s *Sample) WarmUp() (cut time.Duration, found bool) {
	return time.Duration(s.warmNs), s.found && s.in.Scenario.WarmUp.Auto
}

// Renumber lets replications be numbered from first on, and so have other
// random numbers than those from 0 on. It is for a sample without any.
func (s *Sample) Renumber(first uint64) {
	if len(s.outs) > 0 {
		panic("sim: replications were made already")
	}
	s.first = first
}

// Grow makes replications until there are so many.
func (s *Sample) Grow(ctx context.Context, replications int) error {
	first := len(s.outs)
	more := max(0, replications-first)
	if more == 0 {
		return ctx.Err()
	}
	outs, err := several{cfg: s.cfg, first: s.first + uint64(first), warmNs: s.warmNs, before: first}.run(ctx, more)
	if err != nil {
		return err
	}
	s.outs = append(s.outs, outs...)
	return nil
}

// GrowToPrecision makes as many replications as [Run] does.
func (s *Sample) GrowToPrecision(ctx context.Context) (err error) {
	s.outs, err = replications(ctx, s.in.Scenario, s.cfg, s.warmNs, &counter{})
	return err
}

// Point sums up the replications made so far, of which there must be one.
func (s *Sample) Point() model.Point {
	p := point(s.cfg, s.outs, s.warmNs)
	judge(s.in.Scenario, s.cfg, s.outs, &p)
	warn(s.in.Scenario, s.in.Profile, s.cfg, s.found, meanSeries(s.outs), float64(s.outs[0].bucketNs)/1e9, &p)
	return p
}

// Replications are the figures of each.
func (s *Sample) Replications() []Replication {
	all := make([]Replication, len(s.outs))
	for i, o := range s.outs {
		r := &all[i]
		*r = Replication{latency: o.latency, ThroughputRps: perSecond(o.status[answered], o.windowNs), MeanMs: meanMs(o),
			Verdict: s.verdictOf(o)}
		r.Finished = o.finished()
		if r.Finished > 0 {
			r.ErrorRate = 1 - float64(o.status[answered])/float64(r.Finished)
		}
		if o.latency.TotalCount() > 0 {
			r.P50Ms, r.P90Ms, r.P95Ms = quantileMs(o.latency, 0.5), quantileMs(o.latency, 0.9), quantileMs(o.latency, 0.95)
			r.P99Ms, r.P999Ms = quantileMs(o.latency, 0.99), quantileMs(o.latency, 0.999)
		}
	}
	return all
}

// verdictOf is the verdict of a replication by itself.
func (s *Sample) verdictOf(o *outcome) model.Verdict {
	v, _ := backlog(s.in.Scenario, s.cfg, []*outcome{o}, float64(s.warmNs)/1e9)
	return v
}

// LateVerdict tests the backlog of the second half of the time after the
// warm-up for growth: whether a system to which something happened at the end
// of the warm-up has found a new level.
func (s *Sample) LateVerdict() model.Verdict {
	bucketNs := s.outs[0].bucketNs
	first := (s.warmNs + (s.cfg.horizonNs-s.warmNs)/2) / bucketNs
	return drifts(meanSeries(s.outs)[first:])
}

// CapacityRps is the most that the instances' own CPU can do, requests per
// second of all together: each at the number inside that suits it best, with no
// work of the store's own, no host and no nginx in the way. What is offered
// beyond it cannot be carried.
func (s *Sample) CapacityRps() float64 {
	sum := 0.0
	for _, spec := range s.cfg.stations {
		best := 0.0
		for n := 1; n < len(spec.speeds.wants); n++ {
			has := cores(spec.speeds.wants[n])
			if spec.quotaNs > 0 {
				has = math.Min(has, spec.quotaNs/float64(spec.periodNs))
			}
			best = math.Max(best, float64(has*spec.speeds.done[n]))
		}
		sum += float64(best / float64(spec.demandNs*spec.slow) * 1e9)
	}
	return sum
}

// NginxRps is the most that nginx's workers can do, requests per second; +Inf
// where a request costs them nothing.
func (s *Sample) NginxRps() float64 {
	return float64(max(1, s.cfg.proxy.Workers)) * 1e9 / float64(2*s.cfg.workerNs)
}

// HostRps is the most that the cores of the hosts on which instances are can do,
// requests per second: what a request takes at least of an instance, and of
// nginx and the generator where they share a host. It is +Inf without a bound on
// cores.
func (s *Sample) HostRps() float64 {
	has, used := 0.0, make([]bool, len(s.cfg.hosts))
	least := math.Inf(1)
	for _, spec := range s.cfg.stations {
		if c := s.cfg.hosts[spec.host]; !used[spec.host] {
			used[spec.host] = true
			if c == 0 {
				return math.Inf(1)
			}
			has += cores(c)
		}
		most := 0.0
		for n := 1; n < len(spec.speeds.done); n++ {
			most = math.Max(most, spec.speeds.done[n])
		}
		least = math.Min(least, float64(spec.demandNs*spec.slow/most))
	}
	if s.cfg.proxyHost != none {
		least += float64(2 * s.cfg.workerNs)
	}
	if s.cfg.generatorHost != none {
		least += float64(s.cfg.generatorNs + s.cfg.closingNs)
	}
	return has * 1e9 / least
}
