package sim

import "context"

// A replication looks every so often whether it should go on: whether its
// context has ended, and whether it holds more memory than it may. It counts
// what it does, not virtual time, since a millisecond of that can take anything
// from no event to billions. An event counts one, and what else it does that
// grows with the system counts by itself (spend).

// stride is how much is done from one look to the next: about a millisecond's
// worth.
const stride = 4096

// heldEvery is how many looks go by from one count of the memory that all
// queues hold to the next, which takes longer than a look.
const heldEvery = 64

// guard is what a replication looks at; the zero value never stops it.
type guard struct {
	ctx   context.Context
	share int64                        // bytes that the replication may hold; 0 is no bound
	tell  func(nowNs, horizonNs int64) // if set, is told how far it is
	over  func()                       // and when it is over
	looks int
}

// halted is what a replication panics with when it has to end early, from
// however deep in an event; whoever runs it recovers.
type halted struct{ err error }

// haltedBy is the error of a replication that was ended early, from what
// recover returned; any other panic goes on.
func haltedBy(r any) error {
	switch h := r.(type) {
	case nil:
		return nil
	case halted:
		return h.err
	default:
		panic(r)
	}
}

// spend counts so much work, and looks whether to go on when it is time.
func (e *engine) spend(work int) {
	if e.left -= work; e.left < 0 {
		e.lookUp()
	}
}

// lookUp stops the replication if it has to stop.
func (e *engine) lookUp() {
	e.left = stride
	g := &e.guard
	if g.ctx == nil {
		return
	}
	if err := g.ctx.Err(); err != nil {
		panic(halted{err})
	}
	if t := e.log.tally; t != nil && t.futile() {
		panic(halted{futility{e.now}})
	}
	if g.looks++; g.looks%heldEvery != 0 {
		return
	}
	if g.share > 0 {
		e.mayHold(0)
	}
	if g.tell != nil {
		g.tell(e.now, e.cfg.horizonNs)
	}
}

// mayHold stops the replication if with so many bytes more it would hold more
// than it may.
func (e *engine) mayHold(more int64) {
	if g := &e.guard; g.share > 0 && e.held()+more > g.share {
		panic(halted{errFull})
	}
}

// noticeGrowth looks at what the replication holds where nginx's state has grown
// by much since it last did: the first request of a worker can bring a megabyte.
func (e *engine) noticeGrowth() {
	if held := e.proxy.Grown(); (held-e.grown)*32 > e.guard.share && e.guard.share > 0 {
		e.grown = held
		e.mayHold(0)
	}
}
