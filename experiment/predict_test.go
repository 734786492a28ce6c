package experiment

import (
	"context"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/k9mil/velocitas/live/load"
	"github.com/k9mil/velocitas/live/measure"
	"github.com/k9mil/velocitas/live/stack"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
)

func blockOf(n int, dueS ...float64) *measure.Block {
	b := &measure.Block{Instances: n, Settle: time.Second, End: 4 * time.Second, Run: &load.Run{}}
	for _, at := range dueS {
		b.Run.Records = append(b.Run.Records, load.Record{Intended: time.Duration(at * 1e9), Status: 200})
	}
	return b
}

// Settling is kept once, and the windows follow each other without a gap.
func TestJoined(t *testing.T) {
	got, settle, end := joined([]*measure.Block{
		blockOf(1, 0.5, 1, 3.9, 4),  // the one at 4 is past the end
		blockOf(1, 0.9, 1, 2.5),     // the one at 0.9 is settling
		blockOf(1, 0.1, 1.25, 3.75), // likewise
	})
	// Windows of 3 s: [0, 4), [4, 7), [7, 10).
	want := []float64{0.5, 1, 3.9, 4, 5.5, 7.25, 9.75}
	if settle != time.Second || end != 10*time.Second || len(got) != len(want) {
		t.Fatalf("%v, settle %v, end %v: want %v", got, settle, end, want)
	}
	for i := range want {
		if math.Abs(got[i]-want[i]) > 1e-9 {
			t.Errorf("instant %d at %v s, want %v", i, got[i], want[i])
		}
	}
}

// The prediction of an open load gets the measured arrivals, that of a closed
// one runs through several compactions; the curve is of the scenario as run.
func TestPredictReplays(t *testing.T) {
	open, err := scenarios.Parse("open", []byte("name: open\nload: {rate_per_instance: 5}"))
	if err != nil {
		t.Fatal(err)
	}
	closed, err := scenarios.Parse("closed", []byte("name: closed\nload: {clients_per_instance: 2}"))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []*scenarios.Scenario{open, closed} {
		s.Instance.Store = "used"
		var asked []*scenarios.Scenario
		c := Config{Predict: func(_ context.Context, s *scenarios.Scenario, _ *model.Profile) (*model.Curve, error) {
			asked = append(asked, s)
			return &model.Curve{Points: []model.Point{{Instances: s.Instances[0]}}}, nil
		}}
		profile := &model.Profile{}
		profile.Instance.Background = model.Background{FlushEveryBytes: 8 << 20, BytesPerKey: 64, CompactEveryFlush: 5}
		r := &Result{
			Profile: profile,
			Measured: &model.Curve{Name: "m", Scenario: []byte("{}"), Points: []model.Point{
				{Instances: 1, ThroughputRps: model.Exactly(2)}, {Instances: 3, ThroughputRps: model.Exactly(6)}}},
			Blocks: &measure.Result{Blocks: []*measure.Block{blockOf(1, 0, 1, 2), blockOf(3, 0, 1, 2, 3), blockOf(3, 1)}},
		}
		curve, err := c.predict(t.Context(), r, s, 0.5)
		if err != nil {
			t.Fatal(err)
		}
		if len(curve.Points) != 2 || curve.Points[1].Instances != 3 || curve.Name != "m" || string(curve.Scenario) != "{}" {
			t.Errorf("%+v: want both sizes of the measured scenario", curve)
		}
		for i, a := range asked {
			if !slices.Equal(a.Instances, scenarios.Sizes{[]int{1, 3}[i]}) || a.Speed != 0.5 {
				t.Errorf("asked for sizes %v at speed %v", a.Instances, a.Speed)
			}
		}
		if s == open && (len(asked[1].Load.TraceS) != 5 || asked[1].Duration.Std() != 7*time.Second || asked[1].WarmUp.For.Std() != time.Second) {
			t.Errorf("replayed %v over %v, warm-up %v: want 5 arrivals over 7s, 1s", asked[1].Load.TraceS, asked[1].Duration, asked[1].WarmUp)
		}
		// 8 MiB are 13.1 requests of 10,000 keys of 64 bytes; 5 cycles of 5 flushes
		// of them are 328 requests, at 2/s for each instance.
		if s == closed && (asked[0].Duration.Std().Round(time.Second) != 164*time.Second || asked[1].Duration.Std().Round(time.Second) != 164*time.Second) {
			t.Errorf("durations %v and %v: want 164s", asked[0].Duration, asked[1].Duration)
		}
	}
}

// What is predicted is what was run: limits in force, this host's cores.
func TestAsRun(t *testing.T) {
	s := scenarios.Default()
	s.Instance.CPUs, s.Speed, s.Host = 0.25, 2, scenarios.Host{Count: 1, Cores: 64, Balancer: "own", Generator: "own"}
	half := 0.5
	s.Overrides = []scenarios.Override{{Instances: scenarios.Numbers{1}, CPUs: &half}}
	got := AsRun(s, []stack.Member{{CPUs: 0}, {CPUs: 0}})
	if got.Instance.CPUs != 0 || *got.Overrides[0].CPUs != 0 {
		t.Errorf("limits %v and %v where none are in force", got.Instance.CPUs, *got.Overrides[0].CPUs)
	}
	got = AsRun(s, []stack.Member{{CPUs: 0.5}, {CPUs: 0.25}})
	if got.Instance.CPUs != 0.25 || *got.Overrides[0].CPUs != 0.5 {
		t.Errorf("limits %v and %v, want 0.25 and 0.5", got.Instance.CPUs, *got.Overrides[0].CPUs)
	}
	if got.Speed != 1 || got.Host.Balancer != "shared" || got.Host.Generator != "shared" || got.Host.Cores == 64 {
		t.Errorf("speed %v, host %+v: want this host, at the profile's speed", got.Speed, got.Host)
	}
	if s.Instance.CPUs != 0.25 || half != 0.5 {
		t.Error("the scenario asked for was changed")
	}
}

// What others use of the host while the calibrated sizes are measured is not
// there for the prediction; what they use later is not known to it.
func TestCoresLeft(t *testing.T) {
	at := func(n int, others time.Duration) *measure.Block {
		b := blockOf(n, 1)
		b.WindowTook, b.Host.Busy = 10*time.Second, others
		return b
	}
	r := &Result{Calibrated: []int{1, 2}, Blocks: &measure.Result{Blocks: []*measure.Block{
		at(1, 4*time.Second), at(1, 5*time.Second), at(2, 9*time.Second), at(4, 20*time.Second)}}}
	if got := coresLeft(2, r); math.Abs(got-1.5) > 1e-9 {
		t.Errorf("%v cores left of 2, want 1.5", got)
	}
	r.Calibrated = []int{4}
	if got := coresLeft(2, r); got != 0.2 {
		t.Errorf("%v cores left of 2 that others use fully, want a tenth", got)
	}
	r.Calibrated = nil
	if got := coresLeft(2, r); got != 2 {
		t.Errorf("%v cores left when nothing is known, want 2", got)
	}
}
