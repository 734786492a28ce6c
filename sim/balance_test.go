package sim

import (
	"testing"
	"time"

	"github.com/k9mil/velocitas/model"
)

// onCores puts instances that never get done on a host of so many cores.
func onCores(microCores int64, instances, threads int) *system {
	cfg := alike(instances, stationSpec{speeds: plainSpeed(threads)}, time.Hour, model.Shape{})
	cfg.hosts = []int64{microCores}
	cfg.clients = instances * threads
	for i := range cfg.stations {
		cfg.stations[i].host = 0
	}
	return cfg
}

// usedMs is the CPU time of every instance up to an instant.
func usedMs(t *testing.T, e *engine, atMs int64) []int64 {
	t.Helper()
	e.until(atMs * ms)
	e.now = atMs * ms
	var used []int64
	for i := range e.instances {
		e.stations[i].advance(e.now)
		used = append(used, int64(e.stations[i].usedNs)/ms)
	}
	return used
}

// Three busy instances on two cores: the first and the third share one. At 32 ms
// a core is seen to have one more, at 64 ms it still has and the first moves, at
// 128 ms the second, at 192 the third, after which all have had as much.
func TestThreeOnTwoCores(t *testing.T) {
	e := startedEngine(t, onCores(2*microCores, 3, 1), day, false)
	for _, row := range []struct {
		atMs int64
		want [3]int64
	}{{64, [3]int64{32, 64, 32}}, {128, [3]int64{64, 96, 96}}, {192, [3]int64{128, 128, 128}}, {256, [3]int64{160, 192, 160}}} {
		if got := usedMs(t, e, row.atMs); [3]int64(got) != row.want {
			t.Errorf("after %d ms they used %v ms, want %v", row.atMs, got, row.want)
		}
	}
}

// Of 24 busy instances on 16 cores eight have one for themselves and eight pairs
// share one. Every other look, 512 ms, eight change places, so that in three
// turns each has been alone once and shared twice.
func TestManyCores(t *testing.T) {
	e := startedEngine(t, onCores(16*microCores, 24, 1), day, false)
	for turns := int64(3); turns <= 9; turns += 3 {
		for i, used := range usedMs(t, e, turns*512) {
			if want := turns / 3 * (512 + 256 + 256); used != want {
				t.Errorf("after %d turns instance %d has used %d ms, want %d", turns, i, used, want)
			}
		}
	}
}

// Each of these shares a core with as many as any other does, and stays.
func TestEvenQueuesStay(t *testing.T) {
	for _, row := range []struct {
		cores              int64
		instances, threads int
		each               int64 // in 1 s
	}{
		{2 * microCores, 2, 1, 1000}, {2 * microCores, 4, 1, 500}, {3 * microCores, 3, 1, 1000}, {2 * microCores, 1, 2, 2000},
		{2 * microCores, 2, 2, 1000}, {1.8 * microCores, 2, 1, 900}, {1.8 * microCores, 1, 1, 1000}, {0.5 * microCores, 2, 1, 250},
	} {
		e := startedEngine(t, onCores(row.cores, row.instances, row.threads), day, false)
		for i, got := range usedMs(t, e, 1000) {
			if got < row.each-1 || got > row.each {
				t.Errorf("%+v: instance %d used %d ms", row, i, got)
			}
		}
	}
}

// An instance that has the other core for itself is done after 10 ms. Its core
// takes the one that has waited longest, and both are alone from then on.
func TestIdleCoreFetches(t *testing.T) {
	cfg := onCores(2*microCores, 3, 1).given([]int64{0, 1, 2}, []int64{100 * ms, 10 * ms, 100 * ms})
	cfg.clients = 0
	_, all := recorded(t, cfg, day, true)
	for i, want := range []int64{10, 105, 105} {
		if got := (all[i].tookNs() + ms/2) / ms; got != want {
			t.Errorf("answer %d took %d ms, want %d", i, got, want)
		}
	}
}

// A second request to an instance goes to the core where the first was, though
// another is idle too; if that one is busy it goes to the idle one.
func TestWakesWhereItWas(t *testing.T) {
	cfg := onCores(3*microCores, 3, 1).given([]int64{0, 1, 2, 20 * ms}, []int64{10 * ms, 10 * ms, 50 * ms, 10 * ms})
	cfg.clients = 0
	e := startedEngine(t, cfg, day, false)
	for _, busy := range []int32{0, 1} {
		e.until((15 + 10*int64(busy)) * ms)
		for i, want := range []int32{0, 1, 2} {
			if got := e.tasks[e.stations[i].firstTask].queue; got != want {
				t.Errorf("instance %d is on core %d, want %d", i, got, want)
			}
		}
	}
	e.until(35 * ms) // the first and the second have nothing to do
	h, first := &e.hosts[0], &e.stations[0]
	e.tasks[first.firstTask].queue = e.tasks[e.stations[2].firstTask].queue
	first.want = microCores
	e.place(h, first)
	if got := e.tasks[first.firstTask].queue; got != 0 {
		t.Errorf("beside a busy one it woke on core %d, want the idle one", got)
	}
}

// On a core with a busy instance a station that has less than a turn's work goes
// first: 1 ms takes 1 ms. With two requests of 4 ms, which is more than it may
// have, it gets half of the core.
func TestBriefGoesFirst(t *testing.T) {
	for _, row := range []struct {
		demands []int64
		want    int64 // ms, of the last answer from the second station
	}{
		{[]int64{100 * ms, ms}, 1},
		{[]int64{100 * ms, 4 * ms, 100 * ms, 4 * ms}, 16},
	} {
		at := []int64{0, 10 * ms, 10*ms + 1, 10*ms + 2}[:len(row.demands)]
		cfg := onCores(microCores, 2, 1).given(at, row.demands)
		cfg.clients = 0
		e := startedEngine(t, cfg, day, false)
		e.stations[1].briefMost = 1
		var took int64
		e.log.each = func(startNs, endNs int64, _ uint8) {
			if endNs < 50*ms {
				took = endNs - startNs
			}
		}
		e.run(day)
		if got := (took + ms/2) / ms; got != row.want {
			t.Errorf("%d requests: the last took %d ms, want %d", len(at), got, row.want)
		}
	}
}

// A turn is 0.7 ms times 1 + log2 of the cores, of which no more than eight
// count (sysctl_sched_base_slice and get_update_sysctl_factor, Linux 6.18).
func TestTurn(t *testing.T) {
	for cores, want := range map[int]float64{1: 0.7e6, 2: 1.4e6, 3: 1.4e6, 4: 2.1e6, 8: 2.8e6, 64: 2.8e6} {
		if got := turnNs(cores); got != want {
			t.Errorf("%d cores: %g ns, want %g", cores, got, want)
		}
	}
}
