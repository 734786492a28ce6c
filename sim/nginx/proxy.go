package nginx

import (
	"errors"
	"fmt"

	"github.com/k9mil/velocitas/scenarios/balancing"
)

// Proxy is one nginx between a start or reload and the next.
type Proxy struct {
	cfg       Config
	rnd       Source
	workers   []worker
	intervals intervals
	ring      *Ring // HashConsistent only
	fresh     *view // of a worker that has had no request
	zone      *view // that all workers share, once one has had a request
	held      int64 // bytes that grew since the start
	tries     int32 // budget of a request
	single    bool  // one peer and no backup: nginx keeps no failures and has no choice
	backups   bool
	keyed     bool   // the policy looks at keys
	opened    uint32 // connections to instances so far
}

// worker is one worker process.
type worker struct {
	index int
	view  *view
	slots slots
	cache cache
}

// view is the state of the balancer that one worker, or all with a zone, see:
// primaries and backups.
type view [2]group

// New makes an nginx that has just started. Only policies that choose at random
// need rnd. The error names what is wrong with the configuration.
func New(cfg Config, rnd Source) (*Proxy, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	if cfg.Policy.Facts().Draws && rnd == nil {
		return nil, errors.New("nginx: policy " + cfg.Policy.String() + " needs a source of random numbers")
	}
	p := &Proxy{cfg: cfg, rnd: rnd, workers: make([]worker, cfg.Workers), intervals: newIntervals(cfg.Peers),
		keyed: cfg.Policy.Facts().Key != balancing.None}
	p.fresh = &view{newGroup(cfg.Peers, false), newGroup(cfg.Peers, true)}
	for i := range p.workers {
		w := &p.workers[i]
		w.index = i
		w.slots = newSlots(cfg.WorkerConnections, cfg.Listeners)
		w.cache = newCache(cfg.Keepalive)
	}
	if p.ring = cfg.Ring; p.ring == nil && cfg.Policy == balancing.HashConsistent {
		p.ring = newRing(cfg.Peers)
	}
	for _, peer := range cfg.Peers {
		p.backups = p.backups || peer.Backup
		if !peer.Down {
			p.tries++
		}
	}
	p.single = len(cfg.Peers) == 1
	if cfg.Tries > 0 {
		p.tries = min(p.tries, int32(cfg.Tries))
	}
	return p, nil
}

// Begin starts a request whose header has been read by a worker. The client is
// from AcceptClient of that worker.
func (p *Proxy) Begin(t *Try, worker int, c Client, r Request, nowNs int64) {
	w := &p.workers[worker]
	if w.view == nil {
		p.start(w)
	}
	w.slots.setBusy(c)
	t.key = r.Key
	t.nonIdempotent = r.NonIdempotent
	t.startNs = nowNs
	t.worker = int32(worker)
	t.triesLeft = p.tries
	t.group, t.misses, t.rounds, t.hash = 0, 0, 0, 0
	t.holding, t.reused = false, false
	t.tried.reset()
	if p.keyed {
		p.startHash(t)
	}
}

// start gives a worker that gets its first request its state: most of a thousand
// workers may never get one.
func (p *Proxy) start(w *worker) {
	if p.cfg.Keepalive > 0 {
		w.cache.open(len(p.cfg.Peers))
		p.held += int64(len(p.cfg.Peers)) * 4
	}
	if w.view = p.zone; w.view != nil {
		return
	}
	w.view = &view{p.fresh[0].clone(), p.fresh[1].clone()}
	p.held += w.view[0].bytes() + w.view[1].bytes()
	if p.cfg.Zone {
		p.zone = w.view
	}
}

// Grown is how many bytes the state of the balancer has grown by since the start.
func (p *Proxy) Grown() int64 { return p.held }

// Bytes is about how much memory the workers have come to hold.
func (p *Proxy) Bytes() int64 {
	sum := p.held
	for i := range p.workers {
		w := &p.workers[i]
		sum += int64(cap(w.cache.nodes))*cachedBytes + int64(cap(w.slots.clients))*clientBytes + int64(cap(w.slots.unused))*4
	}
	return sum
}

// Sizes of what there can be very many of, in bytes.
const (
	cachedBytes = 56
	clientBytes = 24
	peerBytes   = 16 + 4 + 24 + 8 // of a worker's state, and of the note of a period
)

// startHash sets where the hash of a request starts.
func (p *Proxy) startHash(t *Try) {
	switch p.cfg.Policy {
	case balancing.IPHash:
		t.hash = ipHashStart
	case balancing.HashConsistent:
		t.hash = p.ring.find(t.key.sum)
	}
}

// Picked is what came of a Pick.
type Picked uint8

const (
	Connect Picked = iota // the peer gets the request on a new connection
	Reuse                 // the peer gets the request on a cached connection
	NoLive                // no peer is usable: the client gets a 502
	NoSlot                // no slot is left for a connection to the peer: the client gets a 500
)

// Status is what the client sees if the request ends here, 0 if it goes on.
func (k Picked) Status() int16 {
	switch k {
	case NoLive:
		return 502
	case NoSlot:
		return 500
	}
	return 0
}

func (k Picked) String() string {
	switch k {
	case Connect:
		return "connect"
	case Reuse:
		return "reuse"
	case NoLive:
		return "no live upstreams"
	case NoSlot:
		return "worker_connections are not enough"
	}
	return fmt.Sprintf("Picked(%d)", uint8(k))
}

// Pick chooses the peer of the next attempt, by its index in Config.Peers. After
// Connect and Reuse the caller owes a Release. NoLive and NoSlot end the request;
// with NoSlot the peer is the one whose turn is used up, with NoLive it is -1.
func (p *Proxy) Pick(t *Try, nowNs int64) (peer int, how Picked) {
	if t.holding {
		panic("nginx: Pick before Release")
	}
	w := &p.workers[t.worker]
	g := &w.view[t.group]
	i := p.choose(g, t, nowNs)
	if i < 0 && t.group == 0 && p.backups {
		t.group = 1
		t.tried.reset()
		g = &w.view[1]
		i = p.choose(g, t, nowNs)
	}
	if i < 0 {
		return -1, NoLive
	}
	t.at = int32(i)
	t.holding = true
	peer = int(g.index[i])
	how = p.connect(w, t, peer, nowNs)
	if how == NoSlot {
		p.leave(g, t, false, nowNs)
	}
	return peer, how
}

// Full tells whether some peer that the request could have gone to is at
// max_conns, in the eyes of its worker.
func (p *Proxy) Full(t *Try) bool {
	v := p.workers[t.worker].view
	return v[0].full > 0 || v[1].full > 0
}

// choose takes a peer of a group by the policy, -1 if none is usable.
func (p *Proxy) choose(g *group, t *Try, nowNs int64) int {
	if g.steady(t) && p.cfg.Policy == balancing.RoundRobin {
		i := g.cycle.next()
		g.take(i, 0)
		return i
	}
	nowS := int64(0)
	if g.failing > 0 {
		nowS = p.clock(nowNs)
	}
	i := p.byPolicy(g, t, nowS)
	if i >= 0 {
		g.take(i, nowS)
	}
	return i
}

func (p *Proxy) byPolicy(g *group, t *Try, nowS int64) int {
	if p.single {
		return g.only()
	}
	switch p.cfg.Policy {
	case balancing.LeastConn:
		return g.leastConn(t, nowS)
	case balancing.Random:
		return p.random(g, t, nowS)
	case balancing.RandomTwo:
		return p.randomTwo(g, t, nowS)
	case balancing.IPHash:
		return p.ipHash(g, t, nowS)
	case balancing.Hash:
		return p.hashed(g, t, nowS)
	case balancing.HashConsistent:
		return p.hashedConsistently(g, t, nowS)
	case balancing.Resolve:
		return p.resolved(g, t)
	}
	return g.roundRobin(t, nowS)
}

// only is the choice if there is but one peer: it need not be asked whether it
// has failed.
func (g *group) only() int {
	if len(g.index) == 0 || g.isFull(0) {
		return -1
	}
	return 0
}

// free ends the present attempt: the peer, then the connection. It reports
// whether the peer is ejected now.
func (p *Proxy) free(t *Try, failed, keep bool, nowNs int64) (ejected bool) {
	w := &p.workers[t.worker]
	g := &w.view[t.group]
	ejected = p.leave(g, t, failed, nowNs)
	if p.cfg.Keepalive == 0 || !keep || !p.cached(w, t, int(g.index[t.at]), nowNs) {
		w.slots.free++
	}
	return ejected
}

// leave takes the request back from its peer and records how it went.
func (p *Proxy) leave(g *group, t *Try, failed bool, nowNs int64) (ejected bool) {
	i := int(t.at)
	t.holding = false
	g.release(i)
	if failed && !p.single && p.cfg.Policy != balancing.Resolve { // else no record outlives the request
		return g.fail(i, p.clock(nowNs))
	}
	if !failed && g.failing > 0 {
		g.succeed(i)
	}
	return false
}

// groupSize is the number of peers in the present group.
func (p *Proxy) groupSize(t *Try) int {
	return len(p.workers[t.worker].view[t.group].index)
}
