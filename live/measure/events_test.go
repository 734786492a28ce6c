package measure

import (
	"context"
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

func ms(n int) scenarios.Duration {
	return scenarios.Duration(n) * scenarios.Duration(time.Millisecond)
}

// eventful is a measurement of two instances in blocks of 300 ms in which this
// happens.
func eventful(events ...scenarios.Event) Config {
	c := short(openScenario(100))
	c.Sizes, c.Rounds, c.Block = []int{2}, 2, 300*time.Millisecond
	c.Scenario.Instance.CPUs = 0.5
	c.Scenario.Events = events
	return c
}

// What is done to the instances of a block, in order; what is still in force is
// undone at its end, and the block counts.
func TestEvents(t *testing.T) {
	tolerant(t)
	for _, row := range []struct {
		why    string
		events []scenarios.Event
		want   string
	}{
		{"slow for a while", []scenarios.Event{{At: ms(60), Instance: 1, Do: "slow", Factor: 4, For: ms(100)}}, "a has 0.125 cores, a has 0.5 cores"},
		{"slow to the end", []scenarios.Event{{At: ms(60), Instance: 2, Do: "slow", Factor: 2}}, "b has 0.25 cores, b has 0.5 cores"},
		{"stop and start", []scenarios.Event{{At: ms(60), Instance: 1, Do: "stop"}, {At: ms(150), Instance: 1, Do: "start"}}, "a killed, a restarts"},
		{"stop to the end", []scenarios.Event{{At: ms(60), Instance: 1, Do: "stop"}}, "a killed, a restarts"},
		{"restart", []scenarios.Event{{At: ms(60), Instance: 2, Do: "restart", For: ms(50)}}, "b killed, b restarts"},
		{"pause", []scenarios.Event{{At: ms(20), Instance: 2, Do: "pause", For: ms(250)}}, "b stopped (signal), b continued"},
		{"two at once, not in order", []scenarios.Event{
			{At: ms(100), Instance: 1, Do: "slow", Factor: 5}, {At: ms(60), Instance: 1, Do: "stop"}, {At: ms(150), Instance: 1, Do: "start"}},
			"a killed, a has 0.1 cores, a has 0.5 cores, a restarts"},
		{"stop of what is stopped, start of what runs", []scenarios.Event{
			{At: ms(20), Instance: 2, Do: "start"}, {At: ms(60), Instance: 1, Do: "stop"}, {At: ms(100), Instance: 1, Do: "stop"}, {At: ms(150), Instance: 1, Do: "pause"}},
			"a killed, a restarts"},
		{"an instance that is not in use", []scenarios.Event{{At: ms(60), Instance: 3, Do: "stop"}}, ""},
		{"after the end", []scenarios.Event{{At: ms(200), Instance: 1, Do: "slow", Factor: 2, For: ms(9000)}}, "a has 0.25 cores, a has 0.5 cores"},
	} {
		f := newFake(t, 3)
		r, err := measureFake(t, f, eventful(row.events...))
		if err != nil || len(r.Clean(2)) != 2 {
			t.Errorf("%s: %d blocks count, %v: want 2", row.why, len(r.Clean(2)), err)
			continue
		}
		done := strings.Join(f.done, ", ")
		want := row.want
		if want != "" {
			want += ", " + want // in either block
		}
		if done != want {
			t.Errorf("%s: did %q, want %q", row.why, done, want)
		}
	}
}

// The CPU time of a killed instance is not lost: all that was answered is paid for.
func TestLives(t *testing.T) {
	tolerant(t)
	f := newFake(t, 2)
	r, err := measureFake(t, f, eventful(scenarios.Event{At: ms(150), Instance: 1, Do: "restart", For: ms(50)}))
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range r.Blocks {
		// A tenth of 5 ms each; one that was inside when its instance was killed
		// is counted by the fake after that.
		if each := b.cpuNsPerRequest() / 1e6; each < 0.49 || each > 0.51 {
			t.Errorf("%v ms of CPU time a request, want 0.5", each)
		}
		if len(b.Happened) != 2 || b.Happened[0].Do != "stop" || b.Happened[1].Do != "start" || b.Happened[1].Began < 200*time.Millisecond {
			t.Errorf("happened %+v", b.Happened)
		}
	}
	var l lives
	for i, row := range []struct{ counter, want int64 }{{5, 5}, {8, 8}, {0, 8}, {0, 8}, {3, 11}, {4, 12}, {1, 13}} {
		got := l.add(stack.Counters{Instances: []stack.Usage{{CPUNs: row.counter}}})
		if got.Instances[0].CPUNs != row.want {
			t.Errorf("reading %d: %d, want %d", i, got.Instances[0].CPUNs, row.want)
		}
	}
}

// Slow all of the time is slow in the blocks only.
func TestStanding(t *testing.T) {
	tolerant(t)
	f := newFake(t, 2)
	c := eventful(scenarios.Event{At: ms(60), Instance: 2, Do: "slow", Factor: 2, For: ms(50)})
	c.Scenario.Overrides = []scenarios.Override{{Instances: scenarios.Numbers{2}, Slow: 5}}
	r, err := measureFake(t, f, c)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"b has 0.1 cores", "b has 0.05 cores", "b has 0.1 cores", "b has 0.5 cores"}
	if !slices.Equal(f.done, append(want, want...)) {
		t.Errorf("did %q, want twice %q", f.done, want)
	}
	if got := r.Blocks[0].Members[1].CPUs; got != 0.1 {
		t.Errorf("a limit of %g cores in the block, want 0.1", got)
	}
}

// A fault that no event explains is one, also beside events.
func TestFaultsBesideEvents(t *testing.T) {
	tolerant(t)
	stop := scenarios.Event{At: ms(200), Instance: 1, Do: "stop"}
	for _, row := range []struct {
		why   string
		event scenarios.Event
		spoil func(f *fake, nth int) (status int)
		want  string
	}{
		{"the other one is killed", stop, func(f *fake, n int) int {
			if n == 1 {
				f.members[1].PID = 0
			}
			return 0
		}, "instance 2 does not run"},
		{"the other one is restarted", stop, func(f *fake, n int) int {
			if n == 1 {
				f.members[1].PID++
			}
			return 0
		}, "instance 2 was restarted"},
		{"the same one ends by itself before", scenarios.Event{At: ms(250), Instance: 1, Do: "slow", Factor: 2}, func(f *fake, n int) int {
			f.members[0].PID = 0
			return 0
		}, "instance 1 does not run"},
		{"unreachable before anything happens", scenarios.Event{At: ms(280), Instance: 1, Do: "stop"}, func(f *fake, n int) int {
			if n == 1 {
				return http.StatusBadGateway
			}
			return 0
		}, "could not reach an instance"},
	} {
		f := newFake(t, 2)
		nth, block := 0, 0
		f.before = func(w http.ResponseWriter, _ *http.Request) bool {
			f.mu.Lock()
			defer f.mu.Unlock()
			if len(f.uses) != block {
				nth, block = 0, len(f.uses)
			}
			nth++
			if status := row.spoil(f, nth); status != 0 {
				w.WriteHeader(status)
				return true
			}
			return false
		}
		if _, err := measureFake(t, f, eventful(row.event)); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: error %v, want %q", row.why, err, row.want)
		}
	}
}

// nginx's 502 while an instance is away, and for as long as it may leave it out
// afterwards, is a result.
func TestExplained(t *testing.T) {
	e := &events{spans: [][]away{nil, {{2 * time.Second, 3 * time.Second}, {8 * time.Second, never}}}}
	for _, row := range []struct {
		from, to time.Duration
		want     bool
	}{{1, 1, false}, {1, 2, true}, {2, 3, true}, {3, 4, true}, {5, 6, false}, {7, 8, true}, {100, 101, true}} {
		if got := e.explains(row.from*time.Second, row.to*time.Second, 1500*time.Millisecond); got != row.want {
			t.Errorf("a request from %d to %d s: %t", row.from, row.to, got)
		}
	}
}

// A system to which nothing can be done says so before anything is measured.
func TestCan(t *testing.T) {
	f := newFake(t, 2)
	s := eventful(scenarios.Event{Instance: 2, Do: "slow", Factor: 2}).Scenario
	if err := Can(f, s); err != nil {
		t.Error(err)
	}
	if err := Can(struct{ System }{f}, s); err == nil || !strings.HasPrefix(err.Error(), "events: nothing can be done") {
		t.Errorf("error %v", err)
	}
	f.members[1].CPUs = 0
	if err := Can(f, s); err == nil || !strings.Contains(err.Error(), "instance 2 has no CPU limit") {
		t.Errorf("error %v", err)
	}
	if _, err := Run(context.Background(), f, eventful(s.Events...)); err == nil {
		t.Error("a limit that there is not was divided")
	}
}

// The requests of a changing rate come where the rate is high.
func TestShape(t *testing.T) {
	c := eventful()
	c.Scenario.Load.Shape = &scenarios.Shape{Kind: "steps", Steps: []scenarios.RateStep{{At: scenarios.Duration(10 * time.Second), Factor: 3}}}
	c.Block = 20 * time.Second
	for _, arrivals := range []string{"poisson", "constant"} {
		c.Scenario.Load.Arrivals = arrivals
		plan := c.plan(2, 1)
		first := len(plan)
		for i, at := range plan {
			if at >= 10*time.Second {
				first = i
				break
			}
		}
		// 200/s, then 600/s: five standard deviations of a Poisson count.
		if later := len(plan) - first; first < 2000-225 || first > 2000+225 || later < 6000-390 || later > 6000+390 {
			t.Errorf("%s: %d requests, then %d: want about 2000 and 6000", arrivals, first, later)
		}
		if !slices.IsSorted(plan) || plan[len(plan)-1] >= c.Block {
			t.Errorf("%s: the plan is not in order, or too long", arrivals)
		}
	}
}

// Two blocks of 120 s, so that a moment is a second: requests count where they
// are due and where they end, and are in the system between.
func TestTimeline(t *testing.T) {
	s := time.Second
	block := func(records ...load.Record) *Block {
		return &Block{End: moments * s, Run: &load.Run{Records: records}}
	}
	got := timeline([]*Block{
		block(load.Record{Intended: 3 * s, Latency: 1500 * time.Millisecond, Status: 200},
			load.Record{Intended: 119 * s, Latency: 5 * s, Status: 200}),
		block(load.Record{Intended: 4 * s, Latency: s / 4, Status: 502}),
	})
	want := map[int]model.Moment{
		3:   {OfferedRps: 0.5, InSystem: 0.5},
		4:   {OfferedRps: 0.5, ThroughputRps: 0.5, ErrorsRps: 0.5, InSystem: 0.375},
		119: {OfferedRps: 0.5, InSystem: 0.5},
	}
	for i, m := range got {
		w := want[i]
		w.TimeS = float64(i)
		if i == 4 && (m.P50Ms < 1499 || m.P50Ms > 1501 || m.P99Ms != m.P50Ms) {
			t.Errorf("latencies of moment 4: %+v, want 1500 ms", m)
		}
		m.P50Ms, m.P99Ms = 0, 0
		if m != w {
			t.Errorf("moment %d: %+v, want %+v", i, m, w)
		}
	}
}
