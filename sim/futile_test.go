package sim

import (
	"fmt"
	"testing"
	"time"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
	"github.com/k9mil/velocitas/sim/random"
)

// A replication ends early only if its own figures, had it gone on, exceed a
// bound, and what did not end early is as if it had been made as usual.
func TestFutileIsRight(t *testing.T) {
	rnd := random.New(3, 0, "systems", 0)
	ended, kept := 0, 0
	for range 60 {
		n := 1 + int(rnd.Uint64n(4))
		yaml := fmt.Sprintf("duration: 20s\nwarm_up: 2s\nload: {rate: %d, timeout: %dms}\nbalancer: {worker_connections: %d}\ninstance: {demand: {distribution: exponential, mean: 10ms}, discipline: %s}\n",
			n*(30+int(rnd.Uint64n(90))), 100+rnd.Uint64n(2000), 20+rnd.Uint64n(1000), []string{"fifo", "ps"}[rnd.Uint64n(2)])
		bounds := []Bound{{Latency: time.Duration(20+rnd.Uint64n(200)) * time.Millisecond, Share: []float64{0.5, 0.05, 0.01}[rnd.Uint64n(3)]}}
		in := yamlInput(t, yaml)
		whole, err := NewSample(t.Context(), in, n)
		if err != nil {
			t.Fatal(err)
		}
		if err := whole.Grow(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		early, err := NewSample(t.Context(), in, n)
		if err != nil {
			t.Fatal(err)
		}
		exceeded, took, err := early.Futile(t.Context(), 1, bounds)
		if err != nil {
			t.Fatal(err)
		}
		late, all := lateIn(whole.outs[0], bounds[0].Latency)
		if exceeded == 0 {
			kept++
			a, b := early.Replications()[0], whole.Replications()[0]
			if !a.latency.Equals(b.latency) {
				t.Errorf("guarded, latencies differ\n%s", yaml)
			}
			a.latency, b.latency = nil, nil
			if a != b {
				t.Errorf("guarded, it differs\n%s", yaml)
			}
			continue
		}
		ended++
		if float64(late) < bounds[0].Share*float64(all) {
			t.Errorf("ended after %v for %v, but %d of %d is late or failed\n%s", took, bounds, late, all, yaml)
		}
	}
	if ended < 10 || kept < 10 {
		t.Errorf("%d ended and %d did not: too few of one kind", ended, kept)
	}
}

// lateIn counts requests that failed or took longer, to the histogram's three
// digits, and all that finished.
func lateIn(o *outcome, limit time.Duration) (late, all int64) {
	for s, n := range o.status {
		all += n
		if s != int(answered) {
			late += n
		}
	}
	for _, b := range o.latency.Distribution() {
		if b.To*latencyUnitNs >= int64(limit) {
			late += b.Count
		}
	}
	return late, all
}

// What the parts can do at most, worked out by hand.
func TestCapacities(t *testing.T) {
	for _, c := range []struct {
		yaml        string
		nginx, host float64
	}{
		{"balancer: {cost: 1ms, workers: 2}\nhost: {cores: 4, balancer: shared}\n", 2000, 4 / 0.011},
		{"balancer: {cost: 1ms}\nhost: {cores: 4, balancer: own, count: 2}\n", 1000, 8 / 0.01},
	} {
		s, err := NewSample(t.Context(), yamlInput(t, "warm_up: 1s\nload: {rate: 1}\ninstance: {demand: 10ms}\n"+c.yaml), 3)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.NginxRps(); got < 0.9999*c.nginx || got > 1.0001*c.nginx {
			t.Errorf("nginx can do %v, want %v\n%s", got, c.nginx, c.yaml)
		}
		if got := s.HostRps(); got < 0.9999*c.host || got > 1.0001*c.host {
			t.Errorf("hosts can do %v, want %v\n%s", got, c.host, c.yaml)
		}
	}
}

func yamlInput(t *testing.T, yaml string) Input {
	t.Helper()
	s, err := scenarios.Parse("test.yaml", []byte(yaml))
	if err != nil {
		t.Fatal(err)
	}
	p, err := model.LoadProfile(t.Context(), s.Profile)
	if err != nil {
		t.Fatal(err)
	}
	return Input{Scenario: s, Profile: p}
}
