package sim

import (
	"context"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
)

// plainSystem draws a system for which the fast path may be taken.
func plainSystem(t *rapid.T) *system {
	n := rapid.IntRange(1, 9).Draw(t, "instances")
	spec := stationSpec{servers: rapid.IntRange(0, 3).Draw(t, "servers")}
	spec.speeds = plainSpeed(rapid.IntRange(1, 3).Draw(t, "cores"))
	shapes := []model.Shape{{}, {Kind: "exponential"}, {Kind: "lognormal", CV: 1.5}, {Kind: "quantiles", Quantiles: []float64{0.2, 0.9, 1.1, 1.8}}}
	cfg := alike(n, spec, time.Duration(rapid.IntRange(1, 3000).Draw(t, "mean µs"))*time.Microsecond, rapid.SampledFrom(shapes).Draw(t, "shape"))
	cfg.seed = rapid.Uint64().Draw(t, "seed")
	cfg.withTime = rapid.Bool().Draw(t, "timeline")
	cfg.horizonNs = 2e8
	for i := range n {
		cfg.proxy.Peers[i].Weight = rapid.IntRange(1, 5).Draw(t, "weight")
		cfg.stations[i].slow = rapid.SampledFrom([]float64{1, 1, 1, 2.5}).Draw(t, "slow")
	}
	plainLoad(t, cfg)
	return cfg
}

func plainLoad(t *rapid.T, cfg *system) {
	rho := rapid.Float64Range(0.1, 1.2).Draw(t, "rho")
	gap := cfg.stations[0].demandNs / rho / float64(len(cfg.stations))
	switch rapid.IntRange(0, 4).Draw(t, "load") {
	case 0:
		cfg.arrivals = &arrivalSpec{gapNs: gap}
	case 1:
		cfg.arrivals = &arrivalSpec{gapNs: gap, constant: true}
	case 2:
		cfg.arrivals = &arrivalSpec{perNs: 1 / gap, shape: &scenarios.Shape{Kind: "ramp", From: 1, To: 0.1, End: 100 * milli}}
	case 3:
		cfg.arrivals = &arrivalSpec{trace: []int64{0, 0, 5, 1e6, 1e6, 1e6, 3e6, 1e8}}
	case 4:
		cfg.clients = rapid.IntRange(1, 40).Draw(t, "clients")
		cfg.thinkNs = float64(rapid.IntRange(0, 3).Draw(t, "think ms")) * 1e6
		cfg.thinkRandom = rapid.Bool().Draw(t, "random think")
	}
}

// bothWays runs a replication on the fast path and on the general path. right is false
// when the fast path was left.
func bothWays(t testing.TB, cfg *system, warmNs int64) (short, long *outcome, right bool) {
	t.Helper()
	run := func(way bool) (*outcome, bool) {
		with := *cfg
		with.timetable = []happening{{atNs: warmNs, do: warmUpEnds}}
		e, err := newEngine(&with, 3, way)
		if err != nil {
			t.Fatal(err)
		}
		if way && e.express == nil {
			t.Fatal("the fast path was not taken")
		}
		e.log.pilot = newPilotSeries(len(e.log.series))
		right := e.run(cfg.horizonNs)
		return e.outcome(cfg.horizonNs - warmNs), right
	}
	short, right = run(true)
	long, always := run(false)
	if !always {
		t.Fatal("the general path was left")
	}
	return short, long, right
}

// The fast path gives the outcome of the general path, bit for bit.
func TestFastPathEqualsGeneralPath(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cfg := plainSystem(t)
		warm := int64(rapid.IntRange(0, 100).Draw(t, "warm-up ms")) * ms
		short, long, right := bothWays(tb(t), cfg, warm)
		if !right {
			t.Skip("left") // not a system for the fast path: rapid draws another
		}
		if !reflect.DeepEqual(short, long) {
			t.Fatalf("short: %+v\nlong: %+v", short, long)
		}
	})
}

// tb lets helpers that know testing.TB be used inside a property.
func tb(t *rapid.T) testing.TB { return rapidTB{nil, t} }

type rapidTB struct {
	testing.TB
	t *rapid.T
}

func (r rapidTB) Helper()                           { r.t.Helper() }
func (r rapidTB) Fatal(args ...any)                 { r.t.Fatal(args...) }
func (r rapidTB) Fatalf(format string, args ...any) { r.t.Fatalf(format, args...) }
func (r rapidTB) Errorf(format string, args ...any) { r.t.Errorf(format, args...) }

// What nginx would notice makes the replication leave the fast path, and the
// outcome is that of the general path.
func TestFastPathIsLeft(t *testing.T) {
	overload := func() *system {
		cfg := alike(2, fifo(), time.Millisecond, exponential()).open(1.5)
		cfg.horizonNs = 1e9
		return cfg
	}
	for name, change := range map[string]func(*system){
		"the read timeout is reached by one that is served": func(s *system) { s.readNs = 10 * ms },
		"the read timeout is reached by one that waits to the end": func(s *system) {
			*s = *alike(1, fifo(), 100*time.Millisecond, model.Shape{})
			s.arrivals = &arrivalSpec{trace: []int64{0, 1, 2}}
			s.horizonNs, s.readNs = 250*ms, 240*ms
		},
		"connections run out":                   func(s *system) { s.proxy.WorkerConnections = 40 },
		"connections run out before the load":   func(s *system) { *s = *closedLoad(100); s.proxy.WorkerConnections = 40 },
		"a client asks again in no time at all": func(s *system) { *s = *closedLoad(3); s.stations[0].demandNs = 0 },
	} {
		t.Run(name, func(t *testing.T) {
			cfg := overload()
			change(cfg)
			_, long, right := bothWays(t, cfg, 0)
			if right {
				t.Fatal("the fast path was not left")
			}
			got, err := replicate(context.Background(), cfg, 3, 0, true)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, long) {
				t.Fatalf("the outcome is not that of the general path:\n%+v\n%+v", got, long)
			}
		})
	}
}

// A request that takes as long as the read timeout, less a nanosecond, is no
// reason to leave.
func TestFastPathUpToTheReadTimeout(t *testing.T) {
	for _, row := range []struct {
		readNs int64
		right  bool
	}{{5*ms + 1, true}, {5 * ms, false}} {
		cfg := alike(1, fifo(), 5*time.Millisecond, model.Shape{})
		cfg.arrivals = &arrivalSpec{trace: []int64{0}}
		cfg.horizonNs, cfg.readNs = 1e9, row.readNs
		short, long, right := bothWays(t, cfg, 0)
		if right != row.right || (right && !reflect.DeepEqual(short, long)) {
			t.Errorf("read timeout %d ns: right is %v, want %v", row.readNs, right, row.right)
		}
	}
}

// closedLoad is one instance and clients that do not think.
func closedLoad(clients int) *system {
	cfg := alike(1, fifo(), time.Millisecond, exponential())
	cfg.clients, cfg.horizonNs = clients, 1e9
	return cfg
}
