package sim

import (
	"github.com/k9mil/velocitas/scenarios"
	"github.com/k9mil/velocitas/sim/random"
)

// cold is what a station computes more for who finds it idle; see [scenarios.Cold].
type cold struct {
	costNs  float64
	afterNs float64
	since   int64 // when the station became idle
}

func newCold(c *scenarios.Cold, speed float64) cold {
	if c == nil {
		return cold{}
	}
	return cold{costNs: float64(c.Cost) / speed, afterNs: float64(c.After)}
}

// extraNs is the CPU time that comes on top for who comes to a station that is idle.
func (c *cold) extraNs(now int64) float64 {
	warm := float64(now-c.since) / c.afterNs
	if warm > 700 {
		return c.costNs
	}
	return float64(c.costNs * (1 - random.Exp(-warm)))
}
