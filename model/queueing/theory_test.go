package queueing

import (
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// rule answers the rows of a section whose quantity matches the pattern, from
// the pattern's groups.
type rule struct {
	pattern string
	value   func(g []string) float64
}

func num(s string) float64 {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		panic(err)
	}
	return v
}

func whole(s string) int { return int(num(s)) }

// statistic picks by the name that the values use: L, W, Wq, "T p50", "Wq p99".
func statistic(name string, inSystem, response, wait float64, responseQ, waitQ func(float64) float64) float64 {
	switch name {
	case "L":
		return inSystem
	case "W":
		return response
	case "Wq":
		return wait
	}
	if q, ok := strings.CutPrefix(name, "T p"); ok {
		return responseQ(num(q) / 100)
	}
	return waitQ(num(strings.TrimPrefix(name, "Wq p")) / 100)
}

var demands = map[string]Moments{
	"M/D/1":              Deterministic(1),
	"M/M/1":              Exponential(1),
	"M/E4/1":             Erlang(4, 1),
	"M/LN(cv=0.25)/1":    Lognormal(1, 0.25),
	"M/LN(cv=0.5)/1":     Lognormal(1, 0.5),
	"M/LN(cv=1.0)/1":     Lognormal(1, 1),
	"M/LN(cv=2.0)/1":     Lognormal(1, 2),
	"M/Gamma(cv2=4.0)/1": Gamma(1, 4),
	"M/H2(cv2=4)/1":      BalancedHyperexponential(1, 4).Moments(),
}

var h2 = MH21{0.8, BalancedHyperexponential(1, 4)}

// rules covers the sections that this package answers. T9 (scaling laws) is
// package fit's and S (statistics) package stats'.
var rules = map[string][]rule{
	"T1": {{`^rho=(\S+) (.+)$`, func(g []string) float64 {
		m := MM1{num(g[0]), 1}
		return statistic(g[1], m.InSystemMean(), m.ResponseMeanS(), m.WaitMeanS(), m.ResponseQuantileS, m.WaitQuantileS)
	}}},
	"T2": {
		{`^c=(\d+) ErlangC P\(wait\)$`, func(g []string) float64 { return ErlangC(whole(g[0]), 0.8*num(g[0])) }},
		{`^c=(\d+) ([LWT].*)$`, func(g []string) float64 {
			m := MMc{0.8 * num(g[0]), 1, whole(g[0])}
			return statistic(g[1], m.InSystemMean(), m.ResponseMeanS(), m.WaitMeanS(), m.ResponseQuantileS, m.WaitQuantileS)
		}},
	},
	"T3": {
		{`^M/D/1 rho=(\S+) T p(\S+)$`, func(g []string) float64 {
			return MD1{num(g[0]), 1}.ResponseQuantileS(num(g[1]) / 100)
		}},
		{`^H2\(cv2=4\) p1$`, func([]string) float64 { return h2.Demand.P1 }},
		{`^H2 mu1$`, func([]string) float64 { return h2.Demand.Rate1Rps }},
		{`^H2 mu2$`, func([]string) float64 { return h2.Demand.Rate2Rps }},
		{`^M/H2/1 check tail\(0\)$`, func([]string) float64 { return h2.ResponseTail(0) }},
		{`^M/H2/1 E\[T\] from tail$`, func([]string) float64 { return h2.ResponseMeanS() }},
		{`^M/H2/1 T p(\S+)$`, func(g []string) float64 { return h2.ResponseQuantileS(num(g[0]) / 100) }},
		{`^(M/\S+/1) (Var\[Wq\]|sd\[T\]|Wq|W|L)$`, func(g []string) float64 {
			m := MG1{0.8, demands[g[0]]}
			switch g[1] {
			case "Var[Wq]":
				return m.WaitVariance()
			case "sd[T]":
				return m.ResponseSdS()
			}
			return statistic(g[1], m.InSystemMean(), m.ResponseMeanS(), m.WaitMeanS(), nil, nil)
		}},
	},
	"T4": {
		{`^M/G/1-PS E`, func([]string) float64 { return SharedMeanS(1, 0.8) }},
		{`^E\[T\|S=(\S+)\]$`, func(g []string) float64 { return SharedMeanS(num(g[0]), 0.8) }},
		{`^M/M/1-PS Var`, func([]string) float64 { return SharedVariance(1, 0.8) }},
		{`^M/M/1-PS sd$`, func([]string) float64 { return math.Sqrt(SharedVariance(1, 0.8)) }},
		{`^M/G/(\d+)-PS E`, func(g []string) float64 { return MMc{0.8 * num(g[0]), 1, whole(g[0])}.ResponseMeanS() }},
	},
	"T5": {
		{`^ErlangB c=(\d+) a=(\S+)$`, func(g []string) float64 { return ErlangB(whole(g[0]), num(g[1])) }},
		{`^M/M/(\d+)/(\d+) a=(\S+) P\(block\)(?: \| (.*))?$`, func(g []string) float64 {
			m := MMcK{num(g[2]), 1, whole(g[0]), whole(g[1])}
			return map[string]float64{"": m.BlockProbability(), "L": m.InSystemMean(),
				"W (accepted)": m.ResponseMeanS(), "throughput": m.ThroughputRps()}[g[3]]
		}},
	},
	"T6": {
		{`^M/M/(\d+)//(\d+) Z=(\S+) S=(\S+) X(?: \| (.))?$`, func(g []string) float64 {
			m := Repairman{Clients: whole(g[1]), ThinkS: num(g[2]), ServiceS: num(g[3]), Instances: whole(g[0])}
			return map[string]float64{"": m.ThroughputRps(), "R": m.ResponseMeanS(), "U": m.Utilisation()}[g[4]]
		}},
		{`^MVA K=(\d+) Z=0 lb=0.02 c=(\d+) X(?: \| (.*))?$`, func(g []string) float64 {
			return closedStatistic(BehindBalancer(0.02, 1, whole(g[1]), 0), whole(g[0]), g[2])
		}},
		{`^MVA c=4 lb=.02 Z=2 K=(\d+) X(?: \| (.*))?$`, func(g []string) float64 {
			return closedStatistic(BehindBalancer(0.02, 1, 4, 2), whole(g[0]), g[1])
		}},
	},
	"T7": {{`^rho=(\S+) RR c=(\d+|inf) sigma(?: \| (.*))?$`, func(g []string) float64 {
		rho := num(g[0])
		m := DM1(rho, 1)
		if g[1] != "inf" {
			m = RoundRobin(whole(g[1]), rho, 1)
		}
		if q, ok := strings.CutPrefix(g[2], "p"); ok {
			return m.ResponseQuantileS(num(q) / 100)
		}
		return map[string]float64{"": m.Sigma, "W": m.ResponseMeanS(), "Wq": m.WaitMeanS()}[g[2]]
	}}},
	"T8": {
		{`^rho=(\S+) d=(\d) E\[T\]`, func(g []string) float64 { return PowerOfD{num(g[0]), whole(g[1])}.ResponseMean() }},
		{`^rho=(\S+) random E`, func(g []string) float64 { return PowerOfD{num(g[0]), 1}.ResponseMean() }},
		{`^rho=(\S+) d=(\d) fraction of servers with >= (\d) jobs$`, func(g []string) float64 {
			return PowerOfD{num(g[0]), whole(g[1])}.Tail(whole(g[2]))
		}},
	},
	"T10": {
		{`^d=(\S+) q=(\S+) T=(\S+)  \| (.*)$`, func(g []string) float64 {
			return staircase(Quota{num(g[1]), num(g[2]), 1}, num(g[0]), g[3])
		}},
		// The recorded means are over the first 3,000 requests.
		{`^back-to-back d=(\S+) q=(\S+) \| mean R`, func(g []string) float64 {
			return average(Quota{num(g[1]), 100, 1}.BackToBack(num(g[0]), 3000))
		}},
		{`^back-to-back d=(\S+) q=(\S+) \| d T/q$`, func(g []string) float64 {
			return 1 / Quota{num(g[1]), 100, 1}.SaturationRate(num(g[0]))
		}},
	},
	"T11": {
		{`^E\[T\]$`, func([]string) float64 { return tandem.ResponseMeanS() }},
		{`^T p(\S+)$`, func(g []string) float64 { return tandem.ResponseQuantileS(num(g[0]) / 100) }},
	},
}

var tandem = Tandem{0.8, 10, 1}

func closedStatistic(c Closed, clients int, name string) float64 {
	r := c.Solve(clients)
	switch name {
	case "R":
		return r.ResponseS
	case "asymptotic bound", "bound":
		return c.BoundRps(clients)
	case "N* saturation (D+Z)/Dmax":
		return c.SaturationClients()
	case "Buzen X":
		return buzen(c, clients)
	}
	return r.ThroughputRps
}

// buzen solves the same network by convolution, as a second method.
func buzen(c Closed, clients int) float64 {
	g := make([]float64, clients+1) // think time alone: Z^k/k!
	g[0] = 1
	for k := 1; k <= clients; k++ {
		g[k] = g[k-1] * c.ThinkS / float64(k)
	}
	for _, d := range c.DemandS {
		for k := 1; k <= clients; k++ {
			g[k] += d * g[k-1]
		}
	}
	return g[clients-1] / g[clients]
}

// staircase evaluates on the grids that the recorded values used: 100,000 phases
// a fortieth past the left edge of their cell for the mean, 200,000 in the
// middle of theirs for the rest. (The exact means are in TestQuotaTable.)
func staircase(q Quota, demand float64, name string) float64 {
	grid := func(n int, offset float64) []float64 {
		r := make([]float64, n)
		for i := range r {
			r[i] = q.Response(demand, (float64(i)+offset)*q.Period/float64(n), 0)
		}
		return r
	}
	switch name {
	case "mean over uniform phase":
		return average(grid(100000, 0.025))
	case "saturation rate q/(T d) per ms":
		return q.SaturationRate(demand)
	}
	r := grid(200000, 0.5)
	slices.Sort(r)
	return map[string]float64{"min": r[0], "p50": r[len(r)/2], "max": r[len(r)-1]}[name]
}

func average(xs []float64) float64 {
	s := 0.0
	for _, x := range xs {
		s += x
	}
	return s / float64(len(xs))
}

// near allows for the nine digits of the recorded values.
func near(got, want float64) bool { return math.Abs(got-want) <= 6e-9*math.Max(1, math.Abs(want)) }

func TestTheoryValues(t *testing.T) {
	f, err := os.Open("../../testdata/theory/values.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	covered := map[string]int{}
	for _, row := range rows[1:] {
		if rules[row[0]] == nil {
			continue
		}
		got, err := answer(row[0], row[1])
		if err != nil {
			t.Error(err)
			continue
		}
		covered[row[0]]++
		if !near(got, num(row[2])) {
			t.Errorf("%s %s: got %.9g, want %s", row[0], row[1], got, row[2])
		}
	}
	for section := range rules {
		if covered[section] == 0 {
			t.Errorf("section %s covers no row", section)
		}
	}
	total := 0
	for _, n := range covered {
		total += n
	}
	if total != 412 { // all but T9 (18 rows) and S (21)
		t.Errorf("%d rows covered, want 412: %v", total, covered)
	}
}

func answer(section, quantity string) (float64, error) {
	for _, r := range rules[section] {
		if g := regexp.MustCompile(r.pattern).FindStringSubmatch(quantity); g != nil {
			return r.value(g[1:]), nil
		}
	}
	return 0, fmt.Errorf("%s: no formula for row %q", section, quantity)
}
