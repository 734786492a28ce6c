package nginx

import (
	"strings"
	"testing"

	"github.com/k9mil/velocitas/scenarios/balancing"
)

func TestNewErrors(t *testing.T) {
	peers := func(change func(*Peer)) []Peer {
		p := DefaultPeer("a:80")
		change(&p)
		return []Peer{DefaultPeer("b:80"), p}
	}
	none := func(*Peer) {}
	for _, c := range []struct {
		cfg  Config
		want string
	}{
		// what nginx needs at all
		{Config{}, "no peers"},
		{Config{Peers: []Peer{{Server: "a:80", Weight: 1, Backup: true}}}, "at least one that is not a backup"},
		// values out of range name the peer and the parameter
		{Config{Peers: peers(func(p *Peer) { p.Weight = 0 })}, `peer 1 ("a:80"): weight is 0: must be from 1 to 1000000`},
		{Config{Peers: peers(func(p *Peer) { p.MaxFails = -1 })}, "max_fails is -1"},
		{Config{Peers: peers(func(p *Peer) { p.FailTimeoutS = -1 })}, "fail_timeout is -1 s"},
		{Config{Peers: peers(func(p *Peer) { p.MaxConns = -1 })}, "max_conns is -1"},
		{Config{Peers: peers(none), Workers: -1}, "Workers is -1: must not be negative"},
		{Config{Peers: peers(none), WorkerConnections: 1}, "worker_connections 1 is not enough"},
		{Config{Peers: peers(none), StartFracNs: 1e9}, "StartFracNs is 1000000000"},
		{Config{Peers: peers(none), Policy: balancing.Policy(len(balancing.All()))}, "Policy(8) is not a balancing policy"},
		// what the methods do not allow
		{Config{Policy: balancing.IPHash, Peers: peers(func(p *Peer) { p.Backup = true })}, "backup is not possible with ip_hash"},
		{Config{Policy: balancing.Resolve, Peers: peers(func(p *Peer) { p.Down = true })}, "need an upstream block"},
		{Config{Policy: balancing.Resolve, Peers: peers(none), Keepalive: 1}, "keepalive needs an upstream block"},
		{Config{Policy: balancing.HashConsistent, Peers: peers(func(p *Peer) { p.Weight = maxRingWeight })}, "must be at most 100000 with hash_consistent"},
		// a policy that draws cannot do without a source
		{Config{Policy: balancing.Random, Peers: peers(none)}, "random needs a source"},
	} {
		_, err := New(c.cfg, nil)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: got error %v, want one with %q", c.cfg, err, c.want)
		}
	}
}

func TestParse(t *testing.T) {
	for _, p := range balancing.All() {
		if got, err := balancing.Parse(p.String()); got != p || err != nil {
			t.Errorf("ParsePolicy(%q) = %v, %v", p, got, err)
		}
	}
	if _, err := balancing.Parse("rr"); err == nil || !strings.Contains(err.Error(), "want one of round_robin, least_conn") {
		t.Errorf("got %v", err)
	}
	set, err := ParseConditions("error", "http_503", "non_idempotent")
	if err != nil || set != NextError|Next503|NonIdempotent || set.String() != "error http_503 non_idempotent" {
		t.Errorf("got %v, %v", set, err)
	}
	for _, words := range [][]string{{"http_501"}, nil} {
		if _, err := ParseConditions(words...); err == nil {
			t.Errorf("ParseConditions(%v) gives no error", words)
		}
	}
}
