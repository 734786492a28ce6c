package sim

import "github.com/k9mil/velocitas/sim/nginx"

// continueVisit lets a client go on with a record of its own, where the visit
// that it gave up on goes on with the old one.
func (e *engine) continueVisit(mine, from int32) {
	m, old := &e.visits[mine], &e.visits[from]
	m.seed, m.class, m.live = old.seed, old.class, false
	copy(e.spentOf(mine), e.spentOf(from))
	if old.live {
		e.spentOf(mine)[old.part] += e.now - old.since
	}
}

// loseVisits ends every request in an instance that stops. What a tier is
// working on for it goes on there, for nobody.
func (e *engine) loseVisits(i int32) {
	s := &e.stations[i]
	for len(s.service) > 0 {
		s.leave()
	}
	for s.waiting.size > 0 {
		s.waiting.pop()
	}
	e.refresh(i)
	e.proxy.CloseIdle(int(i))
	e.draining = true // whoever gets what is given back here goes on below
	e.lost, e.twins = e.lost[:0], e.twins[:0]
	for req := range int32(len(e.visits)) {
		if v := &e.visits[req]; v.live && v.at[0] == i && !v.orphan {
			e.loseVisit(req)
		}
	}
	e.resetPlace(i)
	for _, req := range e.lost {
		e.giveBackAll(req)
		e.visits[req].live = false
	}
	e.drain()
	lost := append(e.lost, e.twins...)
	e.lost = nil
	for _, req := range lost {
		r := e.requests.at(req)
		if r.stage == abandoned || r.stage == branch {
			e.drop(req)
			continue
		}
		e.unwait(proxySide, req)
		e.released(req, nginx.ClosedEarly)
	}
	e.lost = lost
}

// loseVisit takes a visit out of where it waits. One that a tier computes for
// stays there, and its client goes on in a record of its own.
func (e *engine) loseVisit(req int32) {
	v := &e.visits[req]
	v.turn++
	v.orphan = true
	if v.waits {
		e.quit(e.waitsIn(req), req)
		if at := v.at[v.depth]; v.part != partWorker && e.program.ops[v.pc].kind == opTier { // for a worker there
			e.places[at].inside--
			e.kept.inside[at].add(e.now, -1)
			v.depth--
		}
		e.lost = append(e.lost, req)
		return
	}
	if v.depth == 0 || e.program.ops[v.pc].kind != opCPU {
		e.lost = append(e.lost, req)
		return
	}
	r := e.requests.at(req)
	was := r.stage
	if v.parent != none {
		v.parent = nobody
	}
	r.stage = abandoned
	if was != serving {
		return
	}
	mine := e.take(r.client)
	old, m := e.requests.at(req), e.requests.at(mine)
	e.continueAs(mine, req)
	m.try, old.try = old.try, m.try
	m.conn, m.bound, m.worker, m.peer, m.stage = old.conn, old.bound, old.worker, old.peer, serving
	old.bound = false
	e.takeOver(clientSide, req, mine)
	e.takeOver(proxySide, req, mine)
	e.twins = append(e.twins, mine)
}

// waitsIn is the list that a visit waits in.
func (e *engine) waitsIn(req int32) *waitList {
	v := &e.visits[req]
	o := &e.program.ops[v.pc]
	at := v.at[v.depth]
	switch {
	case v.part == partWorker || o.kind == opTier:
		return &e.places[at].waiting
	case o.kind == opPool:
		return &e.pools[int(at)*len(e.program.tiers)+int(o.tier)].waiting
	}
	return &e.locks[o.base+o.stride*at].waiting
}

// resetPlace forgets what an instance had: workers, connections, its own locks.
func (e *engine) resetPlace(i int32) {
	p := &e.places[i]
	e.kept.busy[i].add(e.now, -int64(p.busy))
	e.kept.inside[i].add(e.now, -int64(p.inside))
	p.busy, p.inside = 0, 0
	for t := range e.program.tiers {
		k := int(i)*len(e.program.tiers) + t
		e.kept.pools[k].add(e.now, -int64(e.pools[k].used))
		e.conns[t] -= e.pools[k].open
		e.pools[k].used, e.pools[k].open = 0, 0
	}
	for k, each := range e.program.perPlace {
		if l := &e.locks[k*e.program.sites+int(i)]; each && l.taken {
			l.taken = false
			e.kept.locks[k*e.program.sites+int(i)].add(e.now, -1)
		}
	}
}
