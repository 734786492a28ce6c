package sim

import (
	"github.com/k9mil/velocitas/scenarios"
	"github.com/k9mil/velocitas/sim/nginx"
	"github.com/k9mil/velocitas/sim/random"
)

// visit is a request, or a branch of one, on its way through the program. It has
// the number of its request's record.
type visit struct {
	seed   uint64 // of all that is drawn for the request, in every attempt
	since  int64  // when the present part of its time began
	stood  int64  // how long its station had stood still then
	demand float64
	turn   uint32 // counts what ends its waits; see timer
	class  int32
	pc     int32 // the operation that it is at
	parent int32 // whose branch it is, none if it is no branch
	open   int32 // branches that it waits for
	next   int32 // in a waitList
	prev   int32
	depth  int32                          // calls inside calls
	at     [scenarios.DepthMost + 1]int32 // places, by depth
	failed uint8                          // status that a branch ended with
	part   uint8
	waits  bool // in a waitList
	live   bool
	// gone is the depth down to which its places have stopped, none if all are up:
	// what it still does in a tier below is for nobody, and ends there.
	gone int32
}

// nobody is the parent of a branch whose request was lost with a place.
const nobody = int32(-2)

// place is an instance or a station of a tier, as programs see it.
type place struct {
	busy    int32 // workers
	inside  int32 // requests
	down    bool
	waiting waitList // for a worker
}

// pool is the connections from one place to one tier.
type pool struct {
	used, open int32
	waiting    waitList
}

// mutex is a lock.
type mutex struct {
	taken   bool
	waiting waitList
}

// programState is the state of all that a program has.
type programState struct {
	program  *program
	visits   []visit
	spent    []int64 // by visit and part of its latency, ns
	places   []place
	pools    []pool  // by place and tier
	conns    []int32 // open to each tier
	turns    []int32 // whose turn it is among a tier's stations
	locks    []mutex
	timers   timers
	timing   int32 // the source of timers
	tiers    int32 // first station of a tier
	ready    ring  // visits that can go on
	draining bool
	twins    []int32 // scratch of loseVisits

	kept areas // what is counted for utilisation
}

func (e *engine) startProgram(p *program) {
	e.program = p
	e.places = make([]place, p.sites)
	for i := range e.places {
		e.places[i].waiting = emptyList()
	}
	e.pools = make([]pool, p.sites*len(p.tiers))
	for i := range e.pools {
		e.pools[i].waiting = emptyList()
	}
	e.conns, e.turns = make([]int32, len(p.tiers)), make([]int32, len(p.tiers))
	e.locks = make([]mutex, len(p.locks)*p.sites)
	for i := range e.locks {
		e.locks[i].waiting = emptyList()
	}
	e.kept = newAreas(p)
}

// programBytes is how much memory visits and timers take.
func (e *engine) programBytes() int64 {
	return int64(cap(e.visits))*sizeOf[visit]() + int64(cap(e.spent))*8 + int64(cap(e.timers.heap))*sizeOf[timer]() + int64(len(e.ready.buf))*4
}

// choose draws what kind of request this is.
func (e *engine) choose(req int32) {
	v := &e.visits[req]
	v.seed = e.demands.Uint64()
	rnd := random.At(v.seed, -1)
	u := rnd.Float64()
	v.class = 0
	for int(v.class) < len(e.program.classes)-1 && u >= e.program.classes[v.class].upTo {
		v.class++
	}
	clear(e.spentOf(req))
}

func (e *engine) spentOf(req int32) []int64 {
	n := e.program.parts
	return e.spent[int(req)*n : (int(req)+1)*n]
}

// addVisit gives a new record its visit.
func (e *engine) addVisit() {
	e.visits = append(e.visits, visit{parent: none, next: none, prev: none, gone: none})
	for range e.program.parts {
		e.spent = append(e.spent, 0)
	}
}

// enterInstance is a request that reaches an instance: a worker takes it, or it
// waits for one, or there is no room.
func (e *engine) enterInstance(req int32) {
	r := e.requests.at(req)
	p := &e.places[r.peer]
	g := e.program
	if g.workers > 0 && int(p.busy) >= g.workers && g.queue >= 0 && int(p.waiting.size) >= g.queue {
		out := codes[queueFull]
		if g.refuse {
			out = nginx.Refused
		}
		e.releasedAs(req, out, queueFull)
		return
	}
	e.log.given[r.peer]++
	r.stage = serving
	if e.delayReadTimeout >= 0 {
		e.wait(e.delayReadTimeout, req)
	}
	v := &e.visits[req]
	v.parent, v.open, v.depth, v.failed, v.gone, v.live = none, 0, 0, 0, none, true
	v.at[0] = r.peer
	v.pc = g.classes[v.class].entry
	v.since, v.part = e.now, partWorker
	v.turn++
	e.kept.inside[r.peer].add(e.now, 1)
	p.inside++
	if g.workers > 0 && int(p.busy) >= g.workers {
		e.join(&p.waiting, req)
		return
	}
	p.busy++
	e.kept.busy[r.peer].add(e.now, 1)
	e.goOnHere(req)
}

// leaveInstance gives the worker to who waits for it.
func (e *engine) leaveInstance(i int32) {
	p := &e.places[i]
	p.inside--
	e.kept.inside[i].add(e.now, -1)
	if next := e.first(&p.waiting); next != none {
		e.goOnHere(next)
		return
	}
	p.busy--
	e.kept.busy[i].add(e.now, -1)
}

// account counts the time since the last change to the part that it was spent on.
func (e *engine) account(req int32, next uint8) {
	v := &e.visits[req]
	e.spent[int(req)*e.program.parts+int(v.part)] += e.now - v.since
	v.since, v.part = e.now, next
}

// goOnFrom is the end of the operation that a visit is at.
func (e *engine) goOnFrom(req int32) {
	e.visits[req].pc++
	e.goOnHere(req)
}

// goOnHere takes operations until one takes time. What others wait for may come
// free meanwhile; their turn comes when this one stands.
func (e *engine) goOnHere(req int32) {
	e.ready.push(req)
	if !e.draining {
		e.drain()
	}
}

func (e *engine) drain() {
	e.draining = true
	for e.ready.size > 0 {
		req := e.ready.pop()
		for e.visits[req].live && e.operate(req) {
		}
	}
	e.draining = false
}

// operate takes the operation that a visit is at. It returns false when that takes
// time, or was the last.
func (e *engine) operate(req int32) bool {
	e.spend(1)
	v := &e.visits[req]
	o := &e.program.ops[v.pc]
	e.account(req, o.part)
	if v.depth <= v.gone {
		e.giveBackAll(req)
		v.live = false
		e.drop(req)
		return false
	}
	switch o.kind {
	case opCPU:
		return e.compute(req, o)
	case opWait:
		rnd := random.At(v.seed, v.pc)
		if ns := int64(e.program.times[o.time].draw(&rnd)); ns > 0 {
			e.after(ns, req)
			return false
		}
	case opSkip:
		rnd := random.At(v.seed, v.pc)
		if rnd.Float64() >= o.share {
			v.pc = o.to
			return true
		}
	case opFail:
		rnd := random.At(v.seed, v.pc)
		if rnd.Float64() < o.share {
			e.failVisit(req, o.status)
			return false
		}
	case opPool:
		return e.takeConnection(req, o)
	case opTier:
		return e.enterTier(req, o)
	case opLock:
		return e.takeLock(req, o)
	case opFork:
		e.fork(req, o)
		return false
	case opBranchEnd:
		e.endBranch(req, 0)
		return false
	case opDone:
		e.endVisit(req, 0)
		return false
	default:
		e.giveBack(req, o.held)
	}
	v.pc++
	return true
}

// compute asks the station where the visit is for CPU time.
func (e *engine) compute(req int32, o *op) bool {
	v := &e.visits[req]
	rnd := random.At(v.seed, v.pc)
	v.demand = e.program.times[o.time].draw(&rnd)
	if v.demand == 0 {
		v.pc++
		return true
	}
	i := e.stationAt(v.at[v.depth])
	v.stood = e.stations[i].quota.stood(e.now)
	e.admit(i, req)
	return false
}

// stationAt is the station of a place.
func (e *engine) stationAt(place int32) int32 {
	if place < e.instances {
		return place
	}
	return e.tiers + place - e.instances
}

// computed: a station has finished what a visit asked of it.
func (e *engine) computed(req int32) {
	v := &e.visits[req]
	if v.part == partCPU {
		i := e.stationAt(v.at[v.depth])
		stood := e.stations[i].quota.stood(e.now) - v.stood
		s := e.spentOf(req)
		s[partThrottled] += stood
		s[partCPU] -= stood
	}
	e.goOnFrom(req)
}

// fork begins the branches of a visit.
func (e *engine) fork(req int32, o *op) {
	branches := o.branches
	e.visits[req].open, e.visits[req].failed = int32(len(branches)), 0
	for k, begin := range branches {
		child := e.take(none)
		v, parent := &e.visits[child], &e.visits[req]
		turn := v.turn + 1
		*v = *parent
		v.turn, v.parent, v.pc, v.open, v.failed, v.live = turn, req, begin, 0, 0, true
		v.since, v.part = e.now, partCPU
		v.seed = random.Mix(parent.seed, uint64(parent.pc), uint64(k))
		clear(e.spentOf(child))
		r := e.requests.at(child)
		r.stage, r.peer = branch, e.requests.at(req).peer
		e.goOnHere(child)
	}
}

// endBranch is the end of a branch; the last to end is what its request has
// waited for.
func (e *engine) endBranch(req int32, failed uint8) {
	e.account(req, partOther)
	v := &e.visits[req]
	parent := v.parent
	v.live = false
	v.turn++
	mine := e.spentOf(req)
	e.drop(req)
	if parent == nobody {
		return
	}
	p := &e.visits[parent]
	if failed != 0 && p.failed == 0 {
		p.failed = failed
	}
	if p.open--; p.open > 0 {
		return
	}
	spent := e.spentOf(parent)
	for k, ns := range mine {
		spent[k] += ns
	}
	p.since, p.part = e.now, partOther
	if p.failed != 0 {
		e.failVisit(parent, p.failed)
		return
	}
	p.pc = e.program.ops[p.pc].to
	e.goOnHere(parent)
}

// failVisit gives back all that a visit holds, and answers an error.
func (e *engine) failVisit(req int32, status uint8) {
	e.giveBackAll(req)
	if !e.visits[req].live {
		return
	}
	if e.visits[req].parent != none {
		e.endBranch(req, status)
		return
	}
	e.endVisit(req, status)
}

// endVisit is the end of a request in its instance.
func (e *engine) endVisit(req int32, failed uint8) {
	v := &e.visits[req]
	v.live = false
	v.turn++
	i := v.at[0]
	if v.gone != none {
		e.drop(req)
		return
	}
	e.leaveInstance(i)
	e.servedAs(req, failed)
}
