package sim

import (
	"math"
	"testing"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
)

// Empty stores fill in step; used ones are anywhere between two flushes and
// between two compactions, evenly: the mean of n uniform numbers is within four
// standard errors, √(1/12n), of the middle.
func TestHowStoresBegin(t *testing.T) {
	p, err := model.LoadProfile("reference")
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
				fills = append(fills, float64(b.written)/float64(b.everyBytes))
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
