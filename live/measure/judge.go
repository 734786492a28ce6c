package measure

import (
	"fmt"
	"math"
	"runtime"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/model/stats"
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
	p.Verdict = model.Stable
	if !closed {
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

// stretches is into how many parts of equal time a window is cut to see
// whether the backlog grows.
const stretches = 20

// backlog tests the number in system, averaged over the rounds, for growth.
func backlog(blocks []*Block) model.Verdict {
	mean := make([]float64, stretches)
	for _, b := range blocks {
		for i, in := range b.inSystem(stretches) {
			mean[i] += in / float64(len(blocks))
		}
	}
	drift, err := stats.Backlog(mean)
	if err != nil {
		return model.NearSaturation
	}
	return drift.Verdict()
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
