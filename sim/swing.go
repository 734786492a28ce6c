package sim

import (
	"math"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/sim/random"
)

// swing is how a speed goes up and down, for reasons outside the model:
// neighbours on the same hardware, caches, the scheduler. Its logarithm is
// normal with standard deviation sd and forgets itself within tauNs; on average
// the speed is 1. Each instance has one of its own, and each core. Under a blind
// round robin the clients of a closed loop collect at whoever is slow, so how
// instances differ matters most: what belongs to a core is shared out among them
// when there are more than cores.
type swing struct {
	sd    float64
	tauNs int64
}

// newSwing is a swing on a machine of that speed. Where a machine is slow since
// neighbours take from it, at random and each as much as another, their number has
// a Poisson distribution of mean m: work takes 1 + m times as long as without any,
// and that has the relative standard deviation √m / (1 + m), but for a factor.
func newSwing(s model.Swing, speed float64) swing {
	w := swing{sd: s.LogSD, tauNs: s.TauNs}
	if best := s.BestSpeed; best > 0 {
		w.sd *= float64(speed * math.Sqrt(math.Max(0, best/speed-1)/(best-1)))
	}
	return w
}

// stepsPerTau is how often in tauNs a speed changes.
const stepsPerTau = 4

func (w swing) stepNs() int64 { return max(1, w.tauNs/stepsPerTau) }

// swinger is a speed as it is now: a first-order autoregression of its
// logarithm, which moves once in so many steps of the engine.
type swinger struct {
	stream      random.Stream
	mean, log   float64 // of the logarithm, and how far from it that is
	speed       float64 // 1 on average
	keep, fresh float64 // what a move keeps of log, and adds
	every, left int32   // steps to a move, and to the next; every is 0 for none
}

// start is a speed that goes by w, for an engine that has a step every stepNs.
func (w swing) start(stream random.Stream, stepNs int64) swinger {
	g := swinger{stream: stream, speed: 1}
	if w.sd == 0 {
		return g
	}
	g.every = int32(max(1, min(w.stepNs()/stepNs, math.MaxInt32)))
	g.left = g.every
	g.keep = random.Exp(-float64(float64(stepNs)*float64(g.every)) / float64(w.tauNs))
	g.fresh = float64(w.sd * math.Sqrt(1-float64(g.keep*g.keep)))
	g.mean = -float64(w.sd*w.sd) / 2
	g.log = float64(w.sd * g.stream.Normal())
	g.speed = random.Exp(g.mean + g.log)
	return g
}

// step takes a speed on by a step of the engine.
func (g *swinger) step() {
	if g.left--; g.left > 0 || g.every == 0 {
		return
	}
	g.left = g.every
	g.log = float64(g.keep*g.log) + float64(g.fresh*g.stream.Normal())
	g.speed = random.Exp(g.mean + g.log)
}

// startSwing begins the swings that the system has. Where a host has as many
// cores as anyone wants, each instance has one for itself.
func (e *engine) startSwing(stream func(string, int) random.Stream) {
	own, core := e.cfg.swing, e.cfg.coreSwing
	if own.sd == 0 && core.sd == 0 {
		return
	}
	stepNs := e.swingStepNs()
	for i := range e.instances {
		e.swings = append(e.swings, own.start(stream("speed", int(i)), stepNs))
		e.alone = append(e.alone, core.start(stream("core speed", int(i)), stepNs))
	}
	n := int(e.instances)
	for h := range e.hosts {
		for k := range e.hosts[h].queues {
			e.hosts[h].queues[k].swing = core.start(stream("core speed", n), stepNs)
			n++
		}
	}
	e.takeSpeeds()
}

// swingStepNs is how often speeds change: by the quicker of both swings.
func (e *engine) swingStepNs() int64 {
	own, core := e.cfg.swing, e.cfg.coreSwing
	switch {
	case own.sd == 0:
		return core.stepNs()
	case core.sd == 0:
		return own.stepNs()
	}
	return min(own.stepNs(), core.stepNs())
}

// swing moves every speed on.
func (e *engine) swing() {
	for h := range e.hosts {
		e.spend(len(e.hosts[h].queues) / 8)
		for k := range e.hosts[h].queues {
			e.hosts[h].queues[k].swing.step()
		}
	}
	for i := range e.instances {
		e.spend(1)
		e.swings[i].step()
		e.alone[i].step()
	}
	e.takeSpeeds()
}

// takeSpeeds lets every instance go on at the speed that it and its cores have.
func (e *engine) takeSpeeds() {
	for i := range e.instances {
		s := &e.stations[i]
		h := &e.hosts[s.host]
		s.advance(e.now)
		s.pace = e.swings[i].speed
		switch {
		case h.cores == 0:
			s.pace *= e.alone[i].speed
			e.refresh(i)
		case s.got > 0: // or it takes its speed when it gets something
			e.regive(h, i, true)
		}
	}
	e.tree.set(e.swinging, keyOf(e.now+e.swingStepNs(), e.swinging))
}
