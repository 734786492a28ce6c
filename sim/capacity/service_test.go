package capacity

import (
	"context"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/k9mil/velocitas/scenarios"
	"github.com/k9mil/velocitas/sim"
)

// sharedParts are services whose limit is something that all instances share, with
// the rate that it can do by hand.
var sharedParts = []struct {
	name, yaml  string
	rps         float64
	limit, help string
}{
	{"a tier's CPU", "service: {requests: {a: {share: 75%, steps: [cpu: 1ms, call: db.get]}, b: {share: 25%, steps: [call: db.get, {call: db.put, times: 2}]}}}\n" +
		"tiers: {db: {cpus: 0.5, operations: {get: 1ms, put: 2ms}}}\n", 250, "tier db is the limit: its 0.5 cores", "tiers.db.cpus"},
	{"a tier's workers", "service: {requests: {a: {steps: [call: api.ask]}}}\n" +
		"tiers: {api: {workers: 3, instances: 2, operations: {ask: {steps: [wait: 20ms]}}}}\n", 300, "tier api is the limit: its 6 workers", "tiers.api.workers"},
	{"a tier's connections", "service: {requests: {a: {steps: [call: db.get]}}}\nnetwork: {inside: 5ms}\n" +
		"tiers: {db: {connections: 4, operations: {get: {steps: [wait: 15ms]}}}}\n", 200, "tier db is the limit: its 4 connections", "tiers.db.connections"},
	{"a lock of all", "service: {requests: {a: {steps: [cpu: 2ms, {lock: {name: ledger, of: all, steps: [cpu: 1ms, wait: 4ms]}, share: 50%}]}}}\n",
		400, "lock ledger, which all instances share, is the limit", "less time"},
	{"branches beside each other", "service: {requests: {a: {steps: [{lock: {name: x, of: all, steps: [{parallel: [{wait: 4ms}, {wait: 5ms}]}]}}]}}}\n",
		200, "lock x", "less time"},
}

func serviceInput(t *testing.T, yaml string) sim.Input {
	return input(t, "duration: 20s\nload: {rate: 10}\nbalancer: {cost: 0s, connect: 0s, worker_connections: 100000}\n"+yaml)
}

// What all instances share is said to be the limit without a search, and the
// simulator agrees: a tenth below the rate that it can do things are steady, a
// tenth above they are not.
func TestSharedPartsAreTheLimit(t *testing.T) {
	for _, c := range sharedParts {
		t.Run(c.name, func(t *testing.T) {
			in := serviceInput(t, c.yaml)
			least := math.Inf(1)
			for _, b := range sim.ServiceBounds(in.Scenario) {
				least = min(least, b.Rps(10, 0))
			}
			if math.Abs(least-c.rps) > 1e-6*c.rps {
				t.Errorf("bound %v, want %v", least, c.rps)
			}
			for times, steady := range map[float64]bool{0.9: true, 1.1: false} {
				q := Question{In: in, RateRps: rounded(times*c.rps, 4), Objectives: latency(P50, 300)}
				p := anew(t, q, 10, 1, 60*time.Second)
				if steady && c.name == "a tier's connections" {
					continue // beyond its maximum a tier refuses, which chance brings about below it
				}
				if got := !unsteady(p.Verdict) && keepsAll(q.Objectives, &p); got != steady {
					t.Errorf("at %v times the rate: %s, p50 %v", times, p.Verdict, p.LatencyMs.P50)
				}
			}
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			a, err := Plan(ctx, Question{In: in, RateRps: rounded(1.2*c.rps, 4), Max: 200, Objectives: latency(P99, 500)})
			if err != nil {
				t.Fatal(err)
			}
			if a.Instances != 0 || !a.Pointless || len(a.Rows) > 0 || !strings.HasPrefix(a.Limit, c.limit) || !strings.Contains(strings.Join(a.Helps, " "), c.help) {
				t.Errorf("%d, pointless %v, %s; helps %v", a.Instances, a.Pointless, a.Limit, a.Helps)
			}
		})
	}
}

// What each instance has of its own sets the least number that is simulated, and
// requests that may fail are left out of account, those that take most first.
func TestOwnPartsAreBounds(t *testing.T) {
	in := serviceInput(t, "service: {workers: 2, requests: {a: {share: 98%, steps: [wait: 10ms]}, b: {share: 2%, steps: [call: db.report]}}}\n"+
		"tiers: {db: {pool: 1, operations: {report: {steps: [wait: 300ms]}}}}\n")
	want := map[string][2]float64{ // of four instances: with none that may fail, and with a hundredth
		"workers":    {4 * 2 / 0.0158, 4 * 2 / (0.0158 - 0.01*0.3)},
		"pool of db": {4 / 0.006, 4 / (0.006 - 0.01*0.3)},
	}
	all := sim.ServiceBounds(in.Scenario)
	if len(all) != len(want) {
		t.Fatalf("bounds %+v", all)
	}
	for _, b := range all {
		w, found := want[map[string]string{"service.workers": "workers", "tiers.db.pool": "pool of db"}[b.Key]]
		if got := [2]float64{b.Rps(4, 0), b.Rps(4, 0.01)}; !found || !b.Instance || math.Abs(got[0]/w[0]-1) > 1e-9 || math.Abs(got[1]/w[1]-1) > 1e-9 {
			t.Errorf("%s: %v, want %v", b.What, got, w)
		}
	}
	s, err := newSearch(t.Context(), Question{In: in, RateRps: 1000, Max: 100, Objectives: latency(P99, 500)})
	if err != nil {
		t.Fatal(err)
	}
	// 0.158 of a second of work a worker: 7 have 14 workers of 15.8 wanted.
	if s.floor < 6 || s.floor > 7 {
		t.Errorf("%d instances and fewer are ruled out by what they have", s.floor)
	}
}

// A service without any of these has no bounds but its CPU.
func TestNoBounds(t *testing.T) {
	in := serviceInput(t, "service: {requests: {a: {steps: [cpu: 1ms, call: db.get]}}}\ntiers: {db: {operations: {get: {steps: [wait: 3ms]}}}}\n")
	if all := sim.ServiceBounds(in.Scenario); len(all) != 0 {
		t.Errorf("%+v", all)
	}
	if all := sim.ServiceBounds(&scenarios.Scenario{}); len(all) != 0 {
		t.Errorf("%+v", all)
	}
}
