package nginx

import "testing"

// TestCycleRuns checks that the short way is in fact taken: after one period, and
// again after an outage is over. That it changes nothing is for TestPlainScan.
func TestCycleRuns(t *testing.T) {
	peers := []Peer{DefaultPeer("a"), DefaultPeer("b"), DefaultPeer("c")}
	peers[0].Weight = 4
	p := mustNew(t, Config{Peers: peers})
	client, _ := p.AcceptClient(0, 0, 0)
	cycle := &p.workers[0].view[0].cycle
	var try Try
	serve := func(n int, nowNs int64) {
		for range n {
			p.Begin(&try, 0, client, Request{}, nowNs)
			p.Pick(&try, nowNs)
			p.Release(&try, 200, nowNs)
		}
	}
	serve(5, 0)
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
