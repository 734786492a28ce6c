package sim

// What requests hold while they go on: connections, workers of tiers, locks.

// giveBackAll gives back what a visit holds, from the inside out.
func (e *engine) giveBackAll(req int32) {
	for {
		held := e.program.ops[e.visits[req].pc].held
		if v := &e.visits[req]; held == none || v.gone > 0 && v.depth <= v.gone {
			return
		}
		e.giveBack(req, held)
		e.visits[req].pc = held
	}
}

// giveBack gives back what an operation took.
func (e *engine) giveBack(req int32, taken int32) {
	o := &e.program.ops[taken]
	v := &e.visits[req]
	switch o.kind {
	case opPool:
		if v.depth <= v.gone { // its pool went with its instance
			return
		}
		e.freeConnection(v.at[v.depth], o.tier)
	case opTier:
		at := v.at[v.depth]
		v.depth--
		e.leaveTier(at)
	case opLock:
		if v.depth <= v.gone && o.stride != 0 {
			return
		}
		e.unlock(o.base + o.stride*v.at[v.depth])
	}
}

// takeConnection takes a connection of the place's pool to a tier, or waits for
// one. A connection that is new counts against the tier's own maximum.
func (e *engine) takeConnection(req int32, o *op) bool {
	v := &e.visits[req]
	at, t := v.at[v.depth], &e.program.tiers[o.tier]
	p := &e.pools[int(at)*len(e.program.tiers)+int(o.tier)]
	if t.pool > 0 && int(p.used) >= t.pool {
		e.join(&p.waiting, req)
		if t.timeoutNs > 0 {
			e.after(t.timeoutNs, req)
		}
		return false
	}
	if p.used == p.open {
		if t.connections > 0 && int(e.conns[o.tier]) >= t.connections {
			e.failVisit(req, tierConns)
			return false
		}
		p.open++
		e.conns[o.tier]++
	}
	p.used++
	e.kept.pools[int(at)*len(e.program.tiers)+int(o.tier)].add(e.now, 1)
	v.pc++
	return true
}

// freeConnection gives a connection to who has waited longest for it.
func (e *engine) freeConnection(at int32, tier int16) {
	k := int(at)*len(e.program.tiers) + int(tier)
	p := &e.pools[k]
	if next := e.first(&p.waiting); next != none {
		e.visits[next].turn++
		e.goOnFrom(next)
		return
	}
	p.used--
	e.kept.pools[k].add(e.now, -1)
}

// poolTimeout: a visit has waited long enough for a connection.
func (e *engine) poolTimeout(req int32) {
	v := &e.visits[req]
	o := &e.program.ops[v.pc]
	e.quit(&e.pools[int(v.at[v.depth])*len(e.program.tiers)+int(o.tier)].waiting, req)
	e.account(req, partOther)
	e.failVisit(req, e.program.tiers[o.tier].status)
}

// enterTier takes a call to the station whose turn it is: a worker takes it, or
// it waits for one, or it fails.
func (e *engine) enterTier(req int32, o *op) bool {
	t := &e.program.tiers[o.tier]
	at := int32(t.firstSite) + e.turns[o.tier]
	if e.turns[o.tier]++; int(e.turns[o.tier]) == t.count {
		e.turns[o.tier] = 0
	}
	p := &e.places[at]
	switch {
	case p.down:
		e.failVisit(req, tierDown)
		return false
	case t.workers > 0 && int(p.busy) >= t.workers && t.queue >= 0 && int(p.waiting.size) >= t.queue:
		e.failVisit(req, tierQueue)
		return false
	}
	v := &e.visits[req]
	v.depth++
	v.at[v.depth] = at
	p.inside++
	e.kept.inside[at].add(e.now, 1)
	if t.workers > 0 && int(p.busy) >= t.workers {
		e.join(&p.waiting, req)
		return false
	}
	p.busy++
	e.kept.busy[at].add(e.now, 1)
	v.pc++
	return true
}

func (e *engine) leaveTier(at int32) {
	p := &e.places[at]
	p.inside--
	e.kept.inside[at].add(e.now, -1)
	if next := e.first(&p.waiting); next != none {
		e.goOnFrom(next)
		return
	}
	p.busy--
	e.kept.busy[at].add(e.now, -1)
}

func (e *engine) takeLock(req int32, o *op) bool {
	v := &e.visits[req]
	k := o.base + o.stride*v.at[v.depth]
	m := &e.locks[k]
	if m.taken {
		e.join(&m.waiting, req)
		return false
	}
	m.taken = true
	e.kept.locks[k].add(e.now, 1)
	v.pc++
	return true
}

func (e *engine) unlock(k int32) {
	m := &e.locks[k]
	if next := e.first(&m.waiting); next != none {
		e.goOnFrom(next)
		return
	}
	m.taken = false
	e.kept.locks[k].add(e.now, -1)
}
