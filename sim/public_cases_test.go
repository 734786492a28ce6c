package sim

import (
	"container/heap"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/model/stats"
	"github.com/k9mil/velocitas/scenarios"
)

// What people reported of their services in public, said as scenarios.

func publicCase(t *testing.T, yaml string) []model.Point {
	t.Helper()
	s, err := scenarios.Parse("case.yaml", []byte(yaml))
	if err != nil {
		t.Fatal(err)
	}
	c, err := Run(context.Background(), Input{Scenario: s, Profile: referenceProfile(t)})
	if err != nil {
		t.Fatal(err)
	}
	return c.Points
}

// Three replicas before a database, each with a pool that was thought to have
// ten connections and had five: 19, 25 and 25 requests a second with 10, 50 and
// 100 in flight, at a median of 513, 1,988 and 3,738 ms. Fifteen connections held
// for 0.556 s each explain them; thirty do not.
func TestPublicPoolPerReplica(t *testing.T) {
	at := func(clients, pool int) model.Point {
		return publicCase(t, fmt.Sprintf("instances: 3-3\nduration: 200s\nwarm_up: 20s\nreplications: 2\nmax_replications: 2\nprecision: 0\n"+
			"balancer: {read_timeout: 1h}\nload: {clients: %d}\nservice: {requests: {read: {steps: [call: db.read]}}}\n"+
			"tiers: {db: {connections: 200, pool: %d, operations: {read: {steps: [wait: {mean: 556ms, cv: 0.1}]}}}}", clients, pool))[0]
	}
	for _, row := range []struct {
		clients        int
		least, most    float64
		p50            float64
		limitedByAPool bool
	}{{10, 17.5, 19.5, 513, false}, {50, 25, 27.5, 1988, true}, {100, 25, 27.5, 3738, true}} {
		p := at(row.clients, 5)
		x, p50 := p.ThroughputRps.Value, p.LatencyMs.P50.Value
		t.Logf("%d clients: %.1f/s, p50 %.0f ms, limit %s", row.clients, x, p50, p.Limit)
		if x < row.least || x > row.most || math.Abs(p50/row.p50-1) > 0.1 {
			t.Errorf("%d clients: %.1f requests a second with a median of %.0f ms, reported were %g to %g with %g", row.clients, x, p50, row.least, row.most, row.p50)
		}
		if (p.Limit == model.LimitPool+" db") != row.limitedByAPool {
			t.Errorf("%d clients: the limit is %q", row.clients, p.Limit)
		}
	}
	if x := at(50, 10).ThroughputRps.Value; x < 45 {
		t.Errorf("pools of ten give %.1f requests a second, want about 54, which the report refutes", x)
	}
}

// Ten users who think for half a second, before a pool of four connections that
// a distributed database holds for 0.95 s: 4.2 requests a second at 1.9 s, more
// than half of which is waiting for a connection. Ten connections would help.
func TestPublicPoolUnderDelay(t *testing.T) {
	at := func(pool int, hold string) model.Point {
		return publicCase(t, fmt.Sprintf("instances: 1-1\nduration: 1000s\nwarm_up: 50s\nreplications: 2\nmax_replications: 2\nprecision: 0\n"+
			"load: {clients: 10, think: 500ms}\nservice: {requests: {read: {steps: [call: db.read]}}}\n"+
			"tiers: {db: {pool: %d, operations: {read: {steps: [wait: {mean: %s, cv: 0.5}]}}}}", pool, hold))[0]
	}
	four, ten, nearer := at(4, "950ms"), at(10, "950ms"), at(4, "237ms")
	x, mean := four.ThroughputRps.Value, four.LatencyMs.Mean.Value
	if math.Abs(x/4.2-1) > 0.05 || mean < 1850 || mean > 2400 || mean < 2*900 || four.Limit != model.LimitPool+" db" {
		t.Errorf("%.2f requests a second at %.0f ms, limited by %s; want 4.2 at 1.9 to 2.4 s by the pool", x, mean, four.Limit)
	}
	if !(nearer.ThroughputRps.Value > ten.ThroughputRps.Value && ten.ThroughputRps.Value > 1.4*x) {
		t.Errorf("%.2f requests a second with four connections, %.2f with ten, %.2f with a quarter of the delay; want each more than the one before",
			x, ten.ThroughputRps.Value, nearer.ThroughputRps.Value)
	}
}

// A Rails process of five threads under a global lock that is granted in order:
// 30 ms of CPU time and 70 ms of waiting for others, 30 requests a second. The
// oracle is a recursion: who starts when a thread is free computes when those who
// started earlier have. Its figures over 1.8 million requests are 425, 1,645 and
// 2,542 ms for p50, p95 and p99. Another simulator was reported to give 367, 1,116
// and 1,702, from a run of unknown length. That is within what four single runs of
// five minutes of the recursion spanned (p50 305 to 678, p95 1,045 to 1,660, p99
// 1,247 to 1,938): the lock is taken for nine tenths of the time, so such runs
// differ by much. Whether that was its reason is not known.
func TestPublicRails(t *testing.T) {
	const runs, seconds, warm = 24, 1500, 20
	cfg := statedSystem(t, "load: {rate: 30}\nservice: {workers: 5, requests: {page: {steps: [lock: {name: gvl, hold: {mean: 30ms, cv: 1}}, wait: {mean: 70ms, cv: 1}]}}}")
	cfg.horizonNs = seconds * 1e9
	cfg.seed = seedOf(t.Name())
	quantiles := []float64{0.5, 0.95, 0.99}
	var ours, plain [3][]float64
	for i := range runs {
		o, err := replicate(context.Background(), cfg, uint64(i), warm*1e9, false)
		if err != nil {
			t.Fatal(err)
		}
		reference := railsRecursion(uint64(i), seconds, warm)
		for k, q := range quantiles {
			ours[k] = append(ours[k], quantileMs(o.service.classes[0].latency, q))
			plain[k] = append(plain[k], reference[int(q*float64(len(reference)))])
		}
	}
	for k, q := range quantiles {
		a, sdA := stats.MeanSd(ours[k])
		b, sdB := stats.MeanSd(plain[k])
		se := math.Sqrt((sdA*sdA + sdB*sdB) / runs)
		t.Logf("p%g: %.0f ms, by the recursion %.0f, standard error of the difference %.0f", 100*q, a, b, se)
		if math.Abs(a-b) > standardErr*se {
			t.Errorf("p%g: %.0f ms, by the recursion %.0f: %.1f standard errors", 100*q, a, b, (a-b)/se)
		}
		if se > 0.12*b {
			t.Errorf("p%g: a standard error of %.0f ms says too little of %.0f", 100*q, se, b)
		}
	}
}

// railsRecursion is the latencies in ms, sorted.
func railsRecursion(seed uint64, seconds, warm float64) []float64 {
	r := rand.New(rand.NewPCG(seed, 30))
	lognormal := func(mean float64) float64 {
		return mean * math.Exp(math.Sqrt(math.Ln2)*r.NormFloat64()-math.Ln2/2)
	}
	free := &times{0, 0, 0, 0, 0}
	lock := 0.0
	var all []float64
	for at := r.ExpFloat64() / 30; at < seconds; at += r.ExpFloat64() / 30 {
		start := max(at, (*free)[0])
		lock = max(start, lock) + lognormal(0.03)
		(*free)[0] = lock + lognormal(0.07)
		if at > warm {
			all = append(all, 1000*((*free)[0]-at))
		}
		heap.Fix(free, 0)
	}
	slices.Sort(all)
	return all
}

// times is a heap.
type times []float64

func (h times) Len() int           { return len(h) }
func (h times) Less(i, j int) bool { return h[i] < h[j] }
func (h times) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *times) Push(any)          { panic("never grows") }
func (h *times) Pop() any          { panic("never shrinks") }
