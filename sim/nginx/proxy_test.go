package nginx

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/k9mil/velocitas/scenarios/balancing"
)

// TestNoAllocation: once warm, requests need no memory, retries over many peers
// included.
func TestNoAllocation(t *testing.T) {
	for _, policy := range balancing.All() {
		peers := make([]Peer, 200)
		for i := range peers {
			peers[i] = DefaultPeer(fmt.Sprintf("10.0.0.%d:80", i))
			peers[i].MaxFails = i % 2
		}
		p, err := New(Config{Policy: policy, Peers: peers, Tries: 100}, pcg{rand.New(rand.NewPCG(1, 2))})
		if err != nil {
			t.Fatal(err)
		}
		key := KeyFor(policy, netip.MustParseAddr("192.0.2.1"), "key")
		var try Try
		request := func() {
			client, _ := p.AcceptClient(0, 1, 0)
			p.Begin(&try, 0, client, Request{Key: key}, 0)
			for {
				if _, how := p.Pick(&try, 0); how.Status() != 0 || !p.Release(&try, Refused, 0).Retry {
					break
				}
			}
			p.CloseClient(0, client)
		}
		if n := testing.AllocsPerRun(20, request); n > 0 {
			t.Errorf("%v: %g allocations a request", policy, n)
		}
	}
}

// TestRandomTwoOfTwo: with two peers there is but one pair to draw, so the load
// is level at every moment.
func TestRandomTwoOfTwo(t *testing.T) {
	p, err := New(Config{Policy: balancing.RandomTwo, Peers: []Peer{DefaultPeer("a"), DefaultPeer("b")}}, pcg{rand.New(rand.NewPCG(1, 2))})
	if err != nil {
		t.Fatal(err)
	}
	client, _ := p.AcceptClient(0, 0, 0)
	var load [2]int
	for i := range 60 {
		var try Try
		p.Begin(&try, 0, client, Request{}, 0)
		peer, _ := p.Pick(&try, 0)
		load[peer]++
		if d := load[0] - load[1]; d < -1 || d > 1 {
			t.Fatalf("after %d held requests the peers have %v", i+1, load)
		}
	}
}

// TestMisuse: calls in the wrong order are bugs of the caller.
func TestMisuse(t *testing.T) {
	for name, wrong := range map[string]func(*Proxy, *Try){
		"Release first":    func(p *Proxy, t *Try) { p.Release(t, 200, 0) },
		"Pick twice":       func(p *Proxy, t *Try) { p.Pick(t, 0); p.Pick(t, 0) },
		"unknown outcome":  func(p *Proxy, t *Try) { p.Pick(t, 0); p.Release(t, 0, 0) },
		"client is closed": func(p *Proxy, t *Try) { p.CloseClient(0, 0); p.Begin(t, 0, 0, Request{}, 0) },
	} {
		p := mustNew(t, Config{Peers: []Peer{DefaultPeer("a"), DefaultPeer("b")}})
		client, _ := p.AcceptClient(0, 0, 0)
		var try Try
		p.Begin(&try, 0, client, Request{}, 0)
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			wrong(p, &try)
		}()
	}
}
