package sim

import (
	"context"
	"time"
)

// Request is one simulated request as its client saw it.
type Request struct {
	StartNs int64  // its intended start, since the start of load
	EndNs   int64  // when the client had its answer or gave up
	Status  string // as in a curve: "0" is a closed connection, "timeout" a client that gave up
	// Instance is the one that had it last, from 1; 0 if none did.
	Instance int
	Class    string // of a service that is stated in steps; empty otherwise
}

// Requests tells of every request that ends after the warm-up in the first
// replication of n instances, in the order in which they end: the same requests
// as [Run] counts there. It returns how much is cut as warm-up, and the context's
// error or what the simulator cannot do.
func Requests(ctx context.Context, in Input, n int, tell func(Request)) (warmUp time.Duration, err error) {
	return requests(ctx, in, n, func(cfg *system) { cfg.told = tell })
}

// requests makes the first replication, listened to as listen sets up.
func requests(ctx context.Context, in Input, n int, listen func(*system)) (warmUp time.Duration, err error) {
	if err := Check(in); err != nil {
		return 0, err
	}
	s, err := NewSample(ctx, in, n)
	if err != nil {
		return 0, err
	}
	with := *s.cfg
	listen(&with)
	_, err = several{cfg: &with, warmNs: s.warmNs}.run(ctx, 1)
	return time.Duration(s.warmNs), err
}

// tell tells of a request that is over, whose record is about to be free or
// another's.
func (e *engine) tell(req int32, r *request, status uint8) {
	if !e.log.on {
		r.peer = none
		return
	}
	q := Request{StartNs: r.startNs, EndNs: e.now, Status: named[status].status, Instance: int(r.peer) + 1}
	if e.program != nil {
		q.Class = e.program.classes[e.visits[req].class].name
	}
	r.peer = none
	e.cfg.told(q)
}
