package sim

// A delay is a timer for which every request waits equally long: a timeout, a
// connect, a think time. Requests leave it in the order in which they came, so
// it is a linked list through the requests themselves and costs no search.
type delay struct {
	delayNs    int64
	head, tail int32
	source     int32
	side       uint8
	armed      bool
}

// A request can wait in one delay on each side: the client's (its timeout,
// think time, back-off) and nginx's (connect, timeouts).
const (
	clientSide = uint8(iota)
	proxySide
)

// link is a request's place in a delay.
type link struct {
	due        int64
	next, prev int32
	delay      int16 // -1: in none
}

const none = int32(-1)

// wait puts a request into a delay.
func (e *engine) wait(delay int16, req int32) {
	l := &e.delays[delay]
	k := &e.requests.at(req).links[l.side]
	*k = link{due: e.now + l.delayNs, next: none, prev: l.tail, delay: delay}
	if l.tail == none {
		l.head = req
	} else {
		e.requests.at(l.tail).links[l.side].next = req
	}
	l.tail = req
	if !l.armed {
		l.armed = true
		e.tree.set(l.source, keyOf(k.due, l.source))
	}
}

// unwait takes a request out of the delay that it waits in on one side, if any.
// The delay stays armed for an instant at which there may be nothing to do:
// that is cheaper than to walk the tree for each timeout that does not happen.
func (e *engine) unwait(side uint8, req int32) {
	k := &e.requests.at(req).links[side]
	if k.delay < 0 {
		return
	}
	l := &e.delays[k.delay]
	if k.prev == none {
		l.head = k.next
	} else {
		e.requests.at(k.prev).links[side].next = k.next
	}
	if k.next == none {
		l.tail = k.prev
	} else {
		e.requests.at(k.next).links[side].prev = k.prev
	}
	k.delay = -1
}

// due is the request whose time in the delay is over now, or none; the delay is
// armed for the one after it.
func (e *engine) due(delay int16) int32 {
	l := &e.delays[delay]
	req := l.head
	if req != none && e.requests.at(req).links[l.side].due <= e.now {
		e.unwait(l.side, req)
	} else {
		req = none
	}
	l.armed = l.head != none
	k := never
	if l.armed {
		k = keyOf(e.requests.at(l.head).links[l.side].due, l.source)
	}
	e.tree.set(l.source, k)
	return req
}
