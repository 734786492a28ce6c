package sim

// stationEvent handles what a station has scheduled for now.
func (e *engine) stationEvent(i int32) {
	s := &e.stations[i]
	s.advance(e.now)
	switch s.kind {
	case departure:
		e.depart(i, s)
		return
	case backgroundEnd:
		s.back.leftNs, s.polling.last = 0, e.now
	case exhaustion:
		s.quota.strike(e.now)
	case refill:
		s.quota.refill()
		e.goOn(i, s)
	case poll:
		e.letIn(i, s)
	case memtable:
		s.back.full(e.now)
	}
	if s.polling.pending.size > 0 && s.idle() {
		e.letIn(i, s)
	}
	e.refresh(i)
}

// goOn lets an instance work again that its CPU limit had stopped.
func (e *engine) goOn(i int32, s *station) {
	// The store's own work goes through what it needs once, and so has
	// nothing to lose. Nobody is noticed before it is over.
	if s.back.leftNs > 0 {
		return
	}
	if len(s.service) > 0 {
		s.back.leftNs = s.quota.resumeNs
	}
	e.letIn(i, s)
}

// letIn admits all that wait at an instance's poll queue.
func (e *engine) letIn(i int32, s *station) {
	s.polling.last = e.now
	for s.polling.pending.size > 0 {
		e.startService(s, s.polling.pending.pop(), i)
	}
}

// depart ends the service of a request, and begins that of one that waits.
func (e *engine) depart(i int32, s *station) {
	req := s.leave()
	if s.waiting.size > 0 {
		e.startService(s, s.waiting.pop(), i)
	}
	if s.polling.pending.size > 0 && s.idle() {
		e.letIn(i, s)
	}
	role := s.role
	e.refresh(i)
	switch role {
	case instanceRole:
		if e.program != nil {
			e.computed(req)
			return
		}
		e.served(req)
	case tierRole:
		e.computed(req)
	case workerRole:
		e.handled(req)
	case generatorRole:
		e.generated(req)
	case closerRole:
		e.drop(req)
	}
}

// admit puts a request into a station, into service or to wait.
func (e *engine) admit(i int32, req int32) {
	s := &e.stations[i]
	if s.full() {
		s.waiting.push(req)
		if s.brief && int32(s.inside()) > s.briefMost {
			s.advance(e.now)
			e.refresh(i)
		}
		return
	}
	s.advance(e.now)
	if s.polling.pollNs > 0 {
		if !s.idle() || s.quota.struck {
			s.polling.pending.push(req)
			e.refresh(i)
			return
		}
		s.polling.last = e.now
	}
	e.startService(s, req, i)
	e.refresh(i)
}

func (e *engine) startService(s *station, req int32, i int32) {
	d := s.demandNs
	switch {
	case s.role == tierRole, s.role == instanceRole && e.program != nil:
		d = e.visits[req].demand
		if s.cold.costNs > 0 && len(s.service) == 0 {
			d = wholeNs(d + s.cold.extraNs(e.now))
		}
	case s.role == instanceRole:
		d = float64(d * e.requests.at(req).unit)
		if s.idle() {
			d += e.cfg.wakeNs
		}
		d = wholeNs(d)
	}
	if h := &e.hosts[s.host]; h.speed.every != 0 {
		d = wholeNs(float64(d * h.slowness(e.now)))
	}
	s.enter(req, d)
}

// wholeNs rounds a demand to whole nanoseconds, so that sums of demands are exact.
// One beyond a century of CPU time is cut to that.
func wholeNs(x float64) float64 {
	if x > centuryNs {
		return centuryNs
	}
	return float64(int64(x + 0.5))
}

const centuryNs = 100 * 365 * 86400 * 1e9

// refresh works out what a station gets from now on, and when that will next
// change. It must have been advanced to now.
func (e *engine) refresh(i int32) {
	s := &e.stations[i]
	if s.plain {
		s.giveAll()
		e.schedule(i, s)
		return
	}
	h, before, brief := &e.hosts[s.host], s.want, s.brief
	s.want = s.demandCores()
	s.brief = s.briefMost > 0 && int32(s.inside()) <= s.briefMost
	switch {
	case h.cores == 0:
		s.give(cores(s.want))
		e.schedule(i, s)
	case s.want == before && s.brief == brief: // so nobody gets more or less
		s.give(s.got)
		e.schedule(i, s)
	default:
		e.place(h, s)
		e.share(h, i)
	}
}

// share gives every station with a task on a touched queue what it gets now. The
// one that caused it has been advanced and is scheduled anew in any case.
func (e *engine) share(h *host, cause int32) {
	for _, k := range h.touched {
		e.divide(h, &h.queues[k])
	}
	for _, k := range h.touched {
		q := &h.queues[k]
		q.touched = false
		for id := q.head; id != none; id = e.tasks[id].next {
			if i := e.tasks[id].station; i != cause {
				e.regive(h, i, false)
			}
		}
	}
	h.touched = h.touched[:0]
	if cause != none {
		e.regive(h, cause, true)
	}
}

// regive gives a station what its tasks got, at the speed of their cores.
func (e *engine) regive(h *host, i int32, anyway bool) {
	s := &e.stations[i]
	e.spend(int(s.tasks) / 8)
	sum, placement := int64(0), 1.0
	for k := range s.tasks {
		sum += e.tasks[s.firstTask+k].got
	}
	if s.role == instanceRole {
		placement = e.placementOf(h, s, sum)
	}
	got := cores(sum)
	if !anyway && got == s.got && placement == s.placement {
		return
	}
	s.advance(e.now)
	s.placement = placement
	s.give(got)
	e.schedule(i, s)
}

// placementOf is the factor on an instance's speed by which cores it runs on, and
// whether all are busy.
func (e *engine) placementOf(h *host, s *station, got int64) float64 {
	placement := 1.0
	if h.full() && e.cfg.fullRate > 0 {
		placement = e.cfg.fullRate
	}
	if e.cfg.coreSwing.sd == 0 || got == 0 {
		return placement
	}
	sum := 0.0
	for k := range s.tasks {
		t := &e.tasks[s.firstTask+k]
		sum += float64(float64(t.got) * h.queues[t.queue].swing.speed)
	}
	return placement * sum / float64(got)
}

func (e *engine) schedule(i int32, s *station) {
	k := never
	if at := s.next(); at < maxTimeNs {
		k = keyAt(at, i)
	}
	e.tree.set(i, k)
}
