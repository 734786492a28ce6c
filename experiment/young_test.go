package experiment

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/k9mil/velocitas/live/measure"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
)

// asked is a block in which so many requests were sent to n instances.
func asked(n, requests int) *measure.Block { return blockOf(n, make([]float64, requests)...) }

// A run that ends before its stores are compacted is predicted from empty
// stores, for as long as they were really in use, and says so.
func TestYoung(t *testing.T) {
	s := scenarios.Default()
	s.Instance.Keys = 1000
	r := &Result{Profile: &model.Profile{}}
	// A flush takes 100 requests of 1,000 keys.
	r.Profile.Instance.Background = model.Background{FlushEveryBytes: 6_400_000, BytesPerKey: 64, CompactEveryFlush: 5}
	m := &model.Point{Instances: 2, ThroughputRps: model.Exactly(10)}
	for _, row := range []struct {
		why   string
		first []*measure.Block
		all   []*measure.Block
		times float64
		store string
		takes time.Duration
	}{
		{"never full", nil, []*measure.Block{asked(1, 20), asked(4, 80)}, 0.4, "empty", 8 * time.Second},
		{"flushed, not compacted", []*measure.Block{asked(1, 100)}, []*measure.Block{asked(2, 398)}, 2.99, "empty", 59800 * time.Millisecond},
		{"compacted", []*measure.Block{asked(1, 100)}, []*measure.Block{asked(2, 800)}, 5, "used", 500 * time.Second},
	} {
		r.Undisturbed, r.Blocks = &measure.Result{Blocks: row.first}, &measure.Result{Blocks: row.all}
		run := AsRun(s, nil)
		r.grown(run)
		if run.Instance.Store != row.store {
			t.Errorf("%s: store %s, want %s", row.why, run.Instance.Store, row.store)
		}
		if got := r.flushes(1000); math.Abs(got-row.times) > 1e-9 {
			t.Errorf("%s: flushed %v times, want %v", row.why, got, row.times)
		}
		if got := longEnough(r, run, m).Std(); (got - row.takes).Abs() > time.Millisecond {
			t.Errorf("%s: simulated for %v, want %v", row.why, got, row.takes)
		}
		if said := r.youngNote(1000); strings.Contains(said, "longer tail") != (row.store == "empty") {
			t.Errorf("%s: note %q", row.why, said)
		}
	}
	r.Profile.Instance.Background = model.Background{}
	if r.young(1000) {
		t.Error("a service without a store of its own is called young")
	}
}
