package calibrate

import (
	"context"
	"math"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/k9mil/velocitas/live/load"
	"github.com/k9mil/velocitas/live/measure"
	"github.com/k9mil/velocitas/live/stack"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
)

// storeProfile has round numbers: with 1,000 keys a request, a tenth of a
// flush of 10 ms and a fiftieth of a compaction of 50 ms is 2 ms a request.
func storeProfile() *model.Profile {
	return &model.Profile{Schema: model.ProfileSchema, Name: "store", Provenance: map[string]string{"probe_ms": "50"},
		Instance: model.InstanceCost{
			Demand:       []model.KeyCost{{Keys: 1000, DemandNs: 4e6}},
			Distribution: model.Shape{Kind: "constant"},
			Speed:        []model.SpeedRow{{Inside: 1, Efficiency: 1, Cores: 1}, {Inside: 4, Efficiency: 1.6, Cores: 1}},
			Background: model.Background{BytesPerKey: 100, FlushEveryBytes: 1e6, FlushDemandNs: 10e6,
				CompactEveryFlush: 5, CompactionDemandNs: 50e6, Share: 1},
			Threads: 1, BatchFactor: 0.25,
		}}
}

// madeBlock is a block of 100 requests in 10 s with a mean of inside requests
// in each of n instances, each taking cpuNs of CPU time.
func madeBlock(n int, inside, cpuNs float64) *measure.Block {
	b := &measure.Block{Round: 1, Instances: n, End: 10 * time.Second, WindowTook: 10 * time.Second}
	b.Before = measure.ProbeTime{CPU: 50 * time.Millisecond}
	b.After = b.Before
	b.Run = &load.Run{Took: 10 * time.Second, CPU: 20 * time.Millisecond, Clients: int(inside) * n}
	for i := range 100 {
		at := time.Duration(i) * 10 * time.Millisecond
		b.Run.Records = append(b.Run.Records, load.Record{Intended: at, Sent: at, Status: 200,
			Latency: time.Duration(inside * float64(n) / 10 * 1e9)})
	}
	for i := range n {
		b.Members = append(b.Members, stack.Member{CPUs: 0.25, PID: i})
		b.Whole.Instances = append(b.Whole.Instances, stack.Usage{CPUNs: int64(100 * cpuNs / float64(n))})
	}
	b.Whole.Balancer.CPUNs = 100 * 3e5
	b.Whole.ProxyCPUNs = 100 * 1e5
	return b
}

func source(blocks ...*measure.Block) Source {
	s := scenarios.Default()
	s.Instance.Keys, s.Instance.Threads = 1000, 1
	return Source{Run: &measure.Result{Blocks: blocks, Drift: measure.Drift{MeanMs: 50}}, Scenario: s,
		Sizes: []int{1, 2}, Store: storeProfile(), ConnectNs: 12345, After: 0.25}
}

// The service demand law: 12 ms of CPU time a request, of which 2 ms are the
// store's own work, at the efficiency of one and a half and two requests inside.
func TestFromRun(t *testing.T) {
	over := math.Exp(Lasting.LogSD * Lasting.LogSD) // what costs are on average, where instances differ
	for _, row := range []struct {
		why    string
		change func(*Source)
		want   float64 // demand in ms
	}{
		{"one inside", func(*Source) {}, 10},
		{"four inside", func(s *Source) { s.Run.Blocks = []*measure.Block{madeBlock(1, 4, 12e6), madeBlock(2, 4, 12e6)} }, 16},
		{"a machine half as fast as when the store was timed", func(s *Source) { s.Run.Drift.MeanMs = 100 }, 8},
		// 1 % of a core for 10 s is 100 ms an instance: 1 ms of a request with
		// one, 2 ms with two.
		{"idle cost", func(s *Source) { s.IdleCores = 0.01 }, 8.5},
		// Of the hundred, ten milliseconds apart and a tenth of a second long,
		// only the first found the instance idle; with two it is 0.2 s.
		{"a cost of waking up", func(s *Source) { s.Store.Instance.WakeNs = 50e6 }, 9.5},
		// Of two hundred requests 75 were stopped: 25 with one instance, 50 with two.
		{"what a limit makes it lose", func(s *Source) {
			s.Store.Instance.ResumeNs = 4e6
			for _, b := range s.Run.Blocks {
				for i := range b.Whole.Instances {
					b.Whole.Instances[i].ThrottledPeriods = 25
				}
			}
		}, 8.5},
		// 10 requests a second to an instance (5 with two) are a flush every
		// 4/3 s at 1,000 keys of 100 bytes, at the mean rate of 7.5/s; 3 ms for
		// each of its seconds are 4 ms a flush, 0.4 ms a request.
		{"flushes that grow cold", func(s *Source) {
			s.Store.Instance.Background.ColdNsPerS, s.Store.Instance.Background.ColdMostNs = 3e6, 1e9
		}, 9.6},
		{"flushes as cold as they get", func(s *Source) {
			s.Store.Instance.Background.ColdNsPerS, s.Store.Instance.Background.ColdMostNs = 3e6, 2e6
		}, 9.8},
		{"own work as an instance showed it", func(s *Source) {
			b := s.Store.Instance.Background
			b.FlushDemandNs *= 3
			s.Alone = &Alone{Background: b, QuietNs: 8e6, Shape: model.Shape{Kind: "constant"}}
		}, 8 / over},
		// 4 ms and 2 ms of own work there: twice as much here.
		{"and on another day", func(s *Source) {
			s.Alone = &Alone{Background: s.Store.Instance.Background, QuietNs: 4e6, Shape: model.Shape{Kind: "constant"}}
		}, 8 / over},
		// The same with a profile that an earlier run made: its demand is 4 ms.
		{"and by another run", func(s *Source) { s.Store.Provenance[FromInstance] = "an instance" }, 8},
		// What costs 8 ms on average at a speed that swings costs less at speed 1.
		{"and by another run, with its swing", func(s *Source) {
			s.Store.Provenance[FromInstance], s.Store.Provenance[FromVariogram] = "an instance", "its requests"
			s.Store.Instance.CoreSwing = model.Swing{LogSD: 0.3, TauNs: 1e8}
		}, 8 * math.Exp(-0.09)},
		{"a swing of an instance", func(s *Source) {
			s.Alone = &Alone{Background: s.Store.Instance.Background, QuietNs: 4e6, Shape: model.Shape{Kind: "constant"}, Swing: model.Swing{LogSD: 0.3, TauNs: 1e8}}
		}, 8 / over * math.Exp(-0.09)},
		{"no background work", func(s *Source) { s.Store.Instance.Background = model.Background{} }, 12},
		{"the second size cost more", func(s *Source) { s.Run.Blocks[1] = madeBlock(2, 1, 14e6) }, 11},
		{"a third size that is not to be used", func(s *Source) { s.Run.Blocks = append(s.Run.Blocks, madeBlock(3, 1, 99e6)) }, 10},
		{"a block that broke", func(s *Source) {
			bad := madeBlock(1, 1, 99e6)
			bad.Fault = "broke"
			s.Run.Blocks = append(s.Run.Blocks, bad)
		}, 10},
	} {
		s := source(madeBlock(1, 1, 12e6), madeBlock(2, 1, 12e6))
		row.change(&s)
		p, err := FromRun(s)
		if err != nil {
			t.Errorf("%s: %v", row.why, err)
			continue
		}
		if got := float64(p.Instance.Demand[0].DemandNs) / 1e6; math.Abs(got-row.want) > 1e-6 {
			t.Errorf("%s: demand %v ms: want %v", row.why, got, row.want)
		}
		if p.Balancer != (model.BalancerCost{DemandNs: 3e5, ConnectNs: 12345}) || p.Generator != (model.GeneratorCost{DemandNs: 3e5, After: 0.25}) {
			t.Errorf("%s: nginx %+v, generator %+v", row.why, p.Balancer, p.Generator)
		}
		if p.Range.CPUsMin != 0.25 || p.Range.CPUsMax != 0.25 || p.Range.InstancesMax != 2 || p.Range.InsideMax != 4 {
			t.Errorf("%s: range %+v", row.why, p.Range)
		}
		text, err := model.Encode(p)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := model.ParseProfile("written", text); err != nil {
			t.Errorf("%s: %v", row.why, err)
		}
	}
}

func TestFromRunRefuses(t *testing.T) {
	for want, change := range map[string]func(*Source){
		"no run":                         func(s *Source) { s.Run = nil },
		"no profile of the store":        func(s *Source) { s.Store = nil },
		"no sizes":                       func(s *Source) { s.Sizes = nil },
		"no block with 3 instances":      func(s *Source) { s.Sizes = []int{3} },
		"timed with 2 threads":           func(s *Source) { s.Store.Instance.Threads = 2 },
		"less than the store's own work": func(s *Source) { s.Store.Instance.Background.FlushDemandNs = 1e9 },
	} {
		s := source(madeBlock(1, 1, 12e6), madeBlock(2, 1, 12e6))
		change(&s)
		if _, err := FromRun(s); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("error %v: want one line with %q", err, want)
		}
	}
}

func TestEfficiency(t *testing.T) {
	table := []model.SpeedRow{{Inside: 1, Efficiency: 1}, {Inside: 2, Efficiency: 1.2}, {Inside: 4, Efficiency: 1.6}}
	for inside, want := range map[float64]float64{0.2: 1, 1: 1, 1.5: 1.1, 2: 1.2, 3: 1.4, 4: 1.6, 9: 1.6} {
		if got := efficiency(table, inside); math.Abs(got-want) > 1e-12 {
			t.Errorf("%v inside: %v: want %v", inside, got, want)
		}
	}
}

// burning is a system whose instances burn a known share of a core.
type burning struct {
	measure.System
	began time.Time
}

func (s burning) Counters(context.Context) (stack.Counters, error) {
	now := time.Now()
	ran := now.Sub(s.began).Nanoseconds()
	return stack.Counters{At: now, Instances: []stack.Usage{{CPUNs: ran / 100}, {CPUNs: ran / 50}}}, nil
}

func TestIdle(t *testing.T) {
	cores, err := Idle(context.Background(), burning{began: time.Now()}, 20*time.Millisecond)
	if err != nil || math.Abs(cores-0.015) > 1e-6 {
		t.Errorf("%v cores, %v: want 0.015", cores, err)
	}
}

func TestConnect(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	took, err := Connect(context.Background(), l.Addr().String())
	if err != nil || took <= 0 || took > 10*time.Second {
		t.Errorf("%v, %v", took, err)
	}
	l.Close()
	if _, err := Connect(context.Background(), l.Addr().String()); err == nil {
		t.Error("connected to nobody")
	}
}
