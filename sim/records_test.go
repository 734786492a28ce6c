package sim

import (
	"testing"
	"time"

	"github.com/k9mil/velocitas/sim/random"
)

// record is a request as its client saw it.
type record struct {
	startNs, endNs int64
	status         uint8
}

func (r record) tookNs() int64 { return r.endNs - r.startNs }

// recorded runs a system from the start to a horizon and keeps every request,
// in the order in which they ended.
func recorded(t testing.TB, cfg *system, horizonNs int64, short bool) (*engine, []record) {
	t.Helper()
	var all []record
	e := startedEngine(t, cfg, horizonNs, short)
	e.log.each = func(startNs, endNs int64, status uint8) {
		all = append(all, record{startNs, endNs, status})
	}
	if !e.run(horizonNs) {
		t.Fatal("the fast path was left")
	}
	return e, all
}

// startedEngine is an engine that records from time 0 on. It has a copy of the
// system, since given demands are taken off a list.
func startedEngine(t testing.TB, cfg *system, horizonNs int64, short bool) *engine {
	t.Helper()
	with := *cfg
	with.horizonNs = horizonNs
	with.timetable = append([]happening{{do: warmUpEnds}}, cfg.timetable...)
	e, err := newEngine(&with, 0, short)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// given replaces arrivals and demands by lists in whole nanoseconds.
func (c *system) given(arrivals, demands []int64) *system {
	c.arrivals = &arrivalSpec{trace: arrivals}
	c.shape = shape{kind: listShape}
	for _, d := range demands {
		c.shape.list = append(c.shape.list, float64(d))
	}
	for i := range c.stations {
		c.stations[i].demandNs = 1
	}
	return c
}

// recordedLoad is a list of arrivals and demands, both exponential, at a
// utilisation of rho with so many servers: like measured ones, but without end.
func recordedLoad(n int, rho float64, servers int, seed uint64) (arrivals, demands []int64) {
	gaps, services := random.New(seed, 0, "gaps", 0), random.New(seed, 0, "services", 0)
	at := int64(0)
	for range n {
		at += 1 + int64(gaps.Exponential()*float64(serviceTime)/rho/float64(servers))
		arrivals = append(arrivals, at)
		demands = append(demands, 1+int64(services.Exponential()*float64(serviceTime)))
	}
	return arrivals, demands
}

// longEnough is a horizon beyond everything in a list.
func longEnough(arrivals, demands []int64) int64 {
	at := arrivals[len(arrivals)-1] + int64(time.Second)
	for _, d := range demands {
		at += d
	}
	return at
}

// byStart puts the responses into the order of arrival.
func byStart(t testing.TB, arrivals []int64, all []record) []int64 {
	t.Helper()
	index := make(map[int64]int, len(arrivals))
	for i, at := range arrivals {
		if _, twice := index[at]; twice {
			t.Fatalf("two arrivals at %d ns", at)
		}
		index[at] = i
	}
	took := make([]int64, len(arrivals))
	for i := range took {
		took[i] = -1
	}
	for _, r := range all {
		i, ok := index[r.startNs]
		if !ok || took[i] >= 0 || r.status != answered {
			t.Fatalf("unexpected end of a request: %+v", r)
		}
		took[i] = r.tookNs()
	}
	return took
}
