package nginx

import (
	"fmt"
	"net/netip"
	"testing"

	"pgregory.net/rapid"

	"github.com/k9mil/velocitas/scenarios/balancing"
)

// refPeer and refPeers are nginx's balancer in the plainest form: every choice
// looks at every peer and keeps every number up to date. The fast ways of the
// package must not differ from it in anything that can be seen.
type refPeer struct {
	Peer
	index                            int
	current, effective, conns, fails int
	accessed, checked                int64
}

type refPeers struct {
	primary, backup []*refPeer
	points          []refPoint // of the ring, sorted
}

type refRequest struct {
	tried  map[int]bool
	backup bool
	peer   *refPeer

	addr   netip.Addr
	text   string
	hash   uint32
	rounds int
	misses int
}

func newRefPeers(peers []Peer) *refPeers {
	r := &refPeers{}
	for i, p := range peers {
		x := &refPeer{Peer: p, index: i, effective: p.Weight}
		if p.Backup {
			r.backup = append(r.backup, x)
		} else {
			r.primary = append(r.primary, x)
		}
	}
	return r
}

func (p *refPeer) usable(q *refRequest, now int64) bool {
	switch {
	case q.tried[p.index], p.Down:
		return false
	case p.MaxFails > 0 && p.fails >= p.MaxFails && now-p.checked <= p.FailTimeoutS:
		return false
	}
	return p.MaxConns == 0 || p.conns < p.MaxConns
}

func (r *refPeers) get(policy balancing.Policy, q *refRequest, now int64) int {
	peers := r.primary
	if q.backup {
		peers = r.backup
	}
	var best *refPeer
	if policy.Facts().Key != balancing.None && len(peers) > 1 {
		best = r.hashed(policy, q, now)
	} else {
		best = refBest(policy, peers, q, now)
	}
	if best == nil && !q.backup && len(r.backup) > 0 {
		q.backup = true
		q.tried = map[int]bool{}
		return r.get(policy, q, now)
	}
	if best == nil {
		return -1
	}
	if now-best.checked > best.FailTimeoutS {
		best.checked = now
	}
	best.conns++
	q.tried[best.index] = true
	q.peer = best
	return best.index
}

func refBest(policy balancing.Policy, peers []*refPeer, q *refRequest, now int64) *refPeer {
	var usable []*refPeer
	for _, p := range peers {
		if p.usable(q, now) {
			usable = append(usable, p)
		}
	}
	if policy == balancing.LeastConn {
		usable = refLeast(usable)
		if len(usable) == 1 {
			return usable[0]
		}
	}
	return refTurn(usable)
}

// refLeast keeps the peers with the least load.
func refLeast(peers []*refPeer) []*refPeer {
	var least []*refPeer
	for _, p := range peers {
		d := 0
		if len(least) > 0 {
			d = p.conns*least[0].Weight - least[0].conns*p.Weight
		}
		switch {
		case d < 0:
			least = []*refPeer{p}
		case d == 0:
			least = append(least, p)
		}
	}
	return least
}

func refTurn(peers []*refPeer) *refPeer {
	var best *refPeer
	total := 0
	for _, p := range peers {
		p.current += p.effective
		total += p.effective
		if p.effective < p.Weight {
			p.effective++
		}
		if best == nil || p.current > best.current {
			best = p
		}
	}
	if best != nil {
		best.current -= total
	}
	return best
}

func (q *refRequest) free(failed bool, now int64) {
	p := q.peer
	p.conns--
	if !failed {
		if p.accessed < p.checked {
			p.fails = 0
		}
		return
	}
	p.fails++
	p.accessed, p.checked = now, now
	if p.MaxFails > 0 {
		p.effective = max(0, p.effective-p.Weight/p.MaxFails)
	}
}

// drawPeers makes an upstream of two peers or more.
func drawPeers(t *rapid.T, policy balancing.Policy) []Peer {
	n := rapid.OneOf(rapid.IntRange(2, 6), rapid.IntRange(60, 70)).Draw(t, "peers")
	weight := rapid.SampledFrom([]int{1, 1, 5}).Draw(t, "heaviest")
	peers := make([]Peer, n)
	for i := range peers {
		p := DefaultPeer(fmt.Sprintf("10.0.0.%d:80", i))
		p.Weight = rapid.IntRange(1, weight).Draw(t, "weight")
		p.MaxFails = rapid.SampledFrom([]int{1, 1, 0, 2, 3}).Draw(t, "max_fails")
		p.FailTimeoutS = rapid.Int64Range(0, 3).Draw(t, "fail_timeout")
		p.MaxConns = rapid.SampledFrom([]int{0, 0, 0, 1, 3}).Draw(t, "max_conns")
		p.Down = rapid.IntRange(0, 9).Draw(t, "down") == 0
		if policy == balancing.HashConsistent && i > 0 && rapid.IntRange(0, 3).Draw(t, "same server") == 0 {
			p.Server = peers[i-1].Server
		}
		p.Backup = i > 0 && policy.Facts().Key == balancing.None && rapid.IntRange(0, 5).Draw(t, "backup") == 0
		peers[i] = p
	}
	return peers
}

// TestPlainScan compares the package with the plain balancer over arbitrary
// interleavings of requests, retries, failures, successes and pauses.
func TestPlainScan(t *testing.T) {
	for _, policy := range []balancing.Policy{balancing.RoundRobin, balancing.LeastConn, balancing.IPHash, balancing.Hash, balancing.HashConsistent} {
		t.Run(policy.String(), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) { comparePlain(t, policy) })
		})
	}
}

// pair is one request in both balancers.
type pair struct {
	try *Try
	ref *refRequest
}

func comparePlain(t *rapid.T, policy balancing.Policy) {
	peers := drawPeers(t, policy)
	frac := rapid.Int64Range(0, second-1).Draw(t, "frac")
	p, err := New(Config{Policy: policy, Peers: peers, StartFracNs: frac, WorkerConnections: 1 << 20,
		NextUpstream: NextError | Next500 | Next404}, nil)
	if err != nil {
		t.Fatal(err)
	}
	client, _ := p.AcceptClient(0, 0, 0)
	ref := newRefPeers(peers)
	nowNs := int64(0)
	clock := func() int64 { return (nowNs+frac)/second + clockStart }
	var open []*pair
	pick := func(x *pair) bool {
		got, _ := p.Pick(x.try, nowNs)
		if want := ref.get(policy, x.ref, clock()); got != want {
			t.Fatalf("peer %d, by a plain scan %d", got, want)
		}
		return got >= 0
	}
	begin := func(t *rapid.T) *pair {
		x := &pair{&Try{}, &refRequest{tried: map[int]bool{}}}
		if policy.Facts().Key != balancing.None {
			x.ref.text = rapid.SampledFrom([]string{"", "a", "b", "c", "some key", "another", "z"}).Draw(t, "key")
			x.ref.addr = netip.AddrFrom4([4]byte{10, 0, rapid.Byte().Draw(t, "subnet"), 1})
		}
		p.Begin(x.try, 0, client, Request{Key: KeyFor(policy, x.ref.addr, x.ref.text)}, nowNs)
		return x
	}
	release := func(x *pair, out Outcome) bool {
		last := x.try.triesLeft == 1
		next := p.Release(x.try, out, nowNs)
		x.ref.free(out == Refused || out == 500 && !last, clock())
		return next.Retry
	}
	t.Repeat(map[string]func(*rapid.T){
		"open": func(t *rapid.T) {
			if x := begin(t); pick(x) {
				open = append(open, x)
			}
		},
		"close": func(t *rapid.T) {
			if len(open) == 0 {
				t.Skip("none open") // rapid takes another action
			}
			i := rapid.IntRange(0, len(open)-1).Draw(t, "which")
			out := rapid.SampledFrom([]Outcome{200, 200, 404, 500, Refused, ClientGone}).Draw(t, "outcome")
			if !release(open[i], out) || !pick(open[i]) {
				open = append(open[:i], open[i+1:]...)
			}
		},
		"burst": func(t *rapid.T) { // long enough for the cycle to run
			n := rapid.IntRange(1, 300).Draw(t, "requests")
			if policy.Facts().Key != balancing.None {
				n = min(n, 30)
			}
			for range n {
				if x := begin(t); pick(x) {
					release(x, 200)
				}
			}
		},
		"wait": func(t *rapid.T) { nowNs += rapid.Int64Range(0, 2*second).Draw(t, "ns") },
		"":     func(t *rapid.T) { compareState(t, viewOf(p), ref) },
	})
}

// viewOf is what the first worker sees, which has a state of its own only once
// it has had a request.
func viewOf(p *Proxy) *view {
	if v := p.workers[0].view; v != nil {
		return v
	}
	return p.fresh
}

// compareState compares all that can make a difference later.
func compareState(t *rapid.T, v *view, ref *refPeers) {
	for k, peers := range [][]*refPeer{ref.primary, ref.backup} {
		g := v[k]
		g.turns = append([]turn(nil), g.turns...) // look, do not touch
		g.cycle.choices = append([]int32(nil), g.cycle.choices...)
		g.cycle.stop(g.turns)
		i := 0
		for _, want := range peers {
			if want.Down {
				continue
			}
			fails, checked, accessed := int(g.health[i].fails), g.health[i].checked, g.health[i].accessed
			if want.MaxFails == 0 {
				fails = want.fails // nobody reads it
			}
			if want.fails == 0 || want.MaxFails == 0 {
				checked, accessed = want.checked, want.accessed // nobody reads them
			}
			got := fmt.Sprint(g.turns[i].current, g.turns[i].effective, g.active[i], fails, accessed, checked)
			if want := fmt.Sprint(want.current, want.effective, want.conns, want.fails, want.accessed, want.checked); got != want {
				t.Fatalf("peer %d: current, effective, active, fails, accessed, checked are %s, by a plain scan %s", g.index[i], got, want)
			}
			i++
		}
	}
}
