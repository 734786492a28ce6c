package sim

import (
	"math"

	"github.com/k9mil/velocitas/scenarios"
	"github.com/k9mil/velocitas/sim/random"
)

// hostSpeed is how slow a host is, a process of mean 1. It moves when somebody
// looks: what is begun takes as long as the host is slow at that moment, since
// requests are short beside the time that a speed lasts.
type hostSpeed struct {
	swinger
	stepNs int64
	steps  int64 // made so far
}

// newHostSpeed is how the speed of hosts swings: its logarithm is normal.
func newHostSpeed(v *scenarios.HostSpeed) swing {
	if v == nil {
		return swing{}
	}
	cv := float64(v.CV)
	return swing{sd: math.Sqrt(random.Ln(1 + float64(cv*cv))), tauNs: int64(v.CorrelationTime)}
}

// startHostSpeeds gives the scenario's hosts a speed each; nginx and the load
// generator on machines of their own are outside of it.
func (e *engine) startHostSpeeds(stream func(string, int) random.Stream) {
	w := e.cfg.hostSpeed
	if w.sd == 0 {
		return
	}
	for i := range e.cfg.hosts {
		step := w.stepNs()
		e.hosts[i].speed = hostSpeed{swinger: w.start(stream("host speed", i), step), stepNs: step}
	}
}

// slowness is the factor on what begins now.
func (h *host) slowness(now int64) float64 {
	v := &h.speed
	for ; v.steps < now/v.stepNs; v.steps++ {
		v.step()
	}
	return v.swinger.speed
}
