package nginx

// Request is what the balancer has to know about a request.
type Request struct {
	Key           Key  // from KeyFor
	NonIdempotent bool // POST, LOCK or PATCH
}

// Try is the state of one request inside nginx. Embed it in the request's record
// and reuse it: Begin resets it and keeps what it has allocated. Do not copy it
// while a request is under way.
type Try struct {
	key     Key
	startNs int64 // of the first attempt
	conn    conn
	tried   peerSet // peers of the present group tried before

	worker    int32
	triesLeft int32
	at        int32  // present peer, by its index in the group
	group     uint8  // 0 primaries, 1 backups
	misses    uint8  // draws or hash rounds that hit an unusable peer
	rounds    uint16 // hash: rounds so far; Resolve: attempts so far
	hash      uint32 // IPHash, Hash: running value; HashConsistent: place on the ring; Resolve: first peer

	nonIdempotent bool
	holding       bool // between Pick and Release
	reused        bool // the present attempt uses a cached connection
}

// Conn numbers the connection that the attempt uses: 1 for the first one that
// the Proxy opened, and so on.
func (t *Try) Conn() uint32 { return t.conn.id }

// Worker is the worker that has the request.
func (t *Try) Worker() int { return int(t.worker) }

// spend takes one from the budget of tries. A single peer has no second try.
func (t *Try) spend(single bool) {
	if single {
		t.triesLeft = 0
	} else if t.triesLeft > 0 {
		t.triesLeft--
	}
}

// peerSet is a set of small numbers. The first 64 need no memory of their own.
type peerSet struct {
	any  bool
	few  uint64
	more []uint64 // numbers from 64 on; empty until the first of them is added
}

func (s *peerSet) reset() {
	s.any = false
	s.few = 0
	s.more = s.more[:0]
}

func (s *peerSet) has(i int) bool {
	if i < 64 {
		return s.few>>i&1 != 0
	}
	w := i/64 - 1
	return w < len(s.more) && s.more[w]>>(i%64)&1 != 0
}

// add puts i, which is below n, into the set, and returns how many bytes more
// that takes.
func (s *peerSet) add(i, n int) (bytes int64) {
	s.any = true
	if i < 64 {
		s.few |= 1 << i
		return 0
	}
	if len(s.more) == 0 {
		words := (n - 1) / 64
		if cap(s.more) < words {
			s.more = make([]uint64, words)
			bytes = 8 * int64(words)
		}
		s.more = s.more[:words]
		clear(s.more)
	}
	s.more[i/64-1] |= 1 << (i % 64)
	return bytes
}
