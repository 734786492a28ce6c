package measure

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/k9mil/velocitas/live/load"
	"github.com/k9mil/velocitas/live/stack"
	"github.com/k9mil/velocitas/model"
)

// Little's law, without a tolerance but for rounding: the time that requests
// spend in the window is the window's length times the mean number in system.
func TestLittle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := &Block{Settle: 2 * time.Second, End: 7 * time.Second, Run: &load.Run{}}
		var spent time.Duration
		for range rapid.IntRange(0, 20).Draw(t, "requests") {
			at := time.Duration(rapid.Int64Range(0, 9e9).Draw(t, "at"))
			latency := time.Duration(rapid.Int64Range(0, 9e9).Draw(t, "latency"))
			b.Run.Records = append(b.Run.Records, load.Record{Intended: at, Sent: at, Latency: latency})
			spent += max(0, min(b.End, at+latency)-max(b.Settle, at))
		}
		parts := rapid.IntRange(1, 30).Draw(t, "stretches")
		var sum float64
		for _, in := range b.inSystem(parts) {
			sum += in
		}
		if got, want := sum/float64(parts), spent.Seconds()/5; math.Abs(got-want) > 1e-9 {
			t.Fatalf("in system %v: want %v", got, want)
		}
	})
}

// Five requests around a window from 1 s to 2 s.
func TestWindow(t *testing.T) {
	at := func(due, latency float64, status load.Status) load.Record {
		d := time.Duration(due * 1e9)
		return load.Record{Intended: d, Sent: d + 1, Latency: time.Duration(latency * 1e9), Status: status}
	}
	b := &Block{Settle: time.Second, End: 2 * time.Second, Run: &load.Run{Records: []load.Record{
		at(0.5, 0.6, 200), // answered within, due before
		at(1.0, 0.1, 200),
		at(1.2, 0.1, 503), // an error
		at(1.9, 0.5, 200), // due within, answered after
		at(2.0, 0.1, 200), // due at the end
	}}}
	if got := b.throughputRps(); got != 2 {
		t.Errorf("throughput %v/s: want 2", got)
	}
	if got := b.offeredRps(); got != 3 {
		t.Errorf("offered %v/s: want 3", got)
	}
	if h := b.histogram(2); h.TotalCount() != 2 || h.Max() < 990_000 {
		t.Errorf("%d latencies up to %d µs: want 2, up to twice 0.5 s", h.TotalCount(), h.Max())
	}
	b.Members = make([]stack.Member, 1)
	b.Whole.Instances = []stack.Usage{{CPUNs: 40e6}, {CPUNs: 1e9}}
	if got := b.cpuNsPerRequest(); got != 10e6 {
		t.Errorf("%v ns a request: want 40 ms over the four answers, instances not in use left out", got)
	}
}

func TestUse(t *testing.T) {
	c := Config{Scenario: closedScenario()}
	c.Scenario.Balancer.Workers = 2
	b := &Block{WindowTook: 10 * time.Second, Members: []stack.Member{{CPUs: 0.2}, {CPUs: 0.3}}}
	b.Window.Instances = []stack.Usage{
		{CPUNs: 2e9, Periods: 100, ThrottledPeriods: 50}, {CPUNs: 2e9, Periods: 100, ThrottledPeriods: 20}, {CPUNs: 9e9},
	}
	b.Window.Balancer.CPUNs = 5e9
	b.Window.ProxyCPUNs = 1e9
	b.End = 10 * time.Second
	b.Run = &load.Run{CPU: 2 * time.Second, Took: 20 * time.Second}
	b.Host.Busy = time.Duration(8e9*cores()) + 20e9
	got := b.use(c)
	// 2+2+9 s of instances, 5 s of nginx, 1 s of proxies and half of the
	// generator's 2 s make 20 of ours.
	want := use{instances: 0.8, balancer: 0.25, host: 0.8 + 2/cores(), throttled: 0.35, others: 0.8, limited: true}
	if math.Abs(got.instances-want.instances) > 1e-9 || got.balancer != want.balancer || math.Abs(got.host-want.host) > 1e-9 ||
		math.Abs(got.others-want.others) > 1e-9 || got.throttled != want.throttled || got.limited != want.limited {
		t.Errorf("got %+v: want %+v", got, want)
	}
}

// openBlocks are a block's requests at 50/s whose latency grows from one to
// the next by growth.
func openBlocks(growth time.Duration) []*Block {
	var blocks []*Block
	for range 3 {
		b := &Block{End: 40 * time.Second, Run: &load.Run{}}
		for i := range 2000 {
			b.Run.Records = append(b.Run.Records, load.Record{Intended: time.Duration(i) * 20 * time.Millisecond,
				Latency: time.Duration(80+i*37%41)*time.Millisecond + time.Duration(i)*growth, Status: 200})
		}
		blocks = append(blocks, b)
	}
	return blocks
}

func TestBacklog(t *testing.T) {
	if got := drifts(meanInSystem(openBlocks(0), stretches)); got != model.Stable {
		t.Errorf("an even backlog is %s", got)
	}
	// Answers come at half the rate of the requests.
	if got := drifts(meanInSystem(openBlocks(20*time.Millisecond), stretches)); got != model.Saturated {
		t.Errorf("a growing backlog is %s", got)
	}
}

// The interactive response time law finds a client that did neither wait nor think.
func TestDoubtInteractive(t *testing.T) {
	c := Config{Scenario: closedScenario()}
	c.Scenario.Load.Clients, c.Scenario.Load.ClientsPerInstance = 10, 0
	c.Scenario.Load.Think = 1e8
	for _, row := range []struct {
		inSystem, offered float64
		doubts            int
	}{{6, 40, 0}, {6, 41, 0}, {6, 30, 1}, {9, 40, 1}} {
		p := model.Point{Instances: 1, InSystem: model.Exactly(row.inSystem), OfferedRps: row.offered}
		if doubtInteractive(&p, c); len(p.Warnings) != row.doubts {
			t.Errorf("%v in system, %v/s: doubts %q", row.inSystem, row.offered, p.Warnings)
		}
	}
}
