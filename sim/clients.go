package sim

import "math"

// user is a client of a closed load that thinks.
type user struct{ req int32 }

// arrive is the next request of an open load.
func (e *engine) arrive() {
	next := never
	if at := e.arrivals.following(); at < maxTimeNs {
		next = keyAt(at, e.arriving)
	}
	e.tree.set(e.arriving, next)
	e.begin(e.take(none))
}

// begin is a client's first attempt at a new request, starting now.
func (e *engine) begin(req int32) {
	r := e.requests.at(req)
	r.startNs = e.now
	r.attempt = 0
	if e.program != nil {
		e.choose(req)
	} else {
		r.unit = e.cfg.shape.draw(&e.demands)
	}
	e.budget = math.Min(savedRetries, e.budget+e.cfg.retryBudget)
	e.log.change(e.now, 1)
	e.log.offered++
	if e.log.timeline != nil {
		e.log.timeline.at(e.now).offered++
	}
	e.send(req)
}

// send starts an attempt.
func (e *engine) send(req int32) {
	r := e.requests.at(req)
	r.sentNs = e.now
	r.syns = 0
	if delay := e.patienceOf(req); delay >= 0 {
		e.wait(delay, req)
	}
	if e.generator != none {
		r.stage = generating
		e.admit(e.generator, req)
		return
	}
	e.travel(req)
}

// travel takes an attempt to nginx: a round trip to connect, unless the client
// keeps a connection, and half a one for the request.
func (e *engine) travel(req int32) {
	if e.delayOut < 0 {
		e.syn(req)
		return
	}
	r := e.requests.at(req)
	r.stage = travelling
	delay := e.delayOut
	if e.cfg.keepAlive && r.worker >= 0 {
		delay = e.delayKept
	}
	e.wait(delay, req)
}

// generated: the load generator has done its part of an attempt.
func (e *engine) generated(req int32) {
	if e.requests.at(req).stage == abandoned {
		e.drop(req)
		return
	}
	e.travel(req)
}

// attempted is the end of an attempt: the client has an answer, or a closed
// connection, or has given up. The record is the client's own again.
func (e *engine) attempted(req int32, status uint8) {
	if e.closer != none {
		e.close()
	}
	r := e.requests.at(req)
	if e.patienceOf(req) >= 0 {
		e.unwait(clientSide, req)
	}
	again := status >= clientTimedOut || (status != answered && e.cfg.retryErrors)
	if again && int(r.attempt) < e.cfg.retries && e.affordsRetry() {
		e.log.retries++
		delay := e.delayBackoff + int16(r.attempt)
		r.attempt++
		r.stage = thinking
		e.wait(delay, req)
		return
	}
	if e.cfg.told != nil {
		e.tell(req, r, status)
	}
	e.log.finish(e.now, r.startNs, status)
	if e.program != nil {
		e.log.service.finish(&e.log, e.visits[req].class, e.now-r.startNs, status, e.spentOf(req))
	}
	e.log.change(e.now, -1)
	if r.client < 0 {
		e.drop(req)
		return
	}
	e.think(req)
}

// patienceOf is the delay after which the client of a request gives up, below 0 for
// never.
func (e *engine) patienceOf(req int32) int16 {
	if e.patience == nil {
		return e.delayClientTimeout
	}
	return e.patience[e.visits[req].class]
}

// savedRetries is how many retries a budget saves at most.
const savedRetries = 10

// affordsRetry takes one retry from the clients' budget, if they have one and it
// has one left.
func (e *engine) affordsRetry() bool {
	if e.cfg.retryBudget == 0 {
		return true
	}
	if e.budget < 1 {
		return false
	}
	e.budget--
	return true
}

// close begins the work that an attempt leaves behind, which nobody waits for. It
// has a record of its own.
func (e *engine) close() {
	req := e.take(none)
	e.requests.at(req).stage = closing
	e.admit(e.closer, req)
}

// think is what a client of a closed load does between answer and request. One
// that was refused in no time can't ask again in no time, or time would stop.
func (e *engine) think(req int32) {
	r := e.requests.at(req)
	r.stage = thinking
	switch {
	case e.users != nil:
		e.thinkFor(r.client, req, e.nextThink())
	case r.sentNs == e.now:
		e.wait(e.delayRefused, req)
	default:
		e.begin(req)
	}
}

// thinkFor schedules a client's next request, so many mean think times from now.
func (e *engine) thinkFor(client, req int32, means float64) {
	e.users[client].req = req
	source := e.firstUser + client
	k := never
	if at := e.now + int64(float64(means*e.cfg.thinkNs)+0.5); at < maxTimeNs {
		k = keyAt(at, source)
	}
	e.tree.set(source, k)
}

// nextThink draws a think time, in mean think times.
func (e *engine) nextThink() float64 {
	if e.cfg.thinkRandom {
		return e.thinks.Exponential()
	}
	return 1
}

// firstThink draws the wait before a client's first request: what is left of a
// think time that began at some time before.
func (e *engine) firstThink() float64 {
	if e.cfg.thinkRandom {
		return e.thinks.Exponential()
	}
	return e.thinks.Float64()
}

// wake is the end of a think time.
func (e *engine) wake(source int32) {
	e.tree.set(source, never)
	e.begin(e.users[source-e.firstUser].req)
}

// giveUp is a client's timeout. What works for it goes on working, so unless
// its record is nowhere else the client continues with a new one.
func (e *engine) giveUp(req int32) {
	r := e.requests.at(req)
	mine := req
	why := uint8(clientTimedOut)
	if r.stage == synDropped {
		why = clientTimedOutAt
	}
	switch r.stage {
	case generating, reading, serving, answering:
		mine = e.take(r.client)
		e.continueAs(mine, req)
	}
	switch r.stage {
	case synDropped, travelling, returning:
		e.unwait(proxySide, req)
	case connecting, serving:
		e.unwait(proxySide, req)
		e.proxy.Release(&r.try, nginxClientGone, e.now)
	}
	e.hangUp(req)
	switch {
	case mine == req:
	case r.stage == reading:
		r.stage = unread
	default:
		r.stage = abandoned
	}
	e.attempted(mine, why)
}

// continueAs carries the client's side of a request over to another record.
func (e *engine) continueAs(mine, from int32) {
	m, old := e.requests.at(mine), e.requests.at(from)
	m.startNs, m.sentNs, m.unit = old.startNs, old.sentNs, old.unit
	m.attempt = old.attempt
	if e.program != nil {
		e.continueVisit(mine, from)
	}
}

// delayOver handles the request whose wait in a delay is over.
func (e *engine) delayOver(delay int16) {
	req := e.due(delay)
	if req == none {
		return
	}
	r := e.requests.at(req)
	switch {
	case delay >= e.firstPatience && delay < e.endPatience:
		e.giveUp(req)
	case delay == e.delayConnect:
		e.connected(req)
	case delay == e.delayReadTimeout:
		e.readTimeout(req)
	case delay == e.delayConnectTimeout:
		e.released(req, nginxConnectTimeout)
	case delay == e.delayRefused:
		e.begin(req)
	case r.stage == synDropped || r.stage == travelling:
		e.syn(req)
	case delay == e.delayBack:
		e.attempted(req, r.status)
	case delay == e.delayReuse:
		e.connected(req)
	default: // back-off
		e.send(req)
	}
}
