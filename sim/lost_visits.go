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
		if v := &e.visits[req]; v.live && v.at[0] == i && v.gone == none {
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
	v.gone = 0
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

// stopTier ends every call in a station of a tier: whoever made it has failed.
// What a further tier is working on for it goes on there, for nobody.
func (e *engine) stopTier(at int32) {
	e.places[at].down = true
	i := e.stationAt(at)
	s := &e.stations[i]
	for len(s.service) > 0 {
		s.leave()
	}
	for s.waiting.size > 0 {
		s.waiting.pop()
	}
	e.refresh(i)
	e.lost = e.lost[:0]
	for req := range int32(len(e.visits)) {
		if k := e.depthAt(req, at); k > 0 {
			e.lost = append(e.lost, e.leaveFor(req, k))
		}
	}
	e.draining = true // whoever gets what is given back here goes on below
	lost := e.lost
	e.lost = nil
	for _, req := range lost {
		if parent := e.visits[req].parent; parent >= 0 && e.visits[parent].live && e.depthAt(parent, at) > 0 {
			e.visits[req].parent = nobody // which fails by itself
		}
	}
	for _, req := range lost {
		e.account(req, partOther)
		e.failVisit(req, tierDown)
	}
	e.closeConnections(at)
	e.drain()
	e.lost = lost
}

// depthAt is how many calls deep a live visit is in a station of a tier; 0 if it
// is not there.
func (e *engine) depthAt(req, at int32) int32 {
	v := &e.visits[req]
	if !v.live {
		return 0
	}
	for k := max(0, v.gone) + 1; k <= v.depth; k++ {
		if v.at[k] == at {
			return k
		}
	}
	return 0
}

// leaveFor takes a visit out of whatever it waits for, since the place that is so
// many calls deep has stopped. Where a further tier computes for it, that goes on
// in the old record, and the visit in a new one, which it returns.
func (e *engine) leaveFor(req, depth int32) int32 {
	v := &e.visits[req]
	v.turn++
	switch {
	case v.waits:
		e.quit(e.waitsIn(req), req)
		if at := v.at[v.depth]; e.program.ops[v.pc].kind == opTier { // for a worker there
			e.places[at].inside--
			e.kept.inside[at].add(e.now, -1)
			v.depth--
		}
	case v.depth > depth && e.program.ops[v.pc].kind == opCPU:
		return e.split(req, depth)
	}
	return req
}

// split lets what a tier computes for a visit go on for nobody, and the visit in
// a record of its own, with all that it holds down to a depth.
func (e *engine) split(req, depth int32) int32 {
	mine := e.take(e.requests.at(req).client)
	old, m := e.requests.at(req), e.requests.at(mine)
	was := old.stage
	e.continueAs(mine, req)
	from, v := &e.visits[req], &e.visits[mine]
	turn := v.turn + 1
	*v = *from
	v.turn, v.since = turn, e.now
	for v.depth > depth {
		v.pc = e.program.ops[v.pc].held
		if e.program.ops[v.pc].kind == opTier {
			v.depth--
		}
	}
	m.stage, m.peer = was, old.peer
	from.gone, old.stage = depth, abandoned
	if from.parent != none {
		from.parent = nobody
	}
	if was == serving {
		m.try, old.try = old.try, m.try
		m.conn, m.bound, m.worker = old.conn, old.bound, old.worker
		old.bound = false
		e.takeOver(clientSide, req, mine)
		e.takeOver(proxySide, req, mine)
	}
	return mine
}

// closeConnections closes those that a station of a tier has opened to others.
func (e *engine) closeConnections(at int32) {
	for t := range e.program.tiers {
		p := &e.pools[int(at)*len(e.program.tiers)+t]
		e.conns[t] -= p.open - p.used
		p.open = p.used
	}
}
