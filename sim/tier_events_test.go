package sim

import (
	"fmt"
	"strings"
	"testing"

	"github.com/k9mil/velocitas/scenarios"
)

// What happens to a tier, worked out by hand: calls of 10 ms of CPU each, or as
// stated, that arrive at the given times (in ms).
func TestTierEvents(t *testing.T) {
	const (
		plain    = "tiers: {db: {operations: {q: 10ms}}}"
		waiting  = "tiers: {db: {workers: 1, operations: {q: 10ms}}}"
		pooled   = "tiers: {db: {pool: 1, pool_timeout: 15ms, operations: {q: 10ms}}}"
		chained  = "tiers: {db: {pool: 1, operations: {q: {steps: [cpu: 5ms, call: disk.io, cpu: 5ms]}}}, disk: {workers: 1, operations: {io: 20ms}}}"
		parallel = "tiers: {db: {operations: {q: {steps: [{parallel: [cpu: 4ms, wait: 30ms]}]}}}}"
		two      = "tiers: {db: {instances: 2, operations: {q: 10ms}}}"
	)
	for _, row := range []struct {
		name, tiers, event string
		arrivals           string
		want               string // when each ended and how, in that order
	}{
		{"stop: who is inside fails, and so does who comes until it starts", plain, "{at: 5ms, tier: db, do: stop, for: 20ms}",
			"0 10 30", "5 tier down, 10 tier down, 40 ok"},
		{"who waits for a worker fails, too", waiting, "{at: 5ms, tier: db, do: stop}",
			"0 1 2", "5 tier down, 5 tier down, 5 tier down"},
		{"who waits for the pool goes on, and is told at once", pooled, "{at: 5ms, tier: db, do: restart, for: 3ms}",
			"0 1 9", "5 tier down, 5 tier down, 19 ok"},
		{"pause: it stands still, and the pool times out", pooled, "{at: 5ms, tier: db, do: pause, for: 100ms}",
			"0 10", "25 pool timeout, 110 ok"},
		{"slow: half of it is done, the rest takes five times as long", plain, "{at: 5ms, tier: db, do: slow, factor: 5}",
			"0", "30 ok"},
		{"slow for a while", plain, "{at: 5ms, tier: db, do: slow, factor: 5, for: 10ms}",
			"0 50", "18 ok, 60 ok"},
		{"what a further tier computes goes on for nobody", chained, "{at: 10ms, tier: db, do: restart, for: 1ms}",
			"0 11", "10 tier down, 50 ok"},
		{"the further tier stops: the call through the first fails", chained, "{at: 10ms, tier: disk, do: restart, for: 1ms}",
			"0 11", "10 tier down, 41 ok"},
		{"who waits for the further tier's worker fails with the first, once", chained, "{at: 31ms, tier: db, do: stop}",
			"0 1", "30 ok, 31 tier down"},
		{"branches inside the tier fail as one", parallel, "{at: 5ms, tier: db, do: stop}",
			"0", "5 tier down"},
		{"one of two stations: every other call fails", two, "{at: 1ms, tier: db, instance: 2, do: stop}",
			"0 20 40 60", "10 ok, 20 tier down, 50 ok, 60 tier down"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := endings(t, row.arrivals, "service: {requests: {get: {steps: [call: db.q]}}}\n"+row.tiers+"\nevents: ["+row.event+"]\n")
			if got != row.want {
				t.Errorf("it ends %s; want %s", got, row.want)
			}
		})
	}
}

// endings runs requests that arrive at given times (in ms) through one instance,
// and says when each ended and why it failed.
func endings(t *testing.T, arrivalsMs, rest string) string {
	t.Helper()
	s, err := scenarios.Parse("test.yaml", []byte("name: test\ninstances: 1\nduration: 1s\nload: {rate: 1}\nbalancer: {next_upstream: [off]}\n"+rest))
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := build(s, referenceProfile(t), s.Instances[0])
	if err != nil {
		t.Fatal(err)
	}
	var at []int64
	for _, word := range strings.Fields(arrivalsMs) {
		var when int64
		if _, err := fmt.Sscan(word, &when); err != nil {
			t.Fatal(err)
		}
		at = append(at, when*ms)
	}
	cfg.arrivals = &arrivalSpec{trace: at}
	_, all := recorded(t, cfg, cfg.horizonNs, false)
	var text []string
	for _, r := range all {
		how := named[r.status].cause
		if how == "" {
			how = "ok"
		}
		text = append(text, fmt.Sprintf("%v %s", float64(r.endNs)/float64(ms), how))
	}
	return strings.Join(text, ", ")
}
