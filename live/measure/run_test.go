package measure

import (
	"context"
	"errors"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/k9mil/velocitas/live/load"
	"github.com/k9mil/velocitas/live/stack"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
)

// tolerant lets a busy machine send late: these tests are about the blocks.
func tolerant(t *testing.T) {
	before := load.DefaultBound
	load.DefaultBound = load.Bound{Lag: time.Second, Share: 1, Rate: 0.1}
	t.Cleanup(func() { load.DefaultBound = before })
}

// Two clients for each instance and 5 ms a request: the interactive law says
// 400/s for each instance, the fake's own costs keep it a little below.
func TestClosedMeasurement(t *testing.T) {
	tolerant(t)
	f := newFake(t, 4)
	r, err := measureFake(t, f, short(closedScenario()))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Curve.Points) != 2 || r.Curve.Kind != model.Measured || r.Curve.Fingerprint["fake"] != "yes" ||
		!slices.Contains(r.Curve.Warnings, "This is a fake.") {
		t.Fatalf("curve %+v", r.Curve)
	}
	for i, p := range r.Curve.Points {
		n := i + 1
		most := 400 * float64(n)
		if p.Instances != n || p.ThroughputRps.Value > most || p.ThroughputRps.Value < most/4 {
			t.Errorf("%d instances: %v requests/s: want nearly %v", n, p.ThroughputRps, most)
		}
		if e := p.ThroughputRps; e.Lo > e.Value || e.Hi < e.Value {
			t.Errorf("%d instances: interval %v", n, e)
		}
		if p.LatencyMs.P50.Value < 5 || p.LatencyMs.P99.Value < p.LatencyMs.P50.Value {
			t.Errorf("%d instances: latency %+v", n, p.LatencyMs)
		}
		// A tenth of 5 ms, exactly, since the system is empty before and after.
		if math.Abs(p.CPUMsPerRequest-0.5) > 1e-6 {
			t.Errorf("%d instances: %v ms of CPU time a request: want 0.5", n, p.CPUMsPerRequest)
		}
		if p.Rounds != 3 || p.Completed == 0 || p.Errors.Rate.Value != 0 || p.Verdict != model.Stable {
			t.Errorf("%d instances: %+v", n, p)
		}
		if n == 2 && max(p.Share[0], p.Share[1])-min(p.Share[0], p.Share[1]) > 12 {
			t.Errorf("shares %v: want equal but for the edges of three windows", p.Share)
		}
	}
}

// An open load is answered in full, and limits the throughput.
func TestOpenMeasurement(t *testing.T) {
	tolerant(t)
	c := short(openScenario(200))
	c.Block = 400 * time.Millisecond
	r, err := measureFake(t, newFake(t, 2), c)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range r.Curve.Points {
		want := 200 * float64(i+1)
		// Poisson counts in three windows of 350 ms.
		if sd := math.Sqrt(want / 1.05); math.Abs(p.OfferedRps-want) > 4*sd {
			t.Errorf("offered %v/s: want %v ± %v", p.OfferedRps, want, 4*sd)
		}
		if math.Abs(p.ThroughputRps.Value/p.OfferedRps-1) > 0.2 || p.Limit != model.LimitLoad {
			t.Errorf("%v/s of %v/s, limited by %s: want all, limited by the load", p.ThroughputRps.Value, p.OfferedRps, p.Limit)
		}
	}
}

// Every size once a round, the order shuffled, and the same for a seed.
func TestSchedule(t *testing.T) {
	blocks := schedule([]int{1, 2, 4, 8}, 6, 1)
	orders := make(map[[4]int]bool)
	seeds := make(map[uint64]bool)
	for round := range 6 {
		var order [4]int
		for i, b := range blocks[4*round : 4*round+4] {
			order[i] = b.Instances
			seeds[b.Seed] = true
			if b.Round != round+1 {
				t.Errorf("round %d among those of %d", b.Round, round+1)
			}
		}
		orders[order] = true
		sorted := order
		slices.Sort(sorted[:])
		if sorted != [4]int{1, 2, 4, 8} {
			t.Errorf("round %d measures %v", round, order)
		}
	}
	if len(orders) < 3 || len(seeds) != 24 {
		t.Errorf("%d orders and %d seeds in 24 blocks", len(orders), len(seeds))
	}
	for i, b := range schedule([]int{1, 2, 4, 8}, 6, 1) {
		if b.Seed != blocks[i].Seed || b.Instances != blocks[i].Instances {
			t.Fatal("one seed, two schedules")
		}
	}
}

// What breaks is named, and is not measured.
func TestFaults(t *testing.T) {
	tolerant(t)
	for _, row := range []struct {
		why   string
		spoil func(f *fake)
		want  string
	}{
		{"a connection that breaks", func(f *fake) {
			f.before = func(http.ResponseWriter, *http.Request) bool { panic(http.ErrAbortHandler) }
		}, "got no answer"},
		{"an instance that nginx cannot reach", func(f *fake) {
			f.before = func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(502); return true }
		}, "nginx could not reach an instance"},
		{"nothing but refusals", func(f *fake) {
			f.before = func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(503); return true }
		}, "was answered after the settling time"},
		{"a balancer that does not change over", func(f *fake) { f.useErr = errors.New("reload failed") }, "reload failed"},
		{"counters that are gone", func(f *fake) { f.counts.Instances = nil }, "nothing there"},
		{"an instance that starts over", func(f *fake) {
			f.before = func(http.ResponseWriter, *http.Request) bool {
				f.mu.Lock()
				f.members[0].PID++
				f.mu.Unlock()
				return false
			}
		}, "restarted under load"},
		{"counters that start over", func(f *fake) {
			f.counts.Instances[0].CPUNs = 1e15
			f.before = func(http.ResponseWriter, *http.Request) bool {
				f.mu.Lock()
				f.counts.Instances[0].CPUNs -= 1e9
				f.mu.Unlock()
				return false
			}
		}, "less CPU time after the load"},
		{"an answer from elsewhere", func(f *fake) {
			f.before = func(w http.ResponseWriter, _ *http.Request) bool { w.Header().Set("X-Instance", "z"); return true }
		}, "\"z\" answered, which was not among"},
		{"an instance that has ended", func(f *fake) { f.members[0].PID = 0 }, "instance 1 does not run"},
		{"an instance that was stopped", func(f *fake) { f.members[0].Stopped = true }, "instance 1 stands still"},
		{"an instance that is stopped under load", func(f *fake) {
			f.before = func(http.ResponseWriter, *http.Request) bool {
				f.mu.Lock()
				f.members[0].Stopped = true
				f.mu.Unlock()
				return false
			}
		}, "instance 1 stands still"},
		{"a service that is gone", func(f *fake) { f.server.Close() }, "refused"},
	} {
		f := newFake(t, 2)
		row.spoil(f)
		c, began := short(closedScenario()), time.Now()
		r, err := measureFake(t, f, c)
		if err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: error %v: want %q", row.why, err, row.want)
		}
		if took := time.Since(began); took < (mostFaults-1)*c.Block {
			t.Errorf("%s: gave up after %v: want a block's time between two blocks", row.why, took)
		}
		if len(r.Blocks) != mostFaults || len(r.Curve.Points) != 0 || len(r.Curve.Warnings) < 2 {
			t.Errorf("%s: %d blocks, %d points, warnings %q: want to give up after %d", row.why, len(r.Blocks), len(r.Curve.Points), r.Curve.Warnings, mostFaults)
		}
	}
}

// One bad block is dropped, and said; the rest is measured.
func TestOneFault(t *testing.T) {
	tolerant(t)
	f := newFake(t, 1)
	f.before = func(http.ResponseWriter, *http.Request) bool {
		f.mu.Lock()
		second := len(f.uses) == 2
		f.mu.Unlock()
		if second {
			panic(http.ErrAbortHandler)
		}
		return false
	}
	c := short(closedScenario())
	c.Sizes = []int{1}
	r, err := measureFake(t, f, c)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Curve.Points) != 1 || r.Curve.Points[0].Rounds != 2 {
		t.Errorf("%d points: want one, of 2 rounds", len(r.Curve.Points))
	}
	if !strings.Contains(strings.Join(r.Curve.Warnings, "\n"), "1 of 3 blocks do not count") {
		t.Errorf("warnings %q", r.Curve.Warnings)
	}
}

// A generator that falls behind does not measure.
func TestBehind(t *testing.T) {
	before := load.DefaultBound
	load.DefaultBound = load.Bound{Lag: 1, Rate: 0.99} // nobody sends within a nanosecond
	defer func() { load.DefaultBound = before }()
	r, err := measureFake(t, newFake(t, 2), short(openScenario(100)))
	if err == nil || !strings.Contains(err.Error(), "the generator fell behind") || len(r.Curve.Points) != 0 {
		t.Errorf("%d points, error %v: want none, since the generator fell behind", len(r.Curve.Points), err)
	}
	if len(r.Blocks) != 3*6 {
		t.Errorf("%d blocks, want six and twice as many again", len(r.Blocks))
	}
}

// A generator that fell behind once is given another round, and no size that
// kept up is measured again.
func TestBehindOnce(t *testing.T) {
	tolerant(t)
	patient := load.DefaultBound
	load.DefaultBound = load.Bound{Lag: 1, Rate: 0.99}
	c := short(openScenario(100))
	c.Progress = func(int, int, *Block) { load.DefaultBound = patient }
	r, err := measureFake(t, newFake(t, 2), c)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Blocks) != 7 || r.Blocks[6].Round != 4 || r.Blocks[6].Instances != r.Blocks[0].Instances {
		t.Errorf("%d blocks, the last of round %d: want a seventh in round 4, of the size of the first", len(r.Blocks), r.Blocks[len(r.Blocks)-1].Round)
	}
	for _, p := range r.Curve.Points {
		if p.Rounds != 3 {
			t.Errorf("%d instances: %d rounds, want 3", p.Instances, p.Rounds)
		}
	}
	if text := strings.Join(r.Curve.Warnings, "\n"); !strings.Contains(text, "1 of 4 blocks do not count") {
		t.Errorf("warnings %q", text)
	}
}

// Somebody interrupts: what was measured comes back, and the reason.
func TestInterrupted(t *testing.T) {
	f := newFake(t, 2)
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	c, err := short(closedScenario()).complete(2)
	if err != nil {
		t.Fatal(err)
	}
	c.Block = time.Minute
	began := time.Now()
	if _, err := run(ctx, f, c, fakeProbe{f.speed}); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > 3*time.Second {
		t.Errorf("error %v after %v", err, time.Since(began))
	}
}

func TestBadConfig(t *testing.T) {
	for _, row := range []struct {
		change func(*Config)
		want   string
	}{
		{func(c *Config) { c.Scenario = nil }, "no scenario"},
		{func(c *Config) { c.Sizes = []int{} }, "no sizes"},
		{func(c *Config) { c.Sizes = []int{3} }, "has 1 to 2 instances"},
		{func(c *Config) { c.Sizes = []int{0, 1} }, "has 1 to 2 instances"},
		{func(c *Config) { c.Rounds = 1 }, "1 rounds: want at least 2"},
		{func(c *Config) { c.Settle = c.Block }, "settling time"},
		{func(c *Config) { c.Scenario.Events = []scenarios.Event{{Instance: 1, Do: "vanish"}} }, "events[0].do"},
		{func(c *Config) { c.Scenario.Instance.Demand.Profile = false }, "instance.demand"},
	} {
		c := short(closedScenario())
		row.change(&c)
		if _, err := Run(context.Background(), newFake(t, 2), c); err == nil || !strings.Contains(err.Error(), row.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("error %v: want one line with %q", err, row.want)
		}
	}
}

func TestWriteRecords(t *testing.T) {
	tolerant(t)
	r, err := measureFake(t, newFake(t, 2), short(openScenario(100)))
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir() + "/records"
	if err := r.WriteRecords(folder); err != nil {
		t.Fatal(err)
	}
	for _, b := range r.Blocks {
		got, err := load.ReadFile(folder + "/" + b.FileName())
		if err != nil || !slices.Equal(got, b.Run.Records) {
			t.Errorf("%s: %d records, %v: want %d", b.FileName(), len(got), err, len(b.Run.Records))
		}
	}
	if _, err := model.Encode(r.Curve); err != nil {
		t.Error(err)
	}
}

var _ System = stack.Stack(nil)
