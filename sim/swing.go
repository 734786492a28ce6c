package sim

import (
	"math"

	"github.com/k9mil/velocitas/sim/random"
)

// swing is how an instance's own speed goes up and down, for reasons outside
// the model: neighbours on the same hardware, caches, the scheduler. Its
// logarithm is normal with standard deviation sd and forgets itself within
// tauNs; on average the speed is 1. Under a blind round robin this matters,
// since the clients of a closed loop collect at whoever is slow.
type swing struct {
	sd    float64
	tauNs int64
}

// stepsPerTau is how often in tauNs the speed changes.
const stepsPerTau = 4

// swinger is one instance's speed.
type swinger struct {
	stream random.Stream
	log    float64
}

func (e *engine) startSwing(stream func(string, int) random.Stream) {
	if e.cfg.swing.sd == 0 {
		return
	}
	e.swings = make([]swinger, e.instances)
	for i := range e.swings {
		w := &e.swings[i]
		w.stream = stream("speed", i)
		w.log = float64(e.cfg.swing.sd * w.stream.Normal())
	}
	e.swing()
}

// swing moves every instance's speed on: a first-order autoregression.
func (e *engine) swing() {
	w := e.cfg.swing
	keep := random.Exp(-1.0 / stepsPerTau)
	fresh := float64(w.sd * math.Sqrt(1-float64(keep*keep)))
	for i := range e.swings {
		g := &e.swings[i]
		g.log = float64(keep*g.log) + float64(fresh*g.stream.Normal())
		s := &e.stations[i]
		s.advance(e.now)
		s.pace = random.Exp(g.log - float64(w.sd*w.sd)/2)
		e.refresh(int32(i))
	}
	e.tree.set(e.swinging, keyOf(e.now+max(1, w.tauNs/stepsPerTau), e.swinging))
}
