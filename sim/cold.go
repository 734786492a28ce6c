package sim

import (
	"github.com/k9mil/velocitas/scenarios"
	"github.com/k9mil/velocitas/sim/random"
)

// cold is what a station computes more for who finds it idle; see [scenarios.Cold].
type cold struct {
	more    float64
	afterNs float64
	since   int64 // when the station became idle
}

func newCold(c *scenarios.Cold) cold {
	if c == nil {
		return cold{}
	}
	return cold{more: c.More, afterNs: float64(c.After)}
}

// factor is on the CPU time of who comes to a station that is idle.
func (c *cold) factor(now int64) float64 {
	warm := float64(now-c.since) / c.afterNs
	if warm > 700 {
		return 1 + c.more
	}
	return 1 + float64(c.more*(1-random.Exp(-warm)))
}
