package nginx

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/k9mil/velocitas/scenarios/balancing"
)

// TestMisses: 20 rounds may miss; with the 21st miss the request turns to round
// robin, whose first choice is peer 0. Keys that first hit peer 1 in their 21st
// and in their 22nd round lie on either side of that.
func TestMisses(t *testing.T) {
	peers := []Peer{DefaultPeer("a"), DefaultPeer("b"), DefaultPeer("c")}
	peers[0].Weight, peers[1].Weight = 20, 20
	peers[2].Weight, peers[2].Down = 120, true
	found := map[int]bool{}
	for n := range 20000 {
		q := &refRequest{text: fmt.Sprint("key", n)}
		misses, ref := 0, newRefPeers(peers)
		peer := ref.byWeight(q.textRound())
		for peer.Down {
			misses++
			peer = ref.byWeight(q.textRound())
		}
		want, ok := map[int]int{20: 1, 21: 0}[misses]
		if !ok || peer.index != 1 {
			continue
		}
		found[misses] = true
		p := mustNew(t, Config{Policy: balancing.Hash, Peers: peers})
		client, _ := p.AcceptClient(0, 0, 0)
		var try Try
		p.Begin(&try, 0, client, Request{Key: KeyFor(balancing.Hash, netip.Addr{}, q.text)}, 0)
		if got, _ := p.Pick(&try, 0); got != want {
			t.Errorf("%s has %d misses: peer %d, want %d", q.text, misses, got, want)
		}
	}
	if !found[20] || !found[21] {
		t.Errorf("no key was found with so many misses: %v", found)
	}
}
