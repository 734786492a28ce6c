package nginx

// conn is a connection to an instance.
type conn struct {
	id       uint32
	requests int32 // sent on it, the present one included
	openedNs int64
}

// cache holds the idle connections of one worker, to all peers. Those to one
// peer form a stack; all of them form a list by age.
type cache struct {
	nodes  []cached
	size   int     // nodes at most
	unused int32   // first node without a connection, -1: all have one
	newest int32   // put back last, -1: the cache is empty
	oldest int32   // put back first
	top    []int32 // put back last of each peer, -1: none
	idle   int
}

type cached struct {
	conn         conn
	sinceNs      int64
	peer         int32
	older, newer int32 // by age, of all
	below, above int32 // by age, of the same peer
}

// newCache makes room for so many connections; it takes the memory for them when
// there are that many.
func newCache(size int) cache {
	return cache{size: size, unused: -1, newest: -1, oldest: -1}
}

// open prepares the cache for connections to so many peers.
func (c *cache) open(peers int) {
	c.top = make([]int32, peers)
	for i := range c.top {
		c.top[i] = -1
	}
}

// take hands out the connection to a peer that was put back last.
func (c *cache) take(peer int) (conn, bool) {
	if c.idle == 0 || c.top[peer] < 0 {
		return conn{}, false
	}
	n := c.top[peer]
	c.drop(n)
	return c.nodes[n].conn, true
}

// put adds a connection and reports whether the oldest one had to be closed for it.
func (c *cache) put(x conn, peer int, nowNs int64) (closed bool) {
	n := c.unused
	switch {
	case n >= 0:
	case len(c.nodes) < c.size:
		n = int32(len(c.nodes))
		c.nodes = append(c.nodes, cached{older: -1})
	default:
		c.drop(c.oldest)
		closed = true
		n = c.unused
	}
	c.unused = c.nodes[n].older
	c.nodes[n] = cached{conn: x, sinceNs: nowNs, peer: int32(peer), older: c.newest, newer: -1, below: c.top[peer], above: -1}
	if c.newest >= 0 {
		c.nodes[c.newest].newer = n
	} else {
		c.oldest = n
	}
	if below := c.top[peer]; below >= 0 {
		c.nodes[below].above = n
	}
	c.newest, c.top[peer] = n, n
	c.idle++
	return closed
}

// expire closes what has been idle since the given time and returns how many.
func (c *cache) expire(sinceNs int64) int {
	before := c.idle
	for c.oldest >= 0 && c.nodes[c.oldest].sinceNs <= sinceNs {
		c.drop(c.oldest)
	}
	return before - c.idle
}

// drop takes a node out of both lists.
func (c *cache) drop(n int32) {
	x := &c.nodes[n]
	if x.newer >= 0 {
		c.nodes[x.newer].older = x.older
	} else {
		c.newest = x.older
	}
	if x.older >= 0 {
		c.nodes[x.older].newer = x.newer
	} else {
		c.oldest = x.newer
	}
	if x.above >= 0 {
		c.nodes[x.above].below = x.below
	} else {
		c.top[x.peer] = x.below
	}
	if x.below >= 0 {
		c.nodes[x.below].above = x.above
	}
	x.older = c.unused
	c.unused = n
	c.idle--
}

// connect gives the attempt a connection to a peer: a cached one, or a new one
// if there is a slot for it.
func (p *Proxy) connect(w *worker, t *Try, peer int, nowNs int64) Picked {
	if w.cache.idle > 0 {
		w.slots.free += w.cache.expire(nowNs - p.cfg.KeepaliveIdleNs)
		if c, ok := w.cache.take(peer); ok {
			t.conn, t.reused = c, true
			t.conn.requests++
			return Reuse
		}
	}
	if !p.takeSlot(w, nowNs) {
		return NoSlot
	}
	p.opened++
	t.conn, t.reused = conn{id: p.opened, requests: 1, openedNs: nowNs}, false
	return Connect
}

// cached puts the attempt's connection into the cache if it may be kept. It
// reports whether the cache has one connection more than before.
func (p *Proxy) cached(w *worker, t *Try, peer int, nowNs int64) bool {
	return int(t.conn.requests) < p.cfg.KeepaliveRequests &&
		nowNs-t.conn.openedNs <= p.cfg.KeepaliveTimeNs &&
		!w.cache.put(t.conn, peer, nowNs)
}

// CloseIdle tells that a peer has closed all its idle connections, as an
// instance does that stops. nginx notices and forgets them: no failure.
func (p *Proxy) CloseIdle(peer int) {
	if p.cfg.Keepalive == 0 {
		return
	}
	for i := range p.workers {
		w := &p.workers[i]
		for w.view != nil && w.cache.top[peer] >= 0 {
			w.cache.drop(w.cache.top[peer])
			w.slots.free++
		}
	}
}
