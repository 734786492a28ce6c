//go:build linux

package live_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/k9mil/velocitas/live/load"
)

// An instance is killed and started again, later it is slow for a while: requests
// go elsewhere meanwhile, take longer meanwhile, and nothing of it counts as a
// fault or stays. It has the machine for itself, as a generator that falls behind
// measures nothing.
func TestEventsLocal(t *testing.T) {
	needNginx(t)
	r := start(t, "--profile", "testdata/store.json", "--scenario", eventsFile(t), "--rounds", "2", "--stack", "local")
	r.checkEvents("instance-2")
}

// In containers, too: a killed instance leaves its address, which refuses.
func TestEventsCompose(t *testing.T) {
	needNginx(t)
	r := startAt(t, needEngine(t), "--profile", "testdata/store.json", "--scenario", eventsFile(t), "--rounds", "2", "--stack", "compose", "--nginx-from-host")
	r.checkEvents("")
}

func eventsFile(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "events.yaml")
	text := `name: first
instances: 2-2
duration: 10s
warm_up: 1s
load: {rate_per_instance: 15}
balancer: {max_fails: 1, fail_timeout: 1s}
instance: {keys: 500, cpus: 0.3, threads: 1}
events:
  - {at: 2500ms, instance: 2, do: stop}
  - {at: 4500ms, instance: 2, do: start}
  - {at: 7s, instance: 2, do: slow, factor: 12, for: 2500ms}
`
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// checkEvents looks at the requests of every block of eventsFile. The second
// instance has the name, or the one that did not answer while it was away.
func (r *run) checkEvents(second string) {
	r.t.Helper()
	r.succeeds()
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
		r.checkBlock(records, second)
	}
	measured, predicted := r.curves()
	m, p := measured.Points[0], predicted.Points[0]
	if ratio := p.LatencyMs.P99.Value / m.LatencyMs.P99.Value; ratio < 1./4 || ratio > 4 {
		r.t.Errorf("p99 %v ms predicted, %v measured", p.LatencyMs.P99.Value, m.LatencyMs.P99.Value)
	}
	if m.Errors.Rate.Value > 0.02 || p.Errors.Rate.Value > 0.02 {
		r.t.Errorf("%v failed, %v predicted: want nearly none, since nginx asks the next one", m.Errors.Rate, p.Errors.Rate)
	}
}

// checkBlock wants the second instance to be asked except while it is away, and
// its requests to take longer while it is slow.
func (r *run) checkBlock(records []load.Record, second string) {
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
	while, _ := within(2.8, 4.3)
	if len(while) != 1 {
		r.t.Fatalf("while one was away, these answered: %v", while)
	}
	before, calm := within(1, 2.4)
	for name := range before {
		if second == "" && while[name] == 0 {
			second = name
		}
	}
	if len(before) != 2 || before[second] == 0 || while[second] != 0 {
		r.t.Errorf("answers before %v, while %q was away %v", before, second, while)
	}
	after, slow := within(7.5, 9.5)
	if after[second] == 0 {
		r.t.Errorf("after the start %v answered", after)
		return
	}
	// A twelfth of 0.3 cores is not enough for its requests: they pile up.
	if was, is := median(calm[second]), median(slow[second]); is < 3*was {
		r.t.Errorf("median of a slow instance %v, before %v", is, was)
	}
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}
