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

func newSwing(s model.Swing) swing { return swing{sd: s.LogSD, tauNs: s.TauNs} }

// stepsPerTau is how often in tauNs a speed changes.
const stepsPerTau = 4

// swinger is a speed as it is now.
type swinger struct {
	swing
	stream random.Stream
	log    float64

	byNs        int64   // the last step,
	keep, fresh float64 // and what it keeps and adds
}

func (w swing) start(stream random.Stream) swinger {
	g := swinger{swing: w, stream: stream, byNs: -1}
	if w.sd > 0 {
		g.log = float64(w.sd * g.stream.Normal())
	}
	return g
}

// move takes a speed on by so much time: a first-order autoregression.
func (g *swinger) move(byNs int64) {
	if g.sd == 0 {
		return
	}
	if byNs != g.byNs {
		g.byNs, g.keep = byNs, random.Exp(-float64(byNs)/float64(g.tauNs))
		g.fresh = float64(g.sd * math.Sqrt(1-float64(g.keep*g.keep)))
	}
	g.log = float64(g.keep*g.log) + float64(g.fresh*g.stream.Normal())
}

// factor is the logarithm whose mean speed is 1.
func (g *swinger) factor() float64 { return g.log - float64(g.sd*g.sd)/2 }

// startSwing begins the swings that the system has. Where a host has as many
// cores as anyone wants, each instance has one for itself.
func (e *engine) startSwing(stream func(string, int) random.Stream) {
	own, core := e.cfg.swing, e.cfg.coreSwing
	if own.sd == 0 && core.sd == 0 {
		return
	}
	for i := range e.instances {
		e.swings = append(e.swings, own.start(stream("speed", int(i))))
		e.alone = append(e.alone, core.start(stream("core speed", int(i))))
	}
	n := int(e.instances)
	for h := range e.hosts {
		for k := range e.hosts[h].queues {
			e.hosts[h].queues[k].swing = core.start(stream("core speed", n))
			n++
		}
	}
	e.swing(0)
}

// swingStepNs is how often speeds change: by the quicker of both swings.
func (e *engine) swingStepNs() int64 {
	own, core := e.cfg.swing, e.cfg.coreSwing
	tau := own.tauNs
	if own.sd == 0 || core.sd > 0 && core.tauNs < tau {
		tau = core.tauNs
	}
	return max(1, tau/stepsPerTau)
}

// swing moves every speed on.
func (e *engine) swing(byNs int64) {
	for h := range e.hosts {
		for k := range e.hosts[h].queues {
			q := &e.hosts[h].queues[k]
			q.swing.move(byNs)
			q.pace = random.Exp(q.swing.factor())
		}
	}
	for i := range e.instances {
		g, s := &e.swings[i], &e.stations[i]
		g.move(byNs)
		log := g.factor()
		if e.hosts[s.host].cores == 0 {
			e.alone[i].move(byNs)
			log += e.alone[i].factor()
		}
		s.advance(e.now)
		s.pace = random.Exp(log)
		if h := &e.hosts[s.host]; h.cores != 0 {
			e.regive(h, i, true) // its cores' speed has changed, too
		} else {
			e.refresh(i)
		}
	}
	e.tree.set(e.swinging, keyOf(e.now+e.swingStepNs(), e.swinging))
}
