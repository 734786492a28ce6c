package sim

import "github.com/k9mil/velocitas/sim/nginx"

const (
	nginxClientGone     = nginx.ClientGone
	nginxConnectTimeout = nginx.ConnectTimeout
)

// syn is a client's SYN to nginx: a worker takes the connection, or it waits
// in the listen queue, or the queue is full and the SYN is lost.
func (e *engine) syn(req int32) {
	r := e.requests.at(req)
	if r.worker < 0 || !e.cfg.keepAlive {
		worker, ok := e.listen.open(&e.choices)
		if !ok {
			e.lostSYN(req)
			return
		}
		r.worker = worker
	}
	if e.cfg.workerNs == 0 {
		e.accept(req)
		return
	}
	r.stage = reading
	e.listen.queue++
	e.listen.enter(r.worker)
	e.admit(e.instances+r.worker, req)
}

// lostSYN lets the client's kernel try again later, or give up.
func (e *engine) lostSYN(req int32) {
	r := e.requests.at(req)
	if int(r.syns) == synTries {
		e.attempted(req, acceptQueueFull)
		return
	}
	r.stage = synDropped
	r.worker = -1
	e.wait(e.delaySYN+int16(r.syns), req)
	r.syns++
}

// handled: an nginx worker has done its work on a request, in or out.
func (e *engine) handled(req int32) {
	r := e.requests.at(req)
	e.listen.done(r.worker)
	switch r.stage {
	case reading:
		e.listen.queue--
		e.accept(req)
	case answering:
		e.answered(req, r.status)
	case unread:
		e.listen.queue--
		e.drop(req)
	case abandoned:
		e.drop(req)
	}
}

// accept is nginx taking the connection and reading the request.
func (e *engine) accept(req int32) {
	r := e.requests.at(req)
	conn, ok := e.proxy.AcceptClient(int(r.worker), 0, e.now)
	if !ok {
		e.attempted(req, noSlotForClient)
		return
	}
	r.conn, r.bound = conn, true
	e.proxy.Begin(&r.try, int(r.worker), conn, e.asked(r, req), e.now)
	e.noticeGrowth()
	e.route(req)
}

// asked is what nginx sees of a request.
func (e *engine) asked(r *request, req int32) nginx.Request {
	q := nginx.Request{Key: e.key(r.client)}
	if e.program != nil {
		q.NonIdempotent = e.program.classes[e.visits[req].class].nonIdempotent
	}
	return q
}

// route passes a request to the instance that nginx picks.
func (e *engine) route(req int32) {
	e.spend(int(e.instances) / 64)
	r := e.requests.at(req)
	peer, how := e.proxy.Pick(&r.try, e.now)
	switch how {
	case nginx.NoSlot:
		e.answer(req, noSlotForPeer)
		return
	case nginx.NoLive:
		why := uint8(noPeer)
		if e.proxy.Full(&r.try) {
			why = peersFull
		}
		e.answer(req, why)
		return
	}
	r.peer = int32(peer)
	c := &e.state[peer]
	switch {
	case c.gone:
		r.stage = connecting
		e.wait(e.delayConnectTimeout, req)
	case c.stopped:
		e.released(req, nginx.Refused)
	case how == nginx.Connect && e.delayConnect >= 0:
		r.stage = connecting
		e.wait(e.delayConnect, req)
	case e.delayReuse >= 0:
		r.stage = connecting
		e.wait(e.delayReuse, req)
	default:
		e.connected(req)
	}
}

// connected: the request reaches the instance, which takes it unless it is full.
func (e *engine) connected(req int32) {
	r := e.requests.at(req)
	if e.state[r.peer].stopped { // while the connection was under way
		e.released(req, nginx.Refused)
		return
	}
	if e.state[r.peer].fails {
		e.log.given[r.peer]++
		e.releasedAs(req, codes[failed500], failed500)
		return
	}
	if most := e.cfg.maxInside; most > 0 && e.stations[r.peer].inside() >= most {
		e.released(req, 503)
		return
	}
	if e.program != nil {
		e.enterInstance(req)
		return
	}
	e.log.given[r.peer]++
	r.stage = serving
	if e.delayReadTimeout >= 0 {
		e.wait(e.delayReadTimeout, req)
	}
	e.admit(r.peer, req)
}

// served: an instance has finished a request.
func (e *engine) served(req int32) { e.servedAs(req, answered) }

func (e *engine) servedAs(req int32, outcome uint8) {
	r := e.requests.at(req)
	if r.stage == abandoned {
		e.drop(req)
		return
	}
	if e.delayReadTimeout >= 0 {
		e.unwait(proxySide, req)
	}
	e.releasedAs(req, codes[outcome], outcome)
}

// readTimeout: nginx has waited long enough. The instance does not notice and
// goes on; the request goes on in a record of its own.
func (e *engine) readTimeout(req int32) {
	mine := e.take(e.requests.at(req).client)
	old, r := e.requests.at(req), e.requests.at(mine)
	e.continueAs(mine, req)
	r.try, old.try = old.try, r.try
	r.conn, r.bound, r.worker, r.peer = old.conn, old.bound, old.worker, old.peer
	old.bound = false
	old.stage = abandoned
	e.takeOver(clientSide, req, mine)
	e.released(mine, nginx.ReadTimeout)
}

// takeOver puts a record into another's place in a delay.
func (e *engine) takeOver(side uint8, from, to int32) {
	k := &e.requests.at(from).links[side]
	if k.delay < 0 {
		return
	}
	e.requests.at(to).links[side] = *k
	l := &e.delays[k.delay]
	if k.prev == none {
		l.head = to
	} else {
		e.requests.at(k.prev).links[side].next = to
	}
	if k.next == none {
		l.tail = to
	} else {
		e.requests.at(k.next).links[side].prev = to
	}
	e.requests.at(from).links[side].delay = -1
}

// released ends an attempt at an instance and does what nginx decides then.
func (e *engine) released(req int32, out nginx.Outcome) { e.releasedAs(req, out, outcomeOf(out)) }

func (e *engine) releasedAs(req int32, out nginx.Outcome, outcome uint8) {
	next := e.proxy.Release(&e.requests.at(req).try, out, e.now)
	if next.Retry {
		e.route(req)
		return
	}
	e.answer(req, outcome)
}

// answer sends a response through the worker to the client.
func (e *engine) answer(req int32, outcome uint8) {
	r := e.requests.at(req)
	r.status = outcome
	if e.cfg.workerNs == 0 {
		e.answered(req, outcome)
		return
	}
	r.stage = answering
	e.listen.enter(r.worker)
	e.admit(e.instances+r.worker, req)
}

// answered: the client has the response.
func (e *engine) answered(req int32, status uint8) {
	e.hangUp(req)
	if e.delayBack >= 0 {
		r := e.requests.at(req)
		r.stage, r.status = returning, status
		e.wait(e.delayBack, req)
		return
	}
	e.attempted(req, status)
}

// hangUp closes the client's connection to nginx. Clients with keep-alive keep
// their worker, but an idle connection does not count: nginx closes idle ones
// when it is short of slots.
func (e *engine) hangUp(req int32) {
	r := e.requests.at(req)
	if r.bound {
		e.proxy.CloseClient(int(r.worker), r.conn)
		r.bound = false
	}
}

// outcomeOf is the outcome of a request that ends with an attempt at an instance.
func outcomeOf(out nginx.Outcome) uint8 {
	switch out {
	case nginx.Refused:
		return refused
	case nginx.ClosedEarly:
		return cutOff
	case nginx.ConnectTimeout:
		return connectTimedOut
	case nginx.ReadTimeout:
		return readTimedOut
	case 503:
		return instanceFull
	}
	return answered
}

// codes are the statuses that instances answer, by outcome.
var codes = [outcomes]nginx.Outcome{answered: 200, queueFull: 503, tierQueue: 500, tierDown: 500, tierConns: 500,
	failed500: 500, failed502: 502, failed503: 503, failed504: 504,
	poolTimed500: 500, poolTimed502: 502, poolTimed503: 503, poolTimed504: 504}
