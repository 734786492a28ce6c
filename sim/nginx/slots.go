package nginx

// Client is a handle for a client connection that a worker has accepted.
type Client int32

// slots counts the connections of one worker. Listening sockets, the channel to
// the master, clients and connections to instances, idle ones too, take one each.
type slots struct {
	free    int
	low     int      // at this many free slots or fewer, idle clients are closed
	clients []client // by handle
	unused  []Client // handles that can be given out again
	oldest  Client   // idle clients in order of becoming idle, -1: none
	newest  Client
	idle    int
}

type client struct {
	id           int
	older, newer Client
	idle, open   bool
}

func newSlots(all, listeners int) slots {
	const channel = 1
	return slots{free: all - listeners - channel, low: all / 16, oldest: -1, newest: -1}
}

// AcceptClient takes a connection from the listen queue. If it reports false,
// there was no slot and the client sees its connection closed without an answer.
// The id, not negative, is the caller's name for the connection: it comes back in
// Config.ClientClosed. A new connection is idle, that is may be closed to make
// room, until Begin.
func (p *Proxy) AcceptClient(worker, id int, nowNs int64) (Client, bool) {
	w := &p.workers[worker]
	if !p.takeSlot(w, nowNs) {
		return -1, false
	}
	c := w.slots.add(id)
	w.slots.setIdle(c)
	return c, true
}

// IdleClient tells that a request has been answered and the client's connection
// stays open for another one.
func (p *Proxy) IdleClient(worker int, c Client) {
	p.workers[worker].slots.setIdle(c)
}

// CloseClient frees the slot of a client connection. A request of it that is
// under way must have been released before.
func (p *Proxy) CloseClient(worker int, c Client) {
	p.workers[worker].slots.remove(c)
}

// takeSlot takes a slot and reports whether there was one.
func (p *Proxy) takeSlot(w *worker, nowNs int64) bool {
	if w.slots.free <= w.slots.low {
		p.makeRoom(w, nowNs)
	}
	if w.slots.free == 0 {
		return false
	}
	w.slots.free--
	return true
}

// makeRoom closes what nginx closes when few slots are left: idle connections to
// instances whose time is over anyway, then the clients that have been idle
// longest (ngx_drain_connections).
func (p *Proxy) makeRoom(w *worker, nowNs int64) {
	s := &w.slots
	s.free += w.cache.expire(nowNs - p.cfg.KeepaliveIdleNs)
	if s.free > s.low {
		return
	}
	for range min(s.idle, max(1, min(32, s.idle/8))) {
		id := s.clients[s.oldest].id
		s.remove(s.oldest)
		if p.cfg.ClientClosed != nil {
			p.cfg.ClientClosed(w.index, id)
		}
	}
}

func (s *slots) add(id int) Client {
	c := Client(len(s.clients))
	if n := len(s.unused); n > 0 {
		c, s.unused = s.unused[n-1], s.unused[:n-1]
	} else {
		s.clients = append(s.clients, client{})
	}
	s.clients[c] = client{id: id, open: true}
	return c
}

func (s *slots) setIdle(c Client) {
	x := &s.clients[c]
	if x.idle || !x.open {
		return
	}
	x.idle, x.older, x.newer = true, s.newest, -1
	if s.newest >= 0 {
		s.clients[s.newest].newer = c
	} else {
		s.oldest = c
	}
	s.newest = c
	s.idle++
}

func (s *slots) setBusy(c Client) {
	x := &s.clients[c]
	if !x.open {
		panic("nginx: the client's connection is closed")
	}
	if !x.idle {
		return
	}
	x.idle = false
	if x.older >= 0 {
		s.clients[x.older].newer = x.newer
	} else {
		s.oldest = x.newer
	}
	if x.newer >= 0 {
		s.clients[x.newer].older = x.older
	} else {
		s.newest = x.older
	}
	s.idle--
}

// remove closes a client's connection and gives its handle and its slot back.
func (s *slots) remove(c Client) {
	s.setBusy(c)
	s.clients[c].open = false
	s.unused = append(s.unused, c)
	s.free++
}
