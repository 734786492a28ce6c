package sim

import (
	"github.com/k9mil/velocitas/scenarios/balancing"
	"github.com/k9mil/velocitas/sim/nginx"
)

// express is a fast path for systems in which nothing can go wrong: instances
// with machines of their own and no limit, a round robin that costs nothing,
// no timetable, clients that wait. A request then needs no more than its
// start, its demand and its client, and nginx's choice is a sequence that
// repeats. Should something happen after all that nginx would notice (a
// request waits as long as the read timeout, or connections run out), the
// replication is run again on the general path. Both ways give the same outcome, bit
// for bit, which a test shows over random systems.
type express struct {
	turns    []int32 // whose turn it is, one period of nginx's round robin
	turn     int
	requests []quick
	free     int32
	room     int64 // requests that nginx has connections for
	single   bool  // all instances serve one at a time, at speed 1
}

// quick is a request of the fast path.
type quick struct {
	startNs int64
	unit    float64
	client  int32
	next    int32 // in the list of free ones
}

// mostTurns bounds the period of the sequence that is worth writing down.
const mostTurns = 1 << 16

// expressOf prepares the fast path, or returns nil where it may not be taken.
func expressOf(cfg *system, e *engine) *express {
	if cfg.hostSpeed.sd > 0 || cfg.program != nil || cfg.insideNs > 0 || cfg.clientNs > 0 {
		return nil
	}
	if cfg.proxy.Policy != balancing.RoundRobin || cfg.proxy.Workers != 1 || cfg.workerNs != 0 ||
		cfg.connectNs != 0 || e.generator != none || e.closer != none || cfg.maxInside != 0 || cfg.timeoutNs != 0 || len(cfg.timetable) > 1 {
		return nil
	}
	period := 0
	for i, p := range cfg.proxy.Peers {
		if p.MaxConns != 0 || p.Backup || p.Down || !e.stations[i].plain {
			return nil
		}
		period += p.Weight
	}
	if period > mostTurns {
		return nil
	}
	x := &express{free: none, room: int64(cfg.proxy.WorkerConnections-2) / 2, single: true}
	for i := range cfg.stations {
		s := &e.stations[i]
		x.single = x.single && s.servers == 1 && s.speeds.full[1] == 1 && s.speeds.wants[1] == microCores && s.slow == 1
	}
	proxy, err := nginx.New(cfg.proxy, nil)
	if err != nil {
		return nil
	}
	var try nginx.Try
	client, ok := proxy.AcceptClient(0, 0, 0)
	for range period {
		proxy.Begin(&try, 0, client, nginx.Request{}, 0)
		peer, how := proxy.Pick(&try, 0)
		if !ok || how.Status() != 0 {
			return nil
		}
		proxy.Release(&try, 200, 0)
		x.turns = append(x.turns, int32(peer))
	}
	return x
}

// take gets a free record.
func (x *express) take(client int32) int32 {
	i := x.free
	if i == none {
		x.requests = append(x.requests, quick{})
		i = int32(len(x.requests) - 1)
	} else {
		x.free = x.requests[i].next
	}
	x.requests[i].client = client
	return i
}

// untilExpress handles every event before an instant on the fast path. It returns
// false when something happened that nginx would have noticed.
func (e *engine) untilExpress(endNs int64) bool {
	x := e.express
	end := keyAt(endNs, 0)
	for {
		k := e.tree.first()
		if k >= end {
			return true
		}
		if e.left--; e.left < 0 {
			e.lookUp()
		}
		at, source := splitKey(k)
		e.now = at
		switch {
		case source < e.instances:
			if !e.departExpress(x, source) {
				return false
			}
		case source == e.arriving:
			next := never
			if t := e.arrivals.following(); t < maxTimeNs {
				next = keyAt(t, source)
			}
			e.tree.set(source, next)
			e.beginExpress(x, x.take(none))
		case source >= e.firstUser:
			e.tree.set(source, never)
			e.beginExpress(x, e.users[source-e.firstUser].req)
		default:
			e.happen()
		}
		if e.log.inSystem > x.room {
			return false
		}
	}
}

// beginExpress is begin and all that follows up to the instance.
func (e *engine) beginExpress(x *express, req int32) {
	r := &x.requests[req]
	r.startNs = e.now
	r.unit = e.cfg.shape.draw(&e.demands)
	e.log.change(e.now, 1)
	e.log.offered++
	if e.log.timeline != nil {
		e.log.timeline.at(e.now).offered++
	}
	i := x.turns[x.turn]
	if x.turn++; x.turn == len(x.turns) {
		x.turn = 0
	}
	e.log.given[i]++
	s := &e.stations[i]
	if s.full() {
		s.waiting.push(req)
		return
	}
	if x.single {
		s.last = e.now
		e.startSingle(x, s, i, req)
		return
	}
	s.advance(e.now)
	s.enter(req, wholeNs(float64(s.demandNs*r.unit)))
	s.giveAll()
	e.schedule(i, s)
}

// departExpress is the end of service and all that follows.
func (e *engine) departExpress(x *express, i int32) bool {
	s := &e.stations[i]
	var req int32
	if x.single {
		req = e.endSingle(x, s, i)
	} else {
		s.advance(e.now)
		req = s.leave()
		if s.waiting.size > 0 {
			next := s.waiting.pop()
			s.enter(next, wholeNs(float64(s.demandNs*x.requests[next].unit)))
		}
		s.giveAll()
		e.schedule(i, s)
	}
	r := &x.requests[req]
	if e.cfg.readNs > 0 && e.now-r.startNs >= e.cfg.readNs {
		return false
	}
	e.log.finish(e.now, r.startNs, answered)
	e.log.change(e.now, -1)
	switch {
	case r.client == none:
		r.next = x.free
		x.free = req
	case e.users != nil:
		e.thinkFor(r.client, req, e.nextThink())
	case e.now == r.startNs: // no time has passed; see think
		return false
	default:
		e.beginExpress(x, req)
	}
	return true
}

// startSingle begins a service where all instances serve one at a time at
// speed 1: then it ends after just its demand.
func (e *engine) startSingle(x *express, s *station, i, req int32) {
	d := wholeNs(float64(s.demandNs * x.requests[req].unit))
	s.attained, s.rate, s.got = 0, 1, 1
	s.service = append(s.service[:0], job{finish: d, req: req})
	k := never
	if at := e.now + int64(d); at < maxTimeNs {
		k = keyAt(at, i)
	}
	e.tree.set(i, k)
}

// endSingle ends it.
func (e *engine) endSingle(x *express, s *station, i int32) int32 {
	req := s.service[0].req
	s.usedNs += float64(e.now - s.last)
	s.last = e.now
	if s.waiting.size > 0 {
		e.startSingle(x, s, i, s.waiting.pop())
		return req
	}
	s.service = s.service[:0]
	s.rate, s.got = 0, 0
	e.tree.set(i, never)
	return req
}

// expressStart lets the clients of a closed load begin as startLoad does.
func (e *engine) expressStart() {
	for c := range e.cfg.clients {
		req := e.express.take(int32(c))
		if e.users == nil {
			e.beginExpress(e.express, req)
			continue
		}
		e.thinkFor(int32(c), req, e.firstThink())
	}
}

// waitedTooLong tells whether a request still inside has already waited as
// long as the read timeout.
func (x *express) waitedTooLong(e *engine) bool {
	if e.cfg.readNs == 0 {
		return false
	}
	for i := range e.stations[:e.instances] {
		s := &e.stations[i]
		for _, j := range s.service {
			if e.now-x.requests[j.req].startNs >= e.cfg.readNs {
				return true
			}
		}
		if s.waiting.size > 0 && e.now-x.requests[s.waiting.buf[s.waiting.head]].startNs >= e.cfg.readNs {
			return true
		}
	}
	return false
}
