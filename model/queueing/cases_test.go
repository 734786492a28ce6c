package queueing

import (
	"encoding/csv"
	"math"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// within allows for the digits that a printed value has.
func within(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s: got %.9g, want %.9g +- %g", what, got, want, tolerance)
	}
}

// Published and independently computed answers that the table of theory values
// does not have.
func TestSharedQueueAgainstRoundRobin(t *testing.T) {
	for _, c := range []struct {
		rho                       float64
		n                         int
		rr, rr99, wait, mean, p99 float64
	}{
		{0.5, 2, 1.6180, 7.451, 0.33333, 1.3333, 5.666},
		{0.5, 4, 1.4325, 6.597, 0.17391, 1.0870, 4.764},
		{0.5, 8, 1.3424, 6.182, 0.05904, 1.0148, 4.625},
		{0.9, 4, 6.3830, 29.395, 0.78775, 2.9694, 12.193},
		{0.9, 8, 5.7807, 26.621, 0.70153, 1.8769, 7.087},
		{0.95, 8, 11.4006, 52.502, 0.84417, 3.1104, 12.366},
	} {
		g := RoundRobin(c.n, c.rho, 1)
		within(t, "E_N/M/1 mean", g.ResponseMeanS(), c.rr, 5e-5)
		within(t, "E_N/M/1 p99", g.ResponseQuantileS(0.99), c.rr99, 5e-4)
		m := MMc{c.rho * float64(c.n), 1, c.n}
		within(t, "M/M/N P(wait)", m.WaitProbability(), c.wait, 5e-6)
		within(t, "M/M/N mean", m.ResponseMeanS(), c.mean, 5e-5)
		within(t, "M/M/N p99", m.ResponseQuantileS(0.99), c.p99, 5e-4)
	}
}

func TestRepairman(t *testing.T) {
	for _, c := range []struct {
		m       Repairman
		x, r, u float64
	}{
		{Repairman{50, 1, 0.1, 1}, 10.0000, 4.00000, 1},
		{Repairman{50, 1, 0.1, 4}, 38.8498, 0.28701, 0.9712},
		{Repairman{100, 1, 0.1, 8}, 79.1090, 0.26408, 0.9889},
		{Repairman{20, 0.5, 0.05, 2}, 33.0958, 0.10431, 0.8274},
		{Repairman{400, 0, 0.444, 300}, 675.6757, 0.5920, 1},      // PDQ, Tomcat on AWS
		{Repairman{1, 0, 2, 1}, 0.5, 2, 1},                        // one client never queues
		{Repairman{100000, 1e-9, 1, 1}, 1, 100000 - 1e-9, 1},      // a long chain that would overflow
		{Repairman{2000, 100, 1, 100}, 2000. / 101, 1, 20. / 101}, // no queueing
	} {
		within(t, "X", c.m.ThroughputRps(), c.x, 5e-5)
		within(t, "R", c.m.ResponseMeanS(), c.r, 5e-6*math.Max(1, c.r))
		within(t, "U", c.m.Utilisation(), c.u, 5e-5)
	}
}

func TestClosedNetworks(t *testing.T) {
	type point struct {
		n    int
		x, r float64
	}
	// A balancer of 0.2 ms in front of N instances of 80 ms.
	for _, c := range []struct {
		clients int
		thinkS  float64
		points  []point
	}{
		{64, 0, []point{{1, 12.500, 5.12000}, {2, 24.615, 2.60000}, {4, 47.761, 1.34001}, {8, 90.138, 0.71002}, {16, 162.009, 0.39504}}},
		{100, 0.75, []point{{1, 12.500, 7.25000}, {2, 24.696, 3.29923}, {4, 47.749, 1.34428}, {8, 83.730, 0.44432}, {16, 108.517, 0.17152}}},
	} {
		for _, p := range c.points {
			r := BehindBalancer(0.0002, 0.08, p.n, c.thinkS).Solve(c.clients)
			within(t, "X", r.ThroughputRps, p.x, 5e-4)
			within(t, "R", r.ResponseS, p.r, 5e-6)
		}
	}
	// PDQ's demonstrations, in ms and hence per ms.
	ebiz := Closed{DemandS: []float64{9.8, 2.5, 0.72, 9.8}}
	for _, p := range []point{{1, 43.821, 0}, {4, 79.786, 0}, {7, 88.576, 0}, {10, 92.395, 0}, {20, 97.082, 0}} {
		within(t, "ebiz", 1000*ebiz.Solve(p.n).ThroughputRps, p.x, 5e-4)
	}
	httpd := BehindBalancer(10.9, 4.4, 16, 0) // the dispatcher bounds it: more slaves cannot help
	for _, c := range []struct {
		n int
		x float64
	}{{1, 65.359}, {2, 86.414}, {5, 91.733}} {
		within(t, "httpd", 1000*httpd.Solve(c.n).ThroughputRps, c.x, 5e-4)
	}
}

func TestHostCapacity(t *testing.T) {
	for _, c := range []struct {
		limit float64
		want  []float64 // for 1, 2, ... instances
	}{
		{0.15, []float64{7.5, 15, 22.5, 30, 37.5, 45, 52.5, 60}},
		{0.25, []float64{12.5, 25, 37.5, 50, 62.5, 75, 87.5, 95.238095}},
		{0.5, []float64{25, 50, 75, 95.238095, 95.238095}},
	} {
		h := Host{Cores: 2, LimitCores: c.limit, InstanceS: 0.020, BalancerS: 0.0004, GeneratorS: 0.0006, BalancerWorkers: 1}
		for i, want := range c.want {
			within(t, "capacity", h.CapacityRps(i+1), want, 5e-7)
		}
	}
	slow := Host{Cores: 64, LimitCores: 1, InstanceS: 0.001, BalancerS: 0.0004, BalancerWorkers: 2}
	within(t, "the balancer's workers bound", slow.CapacityRps(30), 5000, 1e-9)
}

func TestQuotaTable(t *testing.T) {
	phases := []float64{0, 25, 50, 75, 85, 90, 99}
	for _, c := range []struct {
		demand, quota float64
		at            []float64
		mean          float64
	}{
		{20, 50, []float64{20, 20, 20, 20, 20, 20, 20}, 20},
		{60, 50, []float64{110, 85, 60, 60, 60, 60, 110}, 77.5},
		{120, 50, []float64{220, 195, 170, 170, 220, 220, 220}, 192.5},
		{25, 20, []float64{105, 80, 55, 30, 25, 25, 105}, 61},
		{30, 15, []float64{115, 90, 65, 40, 30, 115, 115}, 78.875}, // the demand is two quotas exactly
	} {
		q := Quota{c.quota, 100, 1}
		for i, phase := range phases {
			if got := q.Response(c.demand, phase, 0); got != c.at[i] {
				t.Errorf("d=%v q=%v phase %v: %v, want %v", c.demand, c.quota, phase, got, c.at[i])
			}
		}
		if got := q.MeanResponse(c.demand); got != c.mean {
			t.Errorf("d=%v q=%v: mean %v, want %v", c.demand, c.quota, got, c.mean)
		}
	}
}

func TestQuotaBackToBack(t *testing.T) {
	got := Quota{50, 100, 1}.BackToBack(30, 13)[3:]
	for i, want := range []float64{80, 30, 80, 80, 30, 80, 30, 80, 80, 30} { // the cycle 80 80 30 80 30
		if got[i] != want {
			t.Fatalf("cycle %v differs at %d: want %v", got, i, want)
		}
	}
	for i, r := range (Quota{20, 100, 1}).BackToBack(25, 100)[1:] {
		if r != 105 && r != 185 {
			t.Errorf("request %d took %v, want 105 or 185", i, r)
		}
	}
}

// The exact mean over the phase equals the mean over a fine grid, whatever the
// demand, the quota and the number of threads.
func TestQuotaMeanProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := Quota{rapid.Float64Range(1, 150).Draw(t, "quota"), 100, rapid.IntRange(1, 4).Draw(t, "threads")}
		d := rapid.Float64Range(0.1, 500).Draw(t, "demand")
		const n = 20000
		sum := 0.0
		for i := range n {
			sum += q.Response(d, (float64(i)+0.5)*q.Period/n, 0)
		}
		// A jump of one period may be off by one cell; there are at most two.
		if got := q.MeanResponse(d); math.Abs(got-sum/n) > 2*q.Period/n*2 {
			t.Fatalf("mean %v, grid %v", got, sum/n)
		}
	})
}

// A client that sends back to back gets exactly its quota in the long run.
func TestQuotaBackToBackProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := Quota{rapid.Float64Range(5, 90).Draw(t, "quota"), 100, rapid.IntRange(1, 3).Draw(t, "threads")}
		d := rapid.Float64Range(1, 300).Draw(t, "demand")
		n := 2000
		total := 0.0
		for _, r := range q.BackToBack(d, n) {
			total += r
		}
		want := float64(n) / q.SaturationRate(d)
		if math.Abs(total-want) > q.Period+1e-6 {
			t.Fatalf("took %v, want %v within a period", total, want)
		}
	})
}

// The ladder of policies: its closed-form columns, and the exact solution for
// two instances, where joining the shorter queue and the power of two coincide.
func TestPolicyLadder(t *testing.T) {
	data, err := os.ReadFile("../../testdata/theory/policy_ladder.csv")
	if err != nil {
		t.Fatal(err)
	}
	r := csv.NewReader(strings.NewReader(string(data)))
	r.Comment = '#'
	rows, err := r.ReadAll()
	if err != nil || len(rows) != 5 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for _, row := range rows[1:] {
		within(t, "random", MM1{0.8, 1}.ResponseMeanS(), num(row[1]), 1e-12)
		if row[0] == "inf" {
			within(t, "round robin", DM1(0.8, 1).ResponseMeanS(), num(row[2]), 5e-7)
			within(t, "power of 2", PowerOfD{0.8, 2}.ResponseMean(), num(row[3]), 5e-7)
			continue
		}
		n := whole(row[0])
		within(t, "round robin", RoundRobin(n, 0.8, 1).ResponseMeanS(), num(row[2]), 5e-7)
		within(t, "central queue", MMc{0.8 * num(row[0]), 1, n}.ResponseMeanS(), num(row[5]), 5e-7)
		if n == 2 {
			jsq := shorterOfTwo(0.8, 50)
			within(t, "power of 2", jsq, num(row[3]), 5e-7)
			within(t, "JSQ", jsq, num(row[4]), 5e-7)
		}
	}
}

// shorterOfTwo solves the chain of two instances that an arrival joins the
// shorter of, by iterating over its states, and returns the mean response.
func shorterOfTwo(rho float64, top int) float64 {
	l := 2 * rho
	p, next := make([]float64, top*top), make([]float64, top*top)
	at := func(i, j int) int { return max(i, j)*top + min(i, j) } // sorted occupancies
	p[0] = 1
	for range 20000 {
		clear(next)
		for i := range top {
			for j := range i + 1 {
				mass, stay := p[at(i, j)]/(l+2), 0.0 // uniformised at rate l+2
				if j+1 < top {
					next[at(i, j+1)] += l * mass
				} else {
					stay += l
				}
				for _, d := range [2][2]int{{i - 1, j}, {i, j - 1}} {
					if d[0] < 0 || d[1] < 0 {
						stay++
						continue
					}
					next[at(d[0], d[1])] += mass
				}
				next[at(i, j)] += stay * mass
			}
		}
		p, next = next, p
	}
	n := 0.0
	for i := range top {
		for j := range i + 1 {
			n += float64(i+j) * p[at(i, j)]
		}
	}
	return n / l
}

// Policies are ordered: a shared queue beats round robin, which beats a random
// split; and the number in a closed network adds up.
func TestOrderProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 64).Draw(t, "n")
		rho := rapid.Float64Range(0.01, 0.999).Draw(t, "rho")
		shared := MMc{rho * float64(n), 1, n}.ResponseMeanS()
		rr := RoundRobin(n, rho, 1).ResponseMeanS()
		random := MM1{rho, 1}.ResponseMeanS()
		if !(shared <= rr && rr <= random && DM1(rho, 1).ResponseMeanS() <= rr*(1+1e-12)) {
			t.Fatalf("shared %v, round robin %v, random %v", shared, rr, random)
		}
		k := rapid.IntRange(1, 200).Draw(t, "clients")
		z := rapid.Float64Range(0, 10).Draw(t, "think")
		net := BehindBalancer(0.05, 1, n, z)
		r := net.Solve(k)
		inside := r.ThroughputRps * z
		for _, l := range r.InSystem {
			inside += l
		}
		if math.Abs(inside-float64(k)) > 1e-9*float64(k) || r.ThroughputRps > net.BoundRps(k)*(1+1e-12) {
			t.Fatalf("%v clients inside of %d, X %v, bound %v", inside, k, r.ThroughputRps, net.BoundRps(k))
		}
	})
}

func TestNoSteadyState(t *testing.T) {
	for _, c := range []struct {
		what string
		got  float64
	}{
		{"M/M/1", MM1{2, 2}.ResponseMeanS()},
		{"M/M/1 wait p50", MM1{2, 1}.WaitQuantileS(0.5)},
		{"M/M/c", MMc{4, 1, 4}.ResponseQuantileS(0.5)},
		{"M/M/c wait", MMc{5, 1, 4}.WaitQuantileS(0.5)},
		{"M/G/1", MG1{1, Deterministic(1)}.WaitVariance()},
		{"M/D/1", MD1{1.5, 1}.WaitQuantileS(0.5)},
		{"M/H2/1", MH21{1.1, BalancedHyperexponential(1, 2)}.ResponseQuantileS(0.5)},
		{"PS", SharedMeanS(1, 1)},
		{"round robin", RoundRobin(4, 1, 1).ResponseQuantileS(0.5)},
		{"tandem", Tandem{2, 3, 2}.ResponseQuantileS(0.5)},
	} {
		if !math.IsInf(c.got, 1) {
			t.Errorf("%s: %v, want +Inf", c.what, c.got)
		}
	}
}

func TestArgumentsOutOfRangePanic(t *testing.T) {
	for what, f := range map[string]func(){
		"negative rate":    func() { MM1{-1, 1}.ResponseMeanS() },
		"quantile 1":       func() { MM1{1, 2}.ResponseQuantileS(1) },
		"no instances":     func() { MMc{1, 2, 0}.WaitMeanS() },
		"small capacity":   func() { MMcK{1, 1, 4, 3}.InSystemMean() },
		"NaN demand":       func() { Closed{DemandS: []float64{math.NaN()}}.Solve(1) },
		"phase past end":   func() { Quota{50, 100, 1}.Response(1, 100, 0) },
		"no clients":       func() { Repairman{0, 1, 1, 1}.Utilisation() },
		"busy power of d":  func() { PowerOfD{1, 2}.ResponseMean() },
		"constant cv2 one": func() { BalancedHyperexponential(1, 1) },
	} {
		t.Run(what, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			f()
		})
	}
}

// A pod of 16.64 MiB/s, 55 offered, 70 % wanted: the autoscaler settled at 5.
func TestRuleOfThumb(t *testing.T) {
	if got := RuleOfThumb(55, 16.64, 0.7); got != 5 {
		t.Errorf("%d pods, want 5", got)
	}
}
