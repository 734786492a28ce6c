package sim

import (
	"math"

	"github.com/k9mil/velocitas/sim/nginx"
)

// condition is what nginx meets when it connects to an instance.
type condition struct {
	stopped bool // connections are refused
	gone    bool // packets are lost: connections time out
	fails   bool // whatever comes is answered 500 at once
}

// moment of the timetable: something happens to an instance or to a station of a
// tier, or the warm-up ends.
type happening struct {
	atNs     int64
	do       uint8
	instance int32
	station  int32   // of the tiers, counted from 1; 0: it is about an instance
	factor   float64 // of slowDown
}

// What can happen.
const (
	warmUpEnds = uint8(iota)
	slowDown
	stop
	pause
	vanish
	failAll
	start // undoes all the others
)

// happen does what the timetable has for now.
func (e *engine) happen() {
	for e.at < len(e.cfg.timetable) && e.cfg.timetable[e.at].atNs <= e.now {
		h := e.cfg.timetable[e.at]
		e.at++
		if h.do == warmUpEnds {
			e.settle()
			e.log.begin(e.now)
			if e.program != nil {
				e.kept.begin(e.now)
			}
			e.started = e.usage()
			continue
		}
		switch {
		case h.station > 0:
			e.strikeTier(h)
		case h.instance < e.instances:
			e.strike(h)
		}
	}
	k := never
	if e.at < len(e.cfg.timetable) {
		k = keyOf(e.cfg.timetable[e.at].atNs, e.timetable)
	}
	e.tree.set(e.timetable, k)
}

// strike changes an instance.
func (e *engine) strike(h happening) {
	s, c := &e.stations[h.instance], &e.state[h.instance]
	s.advance(e.now)
	switch h.do {
	case slowDown:
		e.slowBy(h.instance, h.factor)
	case pause:
		s.up = false
	case vanish:
		c.gone = true
		s.up = false
	case failAll:
		c.fails = true
	case stop:
		c.stopped = true
		s.up = false
		e.lose(h.instance)
	case start:
		*c = condition{}
		s.up = true
		if s.quota.limited {
			s.quota.catchUp(e.now)
		}
		e.slowBy(h.instance, 1)
	}
	e.refresh(h.instance)
}

// strikeTier changes a station of a tier.
func (e *engine) strikeTier(h happening) {
	at := e.instances + h.station - 1
	i := e.stationAt(at)
	s := &e.stations[i]
	s.advance(e.now)
	switch h.do {
	case slowDown:
		s.slow = h.factor
	case pause:
		s.up = false
	case stop:
		s.up = false
		e.stopTier(at)
	case start:
		e.places[at].down, s.up, s.slow = false, true, 1
		if s.quota.limited {
			s.quota.catchUp(e.now)
		}
	}
	e.refresh(i)
}

// slowBy makes an instance slower than usual by a factor.
func (e *engine) slowBy(i int32, factor float64) {
	s, spec := &e.stations[i], &e.cfg.stations[i]
	if !e.cfg.bySlow || !s.quota.limited {
		s.slow = spec.slow * factor
		return
	}
	least := math.Min(leastQuotaNs, spec.quotaNs)
	perNs := math.Max(least, wholeNs(float64((spec.quotaNs+spec.idleNs)/factor-spec.idleNs)))
	if perNs == s.quota.perNs {
		return
	}
	stood := s.quota.struck
	s.quota.set(e.now, perNs, math.Min(spec.resumeNs, perNs/2))
	if stood {
		e.goOn(i, s)
	}
}

// lose ends every request in an instance that stops, and forgets its store.
func (e *engine) lose(i int32) {
	if e.program != nil {
		e.loseVisits(i)
		return
	}
	s := &e.stations[i]
	e.lost = e.lost[:0]
	for len(s.service) > 0 {
		e.lost = append(e.lost, s.leave())
	}
	for s.waiting.size > 0 {
		e.lost = append(e.lost, s.waiting.pop())
	}
	for s.polling.pending.size > 0 {
		e.lost = append(e.lost, s.polling.pending.pop())
	}
	s.back.done, s.back.leftNs, s.back.flushes = 0, 0, 0
	e.refresh(i)
	e.proxy.CloseIdle(int(i))
	lost := e.lost
	e.lost = nil // a retry may come back here only through another event, but be safe
	for _, req := range lost {
		e.spend(1)
		if e.requests.at(req).stage == abandoned {
			e.drop(req)
			continue
		}
		e.unwait(proxySide, req)
		e.released(req, nginx.ClosedEarly)
	}
	e.lost = lost
}
