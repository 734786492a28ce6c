package capacity

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/model/queueing"
	"github.com/k9mil/velocitas/scenarios"
	"github.com/k9mil/velocitas/sim"
)

// reported reads a file of testdata/reported, or a built-in scenario.
func reported(t *testing.T, name string) sim.Input {
	t.Helper()
	if strings.HasSuffix(name, ".yaml") {
		data, err := os.ReadFile(filepath.Join("..", "..", "testdata", "reported", name))
		if err != nil {
			t.Fatal(err)
		}
		return input(t, string(data))
	}
	s, err := scenarios.Read(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	p, err := model.LoadProfile(t.Context(), s.Profile)
	if err != nil {
		t.Fatal(err)
	}
	return sim.Input{Scenario: s, Profile: p, Version: "test"}
}

func latency(m Metric, ms float64) []Objective {
	return []Objective{{Metric: m, Limit: ms}, {Metric: Errors, Limit: 0.001}}
}

// Answers that were wrong by a factor of five.
func TestReportedPlans(t *testing.T) {
	for _, c := range []struct {
		name   string
		q      Question
		lo, hi int
	}{
		{"uneven-weights", Question{RateRps: 300, Objectives: latency(P99, 300)}, 26, 28},
		// What one request takes alone is 215.7 ms at p95: a little more than that
		// wants many instances.
		{"shop1200-zone.yaml", Question{RateRps: 833, Objectives: latency(P95, 250), Max: 400}, 100, 230},
		{"own.yaml", Question{RateRps: 120, Peak: 1.5, Survive: 1, Objectives: latency(P95, 100)}, 11, 20},
	} {
		if c.q.Max > 200 && os.Getenv("VELOCITAS_TEST_FULL") == "" {
			t.Logf("%s is in the full run", c.name)
			continue
		}
		c.q.In = reported(t, c.name)
		c.q.Max = max(c.q.Max, 200)
		a := plan(t, c.q)
		if a.Instances < c.lo || a.Instances > c.hi {
			t.Errorf("%s: %d instances, want %d to %d (%s)", c.name, a.Instances, c.lo, c.hi, a.Evidence)
		}
		for _, r := range a.Rows {
			for _, k := range r.Cases {
				if k.Kept && float64(k.KeptIn) < 0.95*float64(k.Replications) {
					t.Errorf("%s: %d instances keep the objectives in %d of %d runs and are called kept", c.name, r.Instances, k.KeptIn, k.Replications)
				}
			}
		}
		if last := a.Excluded[len(a.Excluded)-1]; last.To != a.Instances-1 {
			t.Errorf("%s: excluded are %v, of all below %d", c.name, a.Excluded, a.Instances)
		}
		// On one host of four cores that is busy to 81 % more cores help.
		if c.name == "own.yaml" && !strings.Contains(strings.Join(a.Helps, " "), "host.cores: 8") {
			t.Errorf("own.yaml: what helps is %v", a.Helps)
		}
	}
}

// What no number can do is said without a search, with what would help.
func TestImpossible(t *testing.T) {
	for _, c := range []struct {
		why, name, yaml string
		q               Question
		limit, helps    string
	}{
		{why: "a request alone takes longer", name: "shop1200-zone.yaml", q: Question{RateRps: 833, Objectives: latency(P95, 200)},
			limit: "one request alone takes 21", helps: "less time by itself"},
		{why: "a request alone is throttled", yaml: "load: {rate: 10}\ninstance: {demand: 50ms, cpus: 0.25}\n", q: Question{RateRps: 10, Objectives: latency(P99, 80)},
			limit: "one request alone takes", helps: "instance.cpus: 1"},
		{why: "a throughput above what arrives", yaml: textbookAlone, q: Question{RateRps: 50, Objectives: []Objective{{Metric: Throughput, Limit: 60}}},
			limit: "no more than 50/s arrive", helps: "higher rate"},
		{why: "clients that give up too soon", yaml: "load: {rate: 10, timeout: 20ms}\ninstance: {demand: 50ms}\n", q: Question{RateRps: 10, Objectives: latency(P50, 100)},
			limit: "", helps: ""},
		{why: "nginx", yaml: "load: {rate: 10}\nbalancer: {cost: 1ms}\ninstance: {demand: 1ms}\n", q: Question{RateRps: 2000, Objectives: latency(P99, 100)},
			limit: "nginx is the limit", helps: "balancer.workers: 3"},
		{why: "the host", yaml: "load: {rate: 10}\ninstance: {demand: 10ms}\nhost: {cores: 4}\n", q: Question{RateRps: 800, Objectives: latency(P99, 100)},
			limit: "the host is the limit", helps: "more hosts or cores"},
	} {
		t.Run(c.why, func(t *testing.T) {
			if c.name != "" {
				c.q.In = reported(t, c.name)
			} else {
				c.q.In = input(t, c.yaml)
			}
			c.q.Max = 200
			begin := cpuSeconds(t)
			a := plan(t, c.q)
			if took := cpuSeconds(t) - begin; took > 10 { // a second, without the race detector
				t.Errorf("it took %v s of CPU time to say", took)
			}
			if a.Instances != 0 || !a.Pointless || !strings.Contains(a.Limit, c.limit) || !strings.Contains(strings.Join(a.Helps, " "), c.helps) {
				t.Errorf("%d, pointless %v, %s; helps %v", a.Instances, a.Pointless, a.Limit, a.Helps)
			}
		})
	}
}

const textbookAlone = "load: {rate: 10}\ninstance: {demand: 1ms}\n"

// Bounds of knees hold, beside each other, too: figures are of the same curve by a
// plain search with stores in use (10 runs each, bracketed to a hundredth).
func TestReportedKnees(t *testing.T) {
	in := reported(t, "own.yaml")
	in.Scenario.Instances = scenarios.Sizes{2}
	k, err := Knee(t.Context(), KneeQuestion{In: in, Objectives: latency(P95, 100)})
	if err != nil {
		t.Fatal(err)
	}
	if p := k.Points[0]; p.RateRps.Lo < 60 || p.RateRps.Hi > 70 || p.RateRps.Lo > p.RateRps.Value || p.RateRps.Hi < p.RateRps.Value {
		t.Errorf("own.yaml: %+v", p.RateRps)
	}
	in = reported(t, "one-host-knee")
	in.Scenario.Instances = scenarios.Sizes{3, 8}
	if k, err = Knee(t.Context(), KneeQuestion{In: in, Objectives: latency(P99, 300)}); err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{107, 160} {
		p := k.Points[i]
		if math.Abs(p.RateRps.Value-want) > 0.13*want || p.RateRps.Lo == 0 {
			t.Errorf("%d instances: %+v, want about %v", p.Instances, p.RateRps, want)
		}
		if i > 0 && p.RateRps.Lo <= k.Points[i-1].RateRps.Hi {
			t.Errorf("%d instances carry no more than %d: %+v and %+v", p.Instances, k.Points[i-1].Instances, p.RateRps, k.Points[i-1].RateRps)
		}
		wide := p.RateRps.Hi-p.RateRps.Lo > 0.051*p.RateRps.Value
		if said := strings.Contains(strings.Join(k.Warnings, "\n"), "wider than 5 %"); wide && !said {
			t.Errorf("%d instances: %+v is wide, unsaid", p.Instances, p.RateRps)
		}
	}
}

// On a host of two and a half cores more instances than three only get in each
// other's way: the least number is found, and not one of those above.
func TestMoreIsWorse(t *testing.T) {
	in := input(t, fixed+"host: {cores: 2.5}\n")
	a := plan(t, Question{In: in, RateRps: 150, Max: 30, Objectives: latency(P95, 40)})
	if a.Instances < 2 || a.Instances > 4 {
		t.Errorf("%d instances: %s", a.Instances, a.Limit)
	}
}

// Of runs that miss, how many leave less than one in a hundred to chance.
func TestToRuleOut(t *testing.T) {
	for confidence, want := range map[float64]int{0.95: 2, 0.9: 2, 0.99: 2, 0.8: 3, 0.5: 7, 0.2: 0} {
		if got := (&trial{confidence: confidence}).toRuleOut(); got != want {
			t.Errorf("%v: %d runs, want %d", confidence, got, want)
		}
	}
	for _, c := range []struct {
		k, n int
		p    float64
		want float64
	}{{2, 2, 0.05, 0.0025}, {0, 5, 0.05, 1}, {1, 1, 0.5, 0.5}, {3, 10, 0.05, 0.011504}, {60, 100, 0.6, 0.543294}} {
		if got := tail(c.k, c.n, c.p); math.Abs(got-c.want) > 1e-6 {
			t.Errorf("%d or more of %d at %v: %v, want %v", c.k, c.n, c.p, got, c.want)
		}
	}
}

// Sixty of a hundred is no.
func TestConfidence(t *testing.T) {
	in := input(t, "duration: 20s\nload: {rate: 10}\nbalancer: {cost: 0s, connect: 0s}\ninstance: {demand: {distribution: exponential, mean: 10ms}, discipline: fifo}\n")
	three := 1000 * queueing.RoundRobin(3, 200.0/3, 100).ResponseQuantileS(0.95)
	q := Question{In: in, RateRps: 200, Max: 20, Window: 20 * time.Second, Objectives: latency(P95, 1.03*three)}
	var sizes []int
	for _, c := range []float64{0.05, 0.5, 0.99} {
		q.Confidence = c
		a := plan(t, q)
		sizes = append(sizes, a.Instances)
		for _, r := range a.Rows {
			for _, k := range r.Cases {
				if r.Instances == a.Instances && float64(k.KeptIn) < c*float64(k.Replications) {
					t.Errorf("at %v: %d of %d", c, k.KeptIn, k.Replications)
				}
			}
		}
	}
	if sizes[0] != 3 || sizes[1] != 3 || sizes[2] != 4 {
		t.Errorf("%v instances for a share of 5, 50 and 99 %% of runs", sizes)
	}
}

// cpuSeconds is what this process has computed, whatever else the machine does.
func cpuSeconds(t *testing.T) float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}
