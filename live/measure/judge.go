package measure

import (
	"fmt"
	"math"
	"runtime"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/model/stats"
	"github.com/k9mil/velocitas/scenarios"
)

// Shares of its capacity from which on a part is what limits a system. A host
// is never quite full: its kernel counts in ticks.
const (
	fullInstances = 0.90
	fullBalancer  = 0.90
	fullHost      = 0.93
	// manyFailures is the share of failed requests from which on a point is
	// about failures.
	manyFailures = 0.05
)

// judge fills in the verdict and the limit, and doubts what breaks a law.
func judge(p *model.Point, blocks []*Block, c Config) {
	closed := c.Scenario.Load.Kind == "closed"
	switch p.Verdict = model.Stable; {
	case Timed(c.Scenario):
		p.Verdict = recovered(blocks)
	case !closed:
		p.Verdict = backlog(blocks)
	}
	p.Limit = limit(p, blocks[0].use(c).limited, closed)
	if closed {
		doubtInteractive(p, c)
	}
	if p.Verdict == model.Saturated {
		p.Warnings = append(p.Warnings, "no steady state: the backlog grew for as long as was measured")
	}
}

// Timed tells whether something happens at a set time under this scenario, so
// that a block of it has to run from beginning to end.
func Timed(s *scenarios.Scenario) bool { return len(s.Events) > 0 || s.Load.Shape != nil }

// stretches is into how many parts of equal time a window is cut to see
// whether the backlog grows.
const stretches = 20

// meanInSystem is the number in system in each stretch, averaged over the rounds.
func meanInSystem(blocks []*Block) []float64 {
	mean := make([]float64, stretches)
	for _, b := range blocks {
		for i, in := range b.inSystem(stretches) {
			mean[i] += in / float64(len(blocks))
		}
	}
	return mean
}

// backlog tests the number in system for growth.
func backlog(blocks []*Block) model.Verdict {
	drift, err := stats.Backlog(meanInSystem(blocks))
	if err != nil {
		return model.NearSaturation
	}
	return drift.Verdict()
}

// recovered asks, where something happened, whether the system is back to what
// it was: by the number in system in the last stretch and in the first, and the
// simulator's bounds.
func recovered(blocks []*Block) model.Verdict {
	mean := meanInSystem(blocks)
	before, after := mean[0], mean[stretches-1]
	switch {
	case after > 10*before+10:
		return model.Saturated
	case after > 3*before+3:
		return model.NearSaturation
	}
	return model.Stable
}

// limit names the part that is fullest, if one is full. An open load that is
// answered in full limits the throughput itself, and so does a closed one
// that fills nothing.
func limit(p *model.Point, limited, closed bool) model.Limit {
	if p.Errors.Rate.Value >= manyFailures {
		return model.LimitFailures
	}
	if !closed && p.Verdict == model.Stable {
		return model.LimitLoad
	}
	instances := model.LimitInstance
	if limited {
		instances = model.LimitCPULimit
	}
	fullest, how := model.LimitLoad, 1.0
	for _, part := range []struct {
		limit model.Limit
		use   float64
	}{
		{instances, p.Utilisation.Instances.Value / fullInstances},
		{model.LimitBalancer, p.Utilisation.Balancer.Value / fullBalancer},
		{model.LimitHost, p.Utilisation.Host.Value / fullHost},
	} {
		if part.use >= how {
			fullest, how = part.limit, part.use
		}
	}
	if fullest == model.LimitLoad && !closed && p.Verdict == model.Saturated {
		p.Warnings = append(p.Warnings, "the backlog grew although no part was full")
		return instances
	}
	return fullest
}

// unlawful is how far a measured closed load may be from the interactive
// response time law before the point is doubted.
const unlawful = 0.05

// doubtInteractive checks the law: clients either wait or think, so their
// number is throughput × (response + think time).
func doubtInteractive(p *model.Point, c Config) {
	clients := float64(c.clients(p.Instances, 0).Count)
	think := c.Scenario.Load.Think.Std().Seconds()
	found := p.InSystem.Value + p.OfferedRps*think
	if math.Abs(found/clients-1) > unlawful {
		p.Warnings = append(p.Warnings, fmt.Sprintf("%.3g of %.0f clients were waiting or thinking: the generator took the rest, or the block is too short", found, clients))
	}
}

func cores() float64 { return float64(runtime.NumCPU()) }
