package nginx

import (
	"net/netip"
	"testing"

	"github.com/k9mil/velocitas/scenarios/balancing"
)

// TestCycleRuns checks that the fast path is in fact taken: after one period, and
// again after an outage is over. That it changes nothing is for TestPlainScan.
func TestCycleRuns(t *testing.T) {
	peers := []Peer{DefaultPeer("a"), DefaultPeer("b"), DefaultPeer("c")}
	peers[0].Weight = 4
	p := mustNew(t, Config{Peers: peers})
	client, _ := p.AcceptClient(0, 0, 0)
	var try Try
	serve := func(n int, nowNs int64) {
		for range n {
			p.Begin(&try, 0, client, Request{}, nowNs)
			p.Pick(&try, nowNs)
			p.Release(&try, 200, nowNs)
		}
	}
	serve(5, 0)
	cycle := &p.workers[0].view[0].cycle // a worker has a state of its own once it is used
	if cycle.running {
		t.Fatal("runs before a period of 6 is over")
	}
	serve(1, 0)
	if !cycle.running {
		t.Fatal("does not run after a period")
	}
	serve(4, 0)
	p.Begin(&try, 0, client, Request{}, 0)
	p.Pick(&try, 0)
	p.Release(&try, Refused, 0)
	p.Pick(&try, 0)
	p.Release(&try, 200, 0)
	serve(20, second)
	if cycle.running {
		t.Fatal("runs while a peer is out")
	}
	serve(30, 20*second)
	if !cycle.running {
		t.Error("does not run although the outage is over")
	}
}

// TestPeriodTooLong: weights that repeat only after more choices than are worth
// noting are scanned for ever.
func TestPeriodTooLong(t *testing.T) {
	for _, c := range []struct{ a, b, period int }{
		{1, maxPeriod, 0},         // one too many
		{1, maxPeriod - 1, 65536}, // just not
		{300_000, 900_000, 4},     // the common divisor goes out
	} {
		peers := []Peer{DefaultPeer("a"), DefaultPeer("b")}
		peers[0].Weight, peers[1].Weight = c.a, c.b
		g := newGroup(peers, false)
		if g.cycle.period != c.period {
			t.Errorf("weights %d and %d: period %d, want %d", c.a, c.b, g.cycle.period, c.period)
		}
	}
}

// TestCycleStopsForWeight: with hash, a peer can fail and be forgiven without one
// round robin choice in between. Requests without a key must notice all the same
// that its effective weight, down to 0, has to come back first.
func TestCycleStopsForWeight(t *testing.T) {
	peers := []Peer{DefaultPeer("a"), DefaultPeer("b")}
	peers[0].Weight = 5
	p := mustNew(t, Config{Policy: balancing.Hash, Peers: peers, NextUpstream: NextOff})
	client, _ := p.AcceptClient(0, 0, 0)
	var try Try
	request := func(key string, out Outcome, nowNs int64) int {
		p.Begin(&try, 0, client, Request{Key: KeyFor(balancing.Hash, netip.Addr{}, key)}, nowNs)
		peer, _ := p.Pick(&try, nowNs)
		p.Release(&try, out, nowNs)
		return peer
	}
	for range 6 {
		request("", 200, 0)
	}
	if !p.workers[0].view[0].cycle.running {
		t.Fatal("does not run after a period")
	}
	if a := request("some key", Refused, 0); a != 0 {
		t.Fatalf("the key goes to peer %d, not to the heavy one", a)
	}
	request("some key", 200, 20*second)
	if got := request("", 200, 20*second); got != 1 {
		t.Errorf("peer %d was chosen at an effective weight of 0", got)
	}
}
