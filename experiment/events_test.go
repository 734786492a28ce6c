//go:build linux

package experiment_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/k9mil/velocitas/internal/needs"
	"github.com/k9mil/velocitas/live/load"
)

// An instance stands still for a while, later it is killed and started again
// soon, and then the rate doubles: clients that gave up on it try again and are
// answered by the other, and nothing of it counts as a fault or stays. It has the
// machine for itself, as a generator that falls behind measures nothing.
func TestEventsLocal(t *testing.T) {
	needs.Full(t) // by real time, for minutes; how each event is made is tested in live/stack
	needNginx(t)
	r := measured(t, place{}, "--profile", "testdata/store.json", "--scenario", scenarioFile(t, `name: first
instances: 2-2
duration: 8s
warm_up: 1s
load:
  rate_per_instance: 15
  shape: {kind: steps, steps: [{at: 6s, factor: 2}]}
  timeout: 400ms
  retries: 3
balancer: {max_fails: 1, fail_timeout: 1s}
instance: {keys: 50, cpus: 0.6, threads: 1}
events:
  - {at: 1500ms, instance: 2, do: pause, for: 2s}
  - {at: 4500ms, instance: 2, do: restart, for: 500ms}
`), "--rounds", "2", "--stack", "local")
	for _, records := range r.withEvents() {
		all := func(load.Record) bool { return true }
		still := count(records, 1900*time.Millisecond, 3*time.Second, all)
		late := count(records, 1900*time.Millisecond, 3*time.Second, func(rec load.Record) bool { return rec.Latency > 400*time.Millisecond })
		second := count(records, 1900*time.Millisecond, 3*time.Second, func(rec load.Record) bool {
			return rec.Instance == "instance-2" && rec.Intended+rec.Latency < 3500*time.Millisecond
		})
		// Every other request is first sent to the one that stands still.
		if second > 0 || late < still/4 {
			t.Errorf("of %d requests while one stood still it answered %d, and %d were tried again: want none, and about half", still, second, late)
		}
		again := count(records, 6*time.Second, 8*time.Second, func(rec load.Record) bool { return rec.Instance == "instance-2" })
		// 120 are due, with a standard deviation of 11; at the rate before it, 60.
		if due := count(records, 6*time.Second, 8*time.Second, all); due < 76 || due > 164 || again < due/4 {
			t.Errorf("%d requests in the last two seconds, %d of them to the one that was started again: want about 120, and half", due, again)
		}
	}
}

// count is how many of the requests due in some time were answered and are so.
func count(records []load.Record, from, to time.Duration, so func(load.Record) bool) int {
	n := 0
	for _, rec := range records {
		if rec.Intended >= from && rec.Intended < to && rec.Status == 200 && so(rec) {
			n++
		}
	}
	return n
}

// In containers an instance is killed and started again, later it is slow for a
// while: requests go elsewhere meanwhile, take longer meanwhile. A killed one
// leaves its address, which refuses.
func TestEventsCompose(t *testing.T) {
	needs.Full(t) // as the one above
	needNginx(t)
	r := measured(t, needEngine(t), "--profile", "testdata/store.json", "--scenario", scenarioFile(t, `name: first
instances: 2-2
duration: 8s
warm_up: 1s
load: {rate_per_instance: 15}
balancer: {max_fails: 1, fail_timeout: 1s}
instance: {keys: 500, cpus: 0.3, threads: 1}
events:
  - {at: 1500ms, instance: 2, do: stop}
  - {at: 3s, instance: 2, do: start}
  - {at: 5500ms, instance: 2, do: slow, factor: 12, for: 2s}
`), "--rounds", "2", "--stack", "compose", "--nginx-from-host")
	for _, records := range r.withEvents() {
		r.checkKilledAndSlow(records)
	}
}

func scenarioFile(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "scenario.yaml")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// withEvents gives the requests of each block of a run with events.
// Nothing of it may count as a fault, and the prediction has to be near.
func (r *run) withEvents() (blocks [][]load.Record) {
	r.t.Helper()
	for _, fault := range []string{"was restarted", "does not run", "stands still", "could not reach"} {
		if said := r.stdout.String(); strings.Contains(said, fault) {
			r.t.Errorf("an event was taken for a fault: %s", said)
		}
	}
	files, err := filepath.Glob(filepath.Join(r.out, "first-records", "*.csv.gz"))
	if err != nil || len(files) < 2 {
		r.t.Fatalf("%d files of records, %v", len(files), err)
	}
	for _, file := range files {
		records, err := load.ReadFile(file)
		if err != nil {
			r.t.Fatal(err)
		}
		blocks = append(blocks, records)
	}
	measured, predicted := r.curves()
	m, p := measured.Points[0], predicted.Points[0]
	if ratio := p.LatencyMs.P99.Value / m.LatencyMs.P99.Value; ratio < 1./4 || ratio > 4 {
		r.t.Errorf("p99 %v ms predicted, %v measured", p.LatencyMs.P99.Value, m.LatencyMs.P99.Value)
	}
	// Few replications of two blocks leave the predicted rate open to some
	// percent; its interval has to reach down to nearly none.
	if m.Errors.Rate.Value > 0.02 || p.Errors.Rate.Lo > 0.02 {
		r.t.Errorf("%v failed, %v predicted: want nearly none, since the next one is asked", m.Errors.Rate, p.Errors.Rate)
	}
	return blocks
}

// checkKilledAndSlow wants one instance, whichever has the second address, to be
// asked except while it is away, and its requests to take longer while it is
// slow.
func (r *run) checkKilledAndSlow(records []load.Record) {
	r.t.Helper()
	within := func(from, to float64) (counts map[string]int, latencies map[string][]time.Duration) {
		counts, latencies = map[string]int{}, map[string][]time.Duration{}
		for _, rec := range records {
			if at := rec.Intended.Seconds(); at >= from && at < to && rec.Status == 200 {
				counts[rec.Instance]++
				latencies[rec.Instance] = append(latencies[rec.Instance], rec.Latency)
			}
		}
		return counts, latencies
	}
	while, _ := within(1.8, 2.8)
	if len(while) != 1 {
		r.t.Fatalf("while one was away, these answered: %v", while)
	}
	before, unslowed := within(0.4, 1.4)
	second := ""
	for name := range before {
		if while[name] == 0 {
			second = name
		}
	}
	if len(before) != 2 || second == "" {
		r.t.Fatalf("answers before %v, while one was away %v", before, while)
	}
	after, slow := within(6, 7.5)
	if after[second] == 0 {
		r.t.Errorf("after the start %v answered", after)
		return
	}
	// A twelfth of 0.3 cores is not enough for its requests: they pile up.
	if was, is := median(unslowed[second]), median(slow[second]); is < 3*was {
		r.t.Errorf("median of a slow instance %v, before %v", is, was)
	}
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}
