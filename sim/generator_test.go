package sim

import (
	"testing"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
)

// The generator spends 3 ms before nginx sees a request, an instance 10, and 2
// follow the answer, for which nobody waits: a lone client waits 13 ms, and
// begins again at once. On a single core for all it gets its next 3 ms done in 5,
// beside what the last request left behind.
func TestWorkAfterAnswer(t *testing.T) {
	for _, row := range []struct{ cores, first, rest int64 }{{0, 13, 13}, {2, 13, 13}, {1, 13, 15}} {
		cfg := closedLoad(1).generated()
		cfg.hosts, cfg.generatorHost, cfg.stations[0].host = []int64{row.cores * microCores}, 0, 0
		e, all := recorded(t, cfg, 160*ms, false)
		if len(all) < 10 {
			t.Fatalf("%d cores: %d requests", row.cores, len(all))
		}
		at := int64(0)
		for i, r := range all {
			want := row.rest
			if i == 0 {
				want = row.first
			}
			if r.startNs != at || r.tookNs() != want*ms {
				t.Errorf("%d cores: request %d took %d ns from %d on, want %d ms from %d", row.cores, i, r.tookNs(), r.startNs, want, at)
			}
			at = r.endNs
		}
		if used := e.stations[e.closer].usedNs; used != float64(int64(len(all))*2*ms) {
			t.Errorf("%d cores: %g ns were spent after %d answers", row.cores, used, len(all))
		}
	}
}

// generated gives an instance of 10 ms a generator.
func (c *system) generated() *system {
	c.generatorNs, c.closingNs = float64(3*ms), float64(2*ms)
	c.stations[0].demandNs, c.shape = float64(10*ms), newShape(model.Shape{})
	return c
}

// What comes before and after the answer adds up to what the profile says, on a
// machine of any speed.
func TestGeneratorParts(t *testing.T) {
	p := referenceProfile(t)
	p.Generator.DemandNs = 500_001
	for _, after := range []float64{0, 0.3, 1} {
		p.Generator.After = after
		s := scenarios.Default()
		s.Host.Generator, s.Speed = "shared", 0.5
		cfg, err := build(s, p, 1)
		if err != nil {
			t.Fatal(err)
		}
		if cfg.generatorNs+cfg.closingNs != 1_000_002 || cfg.closingNs != wholeNs(after*1_000_002) {
			t.Errorf("%g after the answer: %g and %g ns", after, cfg.generatorNs, cfg.closingNs)
		}
	}
}

// Each attempt leaves work behind, given up or not.
func TestWorkAfterEachAttempt(t *testing.T) {
	cfg := alike(1, fifo(), 1, exponential())
	cfg.given([]int64{0}, []int64{10 * ms})
	cfg.timeoutNs, cfg.retries, cfg.backoffNs = ms, 3, []int64{ms, ms, ms}
	cfg.hosts, cfg.generatorHost, cfg.closingNs = []int64{0}, 0, float64(2*ms)
	e, all := recorded(t, cfg, 100*ms, false)
	if len(all) != 1 || all[0].status != clientTimedOut || all[0].endNs != 7*ms {
		t.Fatalf("%+v: want one that gave up after four attempts and three rests of 1 ms", all)
	}
	if used := e.stations[e.closer].usedNs; used != float64(8*ms) {
		t.Errorf("%g ns were spent after four attempts, want 8 ms", used)
	}
}
