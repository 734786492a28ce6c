package sim

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/model/queueing"
	"github.com/k9mil/velocitas/scenarios/balancing"
)

// The tests of this file have no tolerance: recursions, identities and
// deterministic systems, in whole nanoseconds.

// lindley is the response of each request at one server, first come first
// served. (D. V. Lindley, The theory of queues with a single server, 1952.)
func lindley(arrivals, demands []int64) []int64 {
	took := make([]int64, len(arrivals))
	wait := int64(0)
	for i, at := range arrivals {
		if i > 0 {
			wait = max(0, wait+demands[i-1]-(at-arrivals[i-1]))
		}
		took[i] = wait + demands[i]
	}
	return took
}

// kieferWolfowitz is the response of each request where c servers take from
// one queue. (J. Kiefer and J. Wolfowitz, On the theory of queues with many
// servers, 1955.)
func kieferWolfowitz(c int, arrivals, demands []int64) []int64 {
	took := make([]int64, len(arrivals))
	work := make([]int64, c) // residual, ascending
	last := int64(0)
	for i, at := range arrivals {
		for k := range work {
			work[k] = max(0, work[k]-(at-last))
		}
		last = at
		took[i] = work[0] + demands[i]
		work[0] += demands[i]
		slices.Sort(work)
	}
	return took
}

// inTurn splits a list among n instances as a strict rotation does, answers for
// each and puts the answers together again.
func inTurn(n int, arrivals, demands []int64, answer func(a, d []int64) []int64) []int64 {
	took := make([]int64, len(arrivals))
	for k := range n {
		var a, d []int64
		for i := k; i < len(arrivals); i += n {
			a, d = append(a, arrivals[i]), append(d, demands[i])
		}
		for j, v := range answer(a, d) {
			took[k+j*n] = v
		}
	}
	return took
}

const recordedRequests = 20_000

// plainBoth runs a system both ways and wants the same responses of each.
func plainBoth(t *testing.T, build func() *system, arrivals, demands, want []int64) {
	t.Helper()
	for _, short := range []bool{true, false} {
		_, all := recorded(t, build().given(arrivals, demands), longEnough(arrivals, demands), short)
		if len(all) != len(arrivals) {
			t.Fatalf("short %v: %d of %d requests ended", short, len(all), len(arrivals))
		}
		for i, took := range byStart(t, arrivals, all) {
			if took != want[i] {
				t.Fatalf("short %v: request %d took %d ns, want %d", short, i, took, want[i])
			}
		}
	}
}

func TestLindley(t *testing.T) {
	for _, n := range []int{1, 2, 3, 8, 64} {
		t.Run(fmt.Sprintf("%d in turn", n), func(t *testing.T) {
			arrivals, demands := recordedLoad(recordedRequests, 0.9, n, 1)
			want := inTurn(n, arrivals, demands, lindley)
			plainBoth(t, func() *system { return alike(n, fifo(), 1, model.Shape{}) }, arrivals, demands, want)
		})
	}
}

// Weights 5, 1, 1 in nginx's smooth rotation, known from its documentation:
// each instance sees the requests at its places of the period a a b a c a a.
func TestLindleyWeighted(t *testing.T) {
	arrivals, demands := recordedLoad(recordedRequests, 0.5, 2, 2)
	want := make([]int64, len(arrivals))
	for _, places := range [][]int{{0, 1, 3, 5, 6}, {2}, {4}} {
		var a, d []int64
		var index []int
		for i := range arrivals {
			if slices.Contains(places, i%7) {
				a, d, index = append(a, arrivals[i]), append(d, demands[i]), append(index, i)
			}
		}
		for j, v := range lindley(a, d) {
			want[index[j]] = v
		}
	}
	plainBoth(t, func() *system {
		cfg := alike(3, fifo(), 1, model.Shape{})
		cfg.proxy.Peers[0].Weight = 5
		return cfg
	}, arrivals, demands, want)
}

func TestKieferWolfowitz(t *testing.T) {
	for _, row := range []struct{ n, c int }{
		{1, 1}, {1, 2}, {1, 3}, {1, 7}, {1, 49}, // 1/49 × 49 is not 1 in floating point
		{1, 103}, {1, 256}, {1, 300}, // beyond the table of speeds
		{4, 3}, // behind round robin
	} {
		t.Run(fmt.Sprintf("%d stations of %d servers", row.n, row.c), func(t *testing.T) {
			arrivals, demands := recordedLoad(recordedRequests, 0.9, row.n*row.c, 3)
			want := inTurn(row.n, arrivals, demands, func(a, d []int64) []int64 { return kieferWolfowitz(row.c, a, d) })
			plainBoth(t, func() *system { return alike(row.n, servers(row.c), 1, model.Shape{}) }, arrivals, demands, want)
		})
	}
}

// servers is an instance that takes c requests at a time from one queue.
func servers(c int) stationSpec { return stationSpec{servers: c, speeds: plainSpeed(c)} }

// The load generator is a station before the instances: what leaves it arrives
// there, so the recursion is applied twice.
func TestLindleyTandem(t *testing.T) {
	const cost = int64(20_000)
	for _, n := range []int{1, 3} {
		arrivals, demands := recordedLoad(recordedRequests, 0.8, n, 4)
		first := lindley(arrivals, slices.Repeat([]int64{cost}, len(arrivals)))
		passed := make([]int64, len(arrivals))
		for i, at := range arrivals {
			passed[i] = at + first[i]
		}
		second := inTurn(n, passed, demands, lindley)
		cfg := alike(n, fifo(), 1, model.Shape{}).given(arrivals, demands)
		cfg.generatorNs = float64(cost)
		_, all := recorded(t, cfg, longEnough(arrivals, demands), false)
		if len(all) != len(arrivals) {
			t.Fatalf("%d of %d requests ended", len(all), len(arrivals))
		}
		for i, took := range byStart(t, arrivals, all) {
			if want := first[i] + second[i]; took != want {
				t.Fatalf("%d instances: request %d took %d ns, want %d", n, i, took, want)
			}
		}
	}
}

// setWorkerCost makes a visit to a worker of nginx cost so much CPU time.
func (c *system) setWorkerCost(visitNs float64) *system {
	c.workerNs = visitNs
	return c
}

// Little's law and the utilisation law hold exactly on every run from empty to
// empty, whatever the system: the integral of the number in system is the sum
// of responses, busy time is the sum of demands.
func TestIdentities(t *testing.T) {
	policies := []balancing.Policy{balancing.RoundRobin, balancing.LeastConn, balancing.Random, balancing.RandomTwo}
	stations := map[string]stationSpec{"fifo": fifo(), "3 servers": servers(3), "ps": ps(), "ps on 4 cores": {speeds: plainSpeed(4)}}
	for _, policy := range policies {
		for _, name := range []string{"fifo", "3 servers", "ps", "ps on 4 cores"} {
			t.Run(fmt.Sprintf("%v %s", policy, name), func(t *testing.T) {
				arrivals, demands := recordedLoad(recordedRequests, 0.7, 4, 5)
				cfg := alike(4, stations[name], 1, model.Shape{}).given(arrivals, demands)
				cfg.proxy.Policy = policy
				e, all := recorded(t, cfg, longEnough(arrivals, demands), true)
				identities(t, e, all, demands, name == "fifo" || name == "3 servers")
			})
		}
	}
}

func identities(t *testing.T, e *engine, all []record, demands []int64, exact bool) {
	t.Helper()
	if len(all) != len(demands) || e.log.offered != int64(len(demands)) || e.log.inSystem != 0 {
		t.Fatalf("%d arrived, %d ended, %d are inside", e.log.offered, len(all), e.log.inSystem)
	}
	var sum, area int64
	for _, r := range all {
		sum += r.tookNs()
	}
	for _, a := range e.log.series {
		area += a
	}
	if exact := (wide{low: uint64(sum)}); e.log.total() != exact || e.log.sum != exact || area != sum {
		t.Errorf("∫ in system dt is %v (by bucket %d), the sum of responses %d (recorded %v)", e.log.total(), area, sum, e.log.sum)
	}
	var work, busy float64
	for _, d := range demands {
		work += float64(d)
	}
	for i := range e.stations {
		busy += e.stations[i].usedNs
	}
	// Shared, a departure waits for the next whole nanosecond: at most one
	// nanosecond a request and core is spent on nothing.
	slack := 0.0
	if !exact {
		slack = 4 * float64(len(demands))
	}
	if busy < work-1e-9*work || busy > work+slack+1e-9*work || (exact && busy != work) {
		t.Errorf("busy for %v ns, the sum of demands is %v", busy, work)
	}
}

// Where nothing varies and less arrives than can be served, nobody waits.
func TestDeterministic(t *testing.T) {
	for _, row := range []struct {
		name string
		cfg  *system
		gap  int64
	}{
		{"D/D/1 just below its limit", alike(1, fifo(), 1000, model.Shape{}), 1001},
		{"D/D/1 at its limit", alike(1, fifo(), 1000, model.Shape{}), 1000}, // what ends goes before what begins
		{"D/D/3", alike(1, servers(3), 1000, model.Shape{}), 334},
		{"D/D/1 shared", alike(1, ps(), 1000, model.Shape{}), 1001},
		{"4 in turn", alike(4, fifo(), 1000, model.Shape{}), 250},
		{"8 by least_conn", leastConn(alike(8, fifo(), 1000, model.Shape{})), 126},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.cfg.arrivals = &arrivalSpec{constant: true, gapNs: float64(row.gap)}
			_, all := recorded(t, row.cfg, 10_000_000, true)
			if want := 10_000_000/row.gap - 8; int64(len(all)) < want {
				t.Fatalf("%d requests ended, want at least %d", len(all), want)
			}
			for i, r := range all {
				if r.tookNs() != 1000 {
					t.Fatalf("request %d took %d ns, want its demand of 1000", i, r.tookNs())
				}
			}
		})
	}
}

func leastConn(s *system) *system { s.proxy.Policy = balancing.LeastConn; return s }

// Every time multiplied by 2^k multiplies every outcome by exactly 2^k.
func TestScaling(t *testing.T) {
	type build func(scale int64) *system
	quotas := func(scale int64) *system {
		spec := fifo()
		spec.quotaNs, spec.periodNs, spec.phaseNs = float64(60_000*scale), 100_000*scale, 33_000*scale
		return alike(3, spec, 1, model.Shape{})
	}
	for name, of := range map[string]build{
		"round robin": func(int64) *system { return alike(3, fifo(), 1, model.Shape{}) },
		"least_conn":  func(int64) *system { return leastConn(alike(3, servers(2), 1, model.Shape{})) },
		"quota":       quotas,
		"worker and connect cost": func(scale int64) *system {
			cfg := leastConn(alike(3, fifo(), 1, model.Shape{}))
			cfg.connectNs = 1000 * scale
			return cfg.setWorkerCost(float64(3000 * scale))
		},
		"timeout and retries": func(scale int64) *system {
			cfg := alike(3, fifo(), 1, model.Shape{})
			cfg.timeoutNs, cfg.retries, cfg.backoffNs = 300_000*scale, 2, []int64{50_000 * scale, 100_000 * scale}
			return cfg
		},
	} {
		t.Run(name, func(t *testing.T) {
			arrivals, demands := recordedLoad(5000, 0.5, 3, 6)
			var first []record
			for _, scale := range []int64{1, 2, 64, 4096} {
				a, d := multiplied(arrivals, scale), multiplied(demands, scale)
				cfg := of(scale).given(a, d)
				cfg.readNs *= scale
				_, all := recorded(t, cfg, longEnough(arrivals, demands)*scale, true)
				if scale == 1 {
					first = all
				}
				if len(all) != len(first) || len(all) != len(arrivals) {
					t.Fatalf("scale %d: %d of %d requests ended, at scale 1 %d", scale, len(all), len(arrivals), len(first))
				}
				for i, r := range all {
					f := first[i]
					if (record{f.startNs * scale, f.endNs * scale, f.status}) != r {
						t.Fatalf("scale %d: record %d is %+v, at scale 1 %+v", scale, i, r, f)
					}
				}
			}
		})
	}
}

func multiplied(xs []int64, by int64) []int64 {
	ys := slices.Clone(xs)
	for i := range ys {
		ys[i] *= by
	}
	return ys
}

const ms = int64(time.Millisecond)

// underQuota is one instance whose limit begins its periods at time 0 and that
// uses so many cores at once.
func underQuota(quotaMs float64, cores int) *system {
	spec := stationSpec{periodNs: 100 * ms, quotaNs: quotaMs * float64(ms)}
	spec.speeds = newSpeedTable([]model.SpeedRow{{Inside: 1, Efficiency: 1, Cores: float64(cores)}}, cores)
	return alike(1, spec, 1, model.Shape{})
}

// staircase is the response of a lone request under a CPU limit, in ms, by the
// phase of the period at which it starts: the tables of the closed form.
var staircase = []struct {
	demand int64
	quota  float64
	at     map[int64]float64
	mean   float64
}{
	{20, 50, map[int64]float64{0: 20, 25: 20, 50: 20, 75: 20, 85: 20, 90: 20, 99: 20}, 20},            // fits in every period
	{60, 50, map[int64]float64{0: 110, 25: 85, 50: 60, 75: 60, 85: 60, 90: 60, 99: 110}, 77.5},        // more than one period's
	{120, 50, map[int64]float64{0: 220, 25: 195, 50: 170, 75: 170, 85: 220, 90: 220, 99: 220}, 192.5}, // more than two
	{25, 20, map[int64]float64{0: 105, 25: 80, 50: 55, 75: 30, 85: 25, 90: 25, 99: 105}, 61},          // a quarter over
	{30, 15, map[int64]float64{0: 115, 25: 90, 50: 65, 75: 40, 85: 30, 90: 115, 99: 115}, 78.875},     // just twice
}

func TestQuotaStaircase(t *testing.T) {
	for _, row := range staircase {
		t.Run(fmt.Sprintf("%d of %v", row.demand, row.quota), func(t *testing.T) {
			for phase, want := range row.at {
				if got := loneUnderQuota(t, row.quota, 1, row.demand*ms, phase*ms); got != int64(want*float64(ms)) {
					t.Errorf("at phase %d ms it took %d ns, want %v ms", phase, got, want)
				}
			}
		})
	}
}

// All phases in steps of 0.1 ms, with one thread and with two, against the
// closed form.
func TestQuotaAllPhases(t *testing.T) {
	for _, row := range staircase {
		for _, threads := range []int{1, 2} {
			q := queueing.Quota{Quota: row.quota * float64(ms), Period: float64(100 * ms), Threads: threads}
			for phase := int64(0); phase < 100*ms; phase += ms / 10 {
				want := int64(q.Response(float64(row.demand*ms), float64(phase), 0))
				if got := loneUnderQuota(t, row.quota, threads, row.demand*ms, phase); got != want {
					t.Fatalf("%d ms of %v with %d threads at phase %d ns took %d ns, want %d", row.demand, row.quota, threads, phase, got, want)
				}
			}
		}
	}
}

// loneUnderQuota is the response of one request that starts at a phase of the
// third period.
func loneUnderQuota(t *testing.T, quotaMs float64, cores int, demand, phase int64) int64 {
	t.Helper()
	cfg := underQuota(quotaMs, cores).given([]int64{200*ms + phase}, []int64{demand})
	cfg.buckets = 1
	_, all := recorded(t, cfg, 5*int64(time.Second), true)
	if len(all) != 1 {
		t.Fatal("the request did not end")
	}
	return all[0].tookNs()
}

// A second request finds part of the quota used by the first.
func TestQuotaPartlyUsed(t *testing.T) {
	q := queueing.Quota{Quota: float64(50 * ms), Period: float64(100 * ms), Threads: 1}
	for used := int64(1); used <= 50; used += 7 {
		for phase := used; phase < 100; phase += 3 {
			cfg := underQuota(50, 1).given([]int64{100 * ms, (100 + phase) * ms}, []int64{used * ms, 60 * ms})
			_, all := recorded(t, cfg, int64(time.Second), true)
			want := int64(q.Response(float64(60*ms), float64(phase*ms), float64(used*ms)))
			if len(all) != 2 || all[1].tookNs() != want {
				t.Fatalf("with %d ms used, at phase %d ms: %+v, want %d ns for the second", used, phase, all, want)
			}
		}
	}
}

// One client without think time settles into a cycle.
func TestQuotaBackToBack(t *testing.T) {
	for _, row := range []struct {
		demand int64
		quota  float64
		cycle  []int64 // ms
	}{
		{30, 50, []int64{80, 30, 80, 80, 30}}, // from the start of a period: 30, 80, 30, 80, 80 …
		{20, 50, nil},
		{25, 20, nil},
	} {
		t.Run(fmt.Sprintf("%d of %v", row.demand, row.quota), func(t *testing.T) {
			cfg := underQuota(row.quota, 1)
			cfg.stations[0].demandNs, cfg.clients = float64(row.demand*ms), 1
			_, all := recorded(t, cfg, 100*int64(time.Second), true)
			q := queueing.Quota{Quota: row.quota * float64(ms), Period: float64(100 * ms), Threads: 1}
			want := q.BackToBack(float64(row.demand*ms), len(all))
			total := int64(0)
			for i, r := range all {
				if r.tookNs() != int64(want[i]) {
					t.Fatalf("request %d took %d ns, want %v", i, r.tookNs(), want[i])
				}
				total += r.tookNs()
			}
			backToBackCycle(t, all, row.demand, row.quota)
			if saturation := q.SaturationRate(float64(row.demand * ms)); float64(len(all)) < saturation*float64(total)-1 {
				t.Errorf("%d requests in %d ns, want %v a ns", len(all), total, saturation)
			}
		})
	}
}

// backToBackCycle wants the steady cycle: its length in requests and its mean,
// demand times period over quota, exactly.
func backToBackCycle(t *testing.T, all []record, demand int64, quota float64) {
	t.Helper()
	length := map[int64]int{30: 5, 20: 5, 25: 4}[demand]
	var sum int64
	values := map[int64]bool{}
	for _, r := range all[length : 2*length] {
		sum += r.tookNs()
		values[r.tookNs()/ms] = true
	}
	if got, want := float64(sum)/float64(length), float64(demand)*100/quota*float64(ms); got != want {
		t.Errorf("the cycle's mean is %v ns, want %v", got, want)
	}
	allowed := map[int64][]int64{30: {30, 80}, 20: {20, 70}, 25: {105, 185}}[demand]
	for v := range values {
		if !slices.Contains(allowed, v) {
			t.Errorf("a response of %d ms, want one of %v", v, allowed)
		}
	}
}
