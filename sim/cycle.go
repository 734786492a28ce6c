package sim

import (
	"fmt"
	"math"
	"time"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
)

// enoughCompactions is how many compactions a point's replications should have
// seen together, so that chance moves their number, and with it the share of
// slow requests, by no more than about a fifth.
const enoughCompactions = 20

// warnOfCycle says so where a run is too short for the stores' own work, and how
// long one would have to be. Stores that have been in use are each at another
// place between two compactions, so instances and replications count together;
// stores that begin empty reach their first compaction at the same time, and a
// run that ends before it sees none at all.
func warnOfCycle(s *scenarios.Scenario, cfg *system, p *model.Point, say func(string, ...any)) {
	if s.Load.Arrivals == "trace" {
		return // it can't be made longer
	}
	var compactions, fastest float64 // of all, and of the busiest instance by the second
	for i, given := range p.Share {
		b := &cfg.stations[i].back
		if b.every == 0 {
			continue
		}
		seen := float64(given) / float64(b.every*float64(max(1, b.everyFlushes)))
		compactions += seen
		fastest = math.Max(fastest, seen/float64(p.DurationS*float64(p.Replications)))
	}
	if fastest == 0 {
		return
	}
	if !cfg.used {
		if first := 1 / fastest; first > p.WarmUpS+p.DurationS {
			say("the stores begin empty and the run ends before the first of them is compacted: a duration of %s would see that", longer(first+float64(p.WarmUpS)))
		}
		return
	}
	if compactions < enoughCompactions {
		needS := p.WarmUpS + float64(p.DurationS*enoughCompactions/compactions)
		say("the run is short for the stores' own work: they are compacted %.0f times in all %d replications together, which leaves the tail to chance; a duration of %s would do", math.Floor(compactions), p.Replications, longer(needS))
	}
}

// longer is a duration in words, rounded up to two digits.
func longer(seconds float64) string {
	unit := 1.0
	for seconds/unit >= 100 {
		unit *= 10
	}
	whole := math.Ceil(seconds/unit-1e-9) * unit
	if whole < 120 {
		return fmt.Sprintf("%.0fs", whole)
	}
	return scenarios.Duration(whole * float64(time.Second)).String()
}
