package nginx

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/k9mil/velocitas/scenarios/balancing"
)

func benchPeers(n, weights int) []Peer {
	var peers []Peer
	for i := range n {
		p := DefaultPeer(fmt.Sprintf("10.0.%d.%d:3000", i/250, i%250))
		p.Weight = 1 + i%weights
		peers = append(peers, p)
	}
	return peers
}

// BenchmarkRequest is Begin, Pick and Release of one request while others are
// held, so that least_conn has something to compare.
func BenchmarkRequest(b *testing.B) {
	for _, c := range []struct {
		name      string
		cfg       Config
		n, weight int
	}{
		{"round_robin", Config{}, 8, 1},
		{"round_robin", Config{}, 64, 1},
		{"round_robin", Config{}, 1000, 1},
		{"round_robin/weights", Config{}, 64, 5},
		{"round_robin/keepalive", Config{Keepalive: 64}, 64, 1},
		{"least_conn", Config{Policy: balancing.LeastConn}, 8, 1},
		{"least_conn", Config{Policy: balancing.LeastConn}, 64, 1},
		{"least_conn", Config{Policy: balancing.LeastConn}, 1000, 1},
		{"random_two", Config{Policy: balancing.RandomTwo}, 64, 1},
		{"ip_hash", Config{Policy: balancing.IPHash}, 64, 1},
		{"hash", Config{Policy: balancing.Hash}, 64, 1},
		{"hash_consistent", Config{Policy: balancing.HashConsistent}, 64, 1},
		{"resolve", Config{Policy: balancing.Resolve}, 64, 1},
	} {
		b.Run(fmt.Sprintf("%s/%d", c.name, c.n), func(b *testing.B) {
			c.cfg.Peers = benchPeers(c.n, c.weight)
			benchRequests(b, c.cfg)
		})
	}
}

// BenchmarkOnePeerOut is round robin while one peer is ejected: the plain scan.
func BenchmarkOnePeerOut(b *testing.B) {
	for _, n := range []int{8, 64, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			cfg := Config{Peers: benchPeers(n, 1)}
			cfg.Peers[n/2].FailTimeoutS = 1 << 40
			benchRequests(b, cfg, n/2)
		})
	}
}

func benchRequests(b *testing.B, cfg Config, broken ...int) {
	cfg.WorkerConnections = 1 << 20
	p, err := New(cfg, pcg{rand.New(rand.NewPCG(1, 2))})
	if err != nil {
		b.Fatal(err)
	}
	client, _ := p.AcceptClient(0, 0, 0)
	request := Request{Key: KeyFor(cfg.Policy, netip.MustParseAddr("192.0.2.1"), "some key")}
	held := make([]Try, 3*len(cfg.Peers)/2)
	serve := func(t *Try) {
		p.Begin(t, 0, client, request, 0)
		peer, _ := p.Pick(t, 0)
		if len(broken) > 0 && peer == broken[0] {
			p.Release(t, Refused, 0)
			p.Pick(t, 0)
		}
	}
	for i := range held {
		serve(&held[i])
	}
	b.ReportMetric(float64(len(cfg.Peers)), "peers")
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		t := &held[i]
		p.Release(t, 200, 0)
		serve(t)
		if i++; i == len(held) {
			i = 0
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
}

// BenchmarkChoice is the choice of round robin alone, without the request around it.
func BenchmarkChoice(b *testing.B) {
	for _, n := range []int{8, 64, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			p, err := New(Config{Peers: benchPeers(n, 1)}, nil)
			if err != nil {
				b.Fatal(err)
			}
			var t Try
			g := &p.workers[0].view[0]
			b.ReportAllocs()
			for b.Loop() {
				g.release(p.choose(g, &t, 0))
			}
		})
	}
}
