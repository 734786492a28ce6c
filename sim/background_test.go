package sim

import (
	"math"
	"slices"
	"testing"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
)

// Empty stores fill in step; used ones are anywhere between two flushes and
// between two compactions, evenly: the mean of n uniform numbers is within four
// standard errors, √(1/12n), of the middle.
func TestHowStoresBegin(t *testing.T) {
	p, err := model.LoadProfile(t.Context(), "reference")
	if err != nil {
		t.Fatal(err)
	}
	const instances, replications = 8, 250
	begin := func(store string) (fills []float64, flushes map[int]int) {
		s := scenarios.Default()
		s.Load = scenarios.Load{Kind: "closed", Clients: 1, Networks: 1, HashKeys: 1}
		s.Instance.Background, s.Instance.Store = "profile", store
		cfg, err := build(s, p, instances)
		if err != nil {
			t.Fatal(err)
		}
		flushes = map[int]int{}
		for r := range replications {
			e, err := newEngine(cfg, uint64(r), true)
			if err != nil {
				t.Fatal(err)
			}
			for i := range instances {
				b := &e.stations[i].back
				fills = append(fills, b.done/b.every)
				flushes[b.flushes]++
			}
		}
		return fills, flushes
	}
	fills, flushes := begin("empty")
	for _, f := range fills {
		if f != 0 {
			t.Fatalf("an empty store is %.2f full", f)
		}
	}
	if len(flushes) != 1 || flushes[0] == 0 {
		t.Errorf("empty stores have flushed before: %v", flushes)
	}
	fills, flushes = begin("used")
	var sum float64
	for _, f := range fills {
		if f < 0 || f >= 1 {
			t.Fatalf("a used store is %.2f full", f)
		}
		sum += f
	}
	n := float64(len(fills))
	if off := (sum/n - 0.5) / math.Sqrt(1/12.0/n); math.Abs(off) > 4 {
		t.Errorf("used stores are %.3f full on average: %.1f standard errors from a half", sum/n, off)
	}
	every := p.Instance.Background.CompactEveryFlush
	for k := 1; k <= every; k++ {
		share := 1 / float64(every)
		if off := (float64(flushes[k])/n - share) / math.Sqrt(share*(1-share)/n); math.Abs(off) > 4 {
			t.Errorf("%d of %.0f used stores had flushed %d times: %.1f standard errors from one in %d", flushes[k], n, k, off, every)
		}
	}
	if len(flushes) != every {
		t.Errorf("flushes before: %v", flushes)
	}
}

// tookMs is how long requests of 100 ms take, started at such times, in an
// instance with a store whose memtable so many of them fill and whose flushes
// take 30 ms, by when they end.
func tookMs(t *testing.T, every float64, pollNs int64, startsMs ...int64) (took []int64) {
	spec := ps()
	spec.inStep, spec.pollNs = true, pollNs
	spec.back = background{every: every, flushNs: float64(30 * ms), share: 1}
	var starts, demands []int64
	for _, at := range startsMs {
		starts, demands = append(starts, at*ms), append(demands, 100*ms)
	}
	_, all := recorded(t, alike(1, spec, 1, model.Shape{}).given(starts, demands), day, true)
	for _, r := range all {
		took = append(took, (r.tookNs()+ms/2)/ms) // whole ns have been rounded
	}
	return took
}

// A memtable is full in the middle of a request, and whoever is inside waits for
// the flush, alone or in step with another.
func TestFlushesInside(t *testing.T) {
	for _, row := range []struct {
		every    float64
		startsMs []int64
		want     []int64
	}{
		{2, []int64{0, 200, 300}, []int64{100, 100, 130}}, // full as the second ends
		{1.75, []int64{0, 200}, []int64{100, 130}},
		{0.75, []int64{0, 200}, []int64{130, 130}},
		{0.4, []int64{0}, []int64{160}},
		{1, []int64{0, 0}, []int64{230, 230}},  // when each is half done
		{1, []int64{0, 50}, []int64{180, 180}}, // three quarters, and one
	} {
		if took := tookMs(t, row.every, 0, row.startsMs...); !slices.Equal(took, row.want) {
			t.Errorf("a memtable of %g requests, started at %v ms: they took %v ms, want %v", row.every, row.startsMs, took, row.want)
		}
	}
}

// With one thread a request that comes during a flush is noticed at the first
// look after it. The second is at 60 of 100 ms when a flush begins. The third,
// which comes 10 ms later, goes in step with it from 30 ms after that on; with
// more threads as soon as the flush is over.
func TestNoticedAfterFlush(t *testing.T) {
	for pollNs, want := range map[int64][]int64{10 * ms: {100, 160, 160}, 0: {100, 170, 160}} {
		if took := tookMs(t, 1.6, pollNs, 0, 200, 270); !slices.Equal(took, want) {
			t.Errorf("looks every %d ns: they took %v ms, want %v", pollNs, took, want)
		}
	}
}
