package nginx

import (
	"slices"
	"testing"
)

// TestBudgetOfTries has rules that the recordings do not reach: who counts in the
// budget of tries, and what comes of the last one.
func TestBudgetOfTries(t *testing.T) {
	down, backup := DefaultPeer("b"), DefaultPeer("c")
	down.Down, backup.Backup = true, true
	for _, c := range []struct {
		name string
		cfg  Config
		out  Outcome
		want []int16 // statuses: 0 for a retry, at last what the client sees
	}{
		{"the down peer is not counted, so the 500 is the last answer",
			Config{NextUpstream: Next500, Peers: []Peer{DefaultPeer("a"), down}}, 500, []int16{500}},
		{"and a refused connection is the end",
			Config{Peers: []Peer{DefaultPeer("a"), down}}, Refused, []int16{502}},
		{"backups are counted",
			Config{NextUpstream: Next500, Peers: []Peer{DefaultPeer("a"), backup}}, 500, []int16{0, 500}},
		{"invalid headers go on only if listed",
			Config{Peers: []Peer{DefaultPeer("a"), DefaultPeer("b")}}, InvalidHeader, []int16{502}},
		{"invalid_header listed",
			Config{NextUpstream: NextInvalidHeader, Peers: []Peer{DefaultPeer("a"), DefaultPeer("b")}}, InvalidHeader, []int16{0, 502}},
		{"a client that has gone ends the request",
			Config{Peers: []Peer{DefaultPeer("a"), DefaultPeer("b")}}, ClientGone, []int16{499}},
	} {
		p := mustNew(t, c.cfg)
		client, _ := p.AcceptClient(0, 0, 0)
		var try Try
		p.Begin(&try, 0, client, Request{}, 0)
		var got []int16
		for {
			if _, how := p.Pick(&try, 0); how.Status() != 0 {
				got = append(got, how.Status())
				break
			}
			next := p.Release(&try, c.out, 0)
			got = append(got, next.Status)
			if !next.Retry {
				break
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}
