package sim

import (
	"context"
	"encoding/csv"
	"fmt"
	"hash/fnv"
	"math"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/model/queueing"
	"github.com/k9mil/velocitas/model/stats"
	"github.com/k9mil/velocitas/scenarios/balancing"
)

// The tests of this file compare with closed forms. The unit of time is the
// mean demand, 10 ms. A figure passes when it is within four standard errors of
// the exact value, the error coming from replications, and fails, too, when
// that error is so large that the comparison would say little.

const (
	unit        = 10 * time.Millisecond
	repetitions = 50
	standardErr = 4
	// powerOfMeans and powerOfTails bound the standard error of means and of
	// the 99th percentile and standard deviation, relative to the exact value.
	powerOfMeans = 0.005
	powerOfTails = 0.01
	// resolution is that of recorded latencies, which have three digits.
	resolution = 0.001
)

// figure is one number of a replication and what it must be.
type figure struct {
	name  string
	of    func(*outcome) float64
	exact float64
	power float64
	more  float64 // beyond four standard errors, relative
}

func meanResponse(exact float64) figure {
	return figure{"mean response", func(o *outcome) float64 { return meanMs(o) / 10 }, exact, powerOfMeans, 0}
}

func quantile(q, exact float64) figure {
	power := powerOfMeans
	if q > 0.95 {
		power = powerOfTails
	}
	return figure{fmt.Sprintf("p%v", q*100), func(o *outcome) float64 { return quantileMs(o.latency, q) / 10 }, exact, power, resolution}
}

func spread(exact float64) figure {
	return figure{"standard deviation", func(o *outcome) float64 { return o.latency.StdDev() * latencyUnitNs / float64(unit) }, exact, powerOfTails, resolution}
}

func inSystem(exact float64) figure {
	return figure{"in system", func(o *outcome) float64 { return o.area.float() / float64(o.windowNs) }, exact, powerOfMeans, 0}
}

func throughput(exact float64) figure {
	return figure{"throughput", func(o *outcome) float64 { return perSecond(o.status[answered], o.windowNs) * unit.Seconds() }, exact, powerOfMeans, 0}
}

func blocked(exact float64) figure {
	return figure{"blocked", func(o *outcome) float64 {
		return float64(o.status[instanceFull]) / float64(o.status[answered]+o.status[instanceFull])
	}, exact, powerOfTails, 0}
}

func used(exact float64) figure {
	return figure{"utilisation", func(o *outcome) float64 {
		sum := 0.0
		for i := range o.share {
			sum += o.used[i].cpuNs
		}
		return sum / float64(len(o.share)) / float64(o.windowNs)
	}, exact, powerOfMeans, 0}
}

// agrees runs a system for so many customers in all, in replications, at so
// many customers per unit of time, and compares.
func agrees(t *testing.T, cfg *system, customers, perUnit float64, figures ...figure) {
	t.Helper()
	const warm = 1000
	n := repetitions
	for customers/float64(n)/perUnit+warm > float64(maxTimeNs/int64(unit)) {
		n *= 2 // more than a replication can last
	}
	cfg.horizonNs = int64((customers/float64(n)/perUnit + warm) * float64(unit))
	cfg.seed = seedOf(t.Name())
	outs := make([]*outcome, n)
	err := parallel(context.Background(), n, processors(), func(i int) (err error) {
		outs[i], err = replicate(context.Background(), cfg, uint64(i), warm*int64(unit), false)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range figures {
		xs := make([]float64, len(outs))
		for i, o := range outs {
			xs[i] = f.of(o)
		}
		f.check(t, xs)
	}
}

// seedOf gives every test random numbers of its own, so that one unlucky seed
// does not lean on all of them.
func seedOf(name string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name))
	return h.Sum64()
}

func (f figure) check(t *testing.T, xs []float64) {
	t.Helper()
	mean, sd := stats.MeanSd(xs)
	se := sd / math.Sqrt(float64(len(xs)))
	t.Logf("%s: %.6g, exact %.6g, off by %+.1f standard errors of %.2f %%", f.name, mean, f.exact, (mean-f.exact)/se, 100*se/f.exact)
	if math.Abs(mean-f.exact) > standardErr*se+f.more*f.exact {
		t.Errorf("%s: %v is %.1f standard errors from %v", f.name, mean, (mean-f.exact)/se, f.exact)
	}
	if se > f.power*f.exact {
		t.Errorf("%s: a standard error of %.2f %% is too large for this test to say much, want at most %.2f %%", f.name, 100*se/f.exact, 100*f.power)
	}
}

// published reads one of the exact values that were worked out independently.
func published(t *testing.T, section, quantity string) float64 {
	t.Helper()
	for _, row := range table(t, "values.csv") {
		if row[0] == section && row[1] == quantity {
			return number(t, row[2])
		}
	}
	t.Fatalf("no value %q in section %s", quantity, section)
	return 0
}

func table(t *testing.T, name string) [][]string {
	t.Helper()
	f, err := os.Open("../testdata/theory/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comment = '#'
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func number(t *testing.T, text string) float64 {
	t.Helper()
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// agreed is a closed form, which must be what was published.
func agreed(t *testing.T, formula float64, section, quantity string) float64 {
	t.Helper()
	if want := published(t, section, quantity); math.Abs(formula-want) > 1e-6*want {
		t.Fatalf("the formula for %q gives %v, published is %v", quantity, formula, want)
	}
	return formula
}

func lognormal(cv float64) model.Shape { return model.Shape{Kind: "lognormal", CV: cv} }

func TestMM1(t *testing.T) {
	for rho, customers := range map[float64]float64{0.5: 3e6, 0.8: 8e6} {
		t.Run(fmt.Sprint(rho), func(t *testing.T) {
			m := queueing.MM1{ArrivalRps: rho, ServiceRps: 1}
			at := fmt.Sprintf("rho=%v ", rho)
			agrees(t, alike(1, fifo(), unit, exponential()).open(rho), customers, rho,
				meanResponse(agreed(t, m.ResponseMeanS(), "T1", at+"W")),
				inSystem(agreed(t, m.InSystemMean(), "T1", at+"L")),
				quantile(0.5, agreed(t, m.ResponseQuantileS(0.5), "T1", at+"T p50")),
				quantile(0.95, agreed(t, m.ResponseQuantileS(0.95), "T1", at+"T p95")),
				quantile(0.99, agreed(t, m.ResponseQuantileS(0.99), "T1", at+"T p99")),
				throughput(rho), used(rho),
			)
		})
	}
}

// Round robin makes each of N instances an E_N/M/1.
func TestRoundRobinIsErlangArrivals(t *testing.T) {
	for _, rho := range []float64{0.5, 0.8} {
		for _, n := range []int{2, 4, 8} {
			t.Run(fmt.Sprintf("%d at %v", n, rho), func(t *testing.T) {
				m := queueing.RoundRobin(n, rho, 1)
				at := fmt.Sprintf("rho=%v RR c=%d sigma | ", rho, n)
				customers := map[float64]float64{0.5: 2e6, 0.8: 6e6}[rho]
				agrees(t, alike(n, fifo(), unit, exponential()).open(rho), customers, rho*float64(n),
					meanResponse(agreed(t, m.ResponseMeanS(), "T7", at+"W")),
					quantile(0.5, agreed(t, m.ResponseQuantileS(0.5), "T7", at+"p50")),
					quantile(0.95, agreed(t, m.ResponseQuantileS(0.95), "T7", at+"p95")),
					quantile(0.99, agreed(t, m.ResponseQuantileS(0.99), "T7", at+"p99")),
				)
			})
		}
	}
}

func TestMMc(t *testing.T) {
	for _, c := range []int{2, 4, 8} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			m := queueing.MMc{ArrivalRps: 0.8 * float64(c), ServiceRps: 1, Instances: c}
			at := fmt.Sprintf("c=%d ", c)
			agrees(t, alike(1, servers(c), unit, exponential()).open(0.8*float64(c)), 8e6, 0.8*float64(c),
				meanResponse(agreed(t, m.ResponseMeanS(), "T2", at+"W")),
				inSystem(agreed(t, m.InSystemMean(), "T2", at+"L")),
				quantile(0.5, agreed(t, m.ResponseQuantileS(0.5), "T2", at+"T p50")),
				quantile(0.95, agreed(t, m.ResponseQuantileS(0.95), "T2", at+"T p95")),
				quantile(0.99, agreed(t, m.ResponseQuantileS(0.99), "T2", at+"T p99")),
			)
		})
	}
}

// Pollaczek and Khinchine, for every law of demand that a scenario can have.
func TestMG1(t *testing.T) {
	uniform := queueing.Moments{First: 1, Second: 1 + 1.5*1.5/12, Third: (math.Pow(1.75, 4) - math.Pow(0.25, 4)) / (4 * 1.5)}
	for _, row := range []struct {
		name      string
		shape     model.Shape
		moments   queueing.Moments
		rho       float64
		customers float64
		published string
	}{
		{"constant", model.Shape{}, queueing.Deterministic(1), 0.8, 4e6, "M/D/1 "},
		{"lognormal 0.25", lognormal(0.25), queueing.Lognormal(1, 0.25), 0.8, 4e6, "M/LN(cv=0.25)/1 "},
		{"lognormal 0.5", lognormal(0.5), queueing.Lognormal(1, 0.5), 0.8, 4e6, "M/LN(cv=0.5)/1 "},
		{"lognormal 1", lognormal(1), queueing.Lognormal(1, 1), 0.8, 8e6, "M/LN(cv=1.0)/1 "},
		{"lognormal 2 at half load", lognormal(2), queueing.Lognormal(1, 2), 0.5, 2e7, ""},
		{"quantiles, even from 0.25 to 1.75", model.Shape{Kind: "quantiles", Quantiles: []float64{0.25, 1, 1.75}}, uniform, 0.8, 4e6, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			m := queueing.MG1{ArrivalRps: row.rho, Demand: row.moments}
			mean, sd := m.ResponseMeanS(), m.ResponseSdS()
			if row.published != "" {
				mean, sd = agreed(t, mean, "T3", row.published+"W"), agreed(t, sd, "T3", row.published+"sd[T]")
			}
			figures := []figure{meanResponse(mean), inSystem(m.InSystemMean())}
			if row.name != "lognormal 2 at half load" { // whose second moment takes for ever to settle
				figures = append(figures, spread(sd))
			}
			agrees(t, alike(1, fifo(), unit, row.shape).open(row.rho), row.customers, row.rho, figures...)
		})
	}
}

func TestMD1Quantiles(t *testing.T) {
	for _, rho := range []float64{0.5, 0.8} {
		m := queueing.MD1{ArrivalRps: rho, DemandS: 1}
		at := fmt.Sprintf("M/D/1 rho=%v T ", rho)
		agrees(t, alike(1, fifo(), unit, model.Shape{}).open(rho), 4e6, rho,
			quantile(0.95, agreed(t, m.ResponseQuantileS(0.95), "T3", at+"p95")),
			quantile(0.99, agreed(t, m.ResponseQuantileS(0.99), "T3", at+"p99")),
		)
	}
}

// Shared evenly, an instance answers on average as if demand were exponential,
// whatever its law, on one core and on several.
func TestSharingIsInsensitive(t *testing.T) {
	for _, row := range []struct {
		shape     model.Shape
		cores     int
		rho       float64
		customers float64
	}{
		{exponential(), 1, 0.8, 8e6},
		{model.Shape{}, 1, 0.8, 5e6},
		{lognormal(2), 1, 0.5, 4e6},
		{lognormal(2), 2, 0.8, 12e6},
		{model.Shape{}, 4, 0.8, 2e6},
		{lognormal(2), 4, 0.8, 4e6},
		{lognormal(1), 8, 0.8, 2e6},
	} {
		t.Run(fmt.Sprintf("%v %v on %d at %v", row.shape.Kind, row.shape.CV, row.cores, row.rho), func(t *testing.T) {
			c := float64(row.cores)
			want := queueing.MMc{ArrivalRps: row.rho * c, ServiceRps: 1, Instances: row.cores}.ResponseMeanS()
			figures := []figure{meanResponse(want), inSystem(want * row.rho * c)}
			if row.cores == 1 && row.shape.Kind == "exponential" {
				variance := agreed(t, queueing.SharedVariance(1, row.rho), "T4", "M/M/1-PS Var[T]=(2+r)/(2-r)/(1-r)^2")
				figures = append(figures, spread(math.Sqrt(variance)))
			}
			spec := stationSpec{speeds: plainSpeed(row.cores)}
			agrees(t, alike(1, spec, unit, row.shape).open(row.rho*c), row.customers, row.rho*c, figures...)
		})
	}
}

// A shared instance is fair: a request of demand x takes x/(1-rho) on average.
func TestSharingIsFair(t *testing.T) {
	const rho, requests = 0.5, 100_000
	sums := map[int64][]float64{}
	for seed := range uint64(repetitions) {
		arrivals, demands := recordedLoad(requests, rho, 1, seed+100)
		for i := range demands { // two sizes, half as large and three times as large as the mean
			demands[i] = int64(serviceTime) / 2
			if arrivals[i]%5 == 0 {
				demands[i] = 3 * int64(serviceTime)
			}
		}
		_, all := recorded(t, alike(1, ps(), 1, model.Shape{}).given(arrivals, demands), longEnough(arrivals, demands), true)
		took, count := map[int64]float64{}, map[int64]float64{}
		for i, ns := range byStart(t, arrivals, all) {
			took[demands[i]] += float64(ns) / float64(serviceTime)
			count[demands[i]]++
		}
		for d := range took {
			sums[d] = append(sums[d], took[d]/count[d])
		}
	}
	for d, xs := range sums {
		want := queueing.SharedMeanS(float64(d)/float64(serviceTime), rho)
		figure{name: fmt.Sprintf("response to a demand of %v", time.Duration(d)), exact: want, power: powerOfMeans}.check(t, xs)
	}
}

// An instance that holds at most K answers 503 beyond.
func TestBlocking(t *testing.T) {
	for _, row := range []struct {
		c, k      int
		load      float64
		customers float64
	}{{1, 10, 0.8, 10e6}, {1, 10, 1.2, 3e6}, {4, 10, 3.2, 6e6}, {4, 20, 4.8, 3e6}} {
		t.Run(fmt.Sprintf("M/M/%d/%d at %v", row.c, row.k, row.load), func(t *testing.T) {
			m := queueing.MMcK{ArrivalRps: row.load, ServiceRps: 1, Instances: row.c, Capacity: row.k}
			at := fmt.Sprintf("M/M/%d/%d a=%v P(block)", row.c, row.k, row.load)
			cfg := alike(1, servers(row.c), unit, exponential()).open(row.load)
			cfg.maxInside = row.k
			agrees(t, cfg, row.customers, row.load,
				blocked(agreed(t, m.BlockProbability(), "T5", at)),
				meanResponse(agreed(t, m.ResponseMeanS(), "T5", at+" | W (accepted)")),
				throughput(agreed(t, m.ThroughputRps(), "T5", at+" | throughput")),
			)
		})
	}
}

// Erlang's loss formula holds for every law of demand.
func TestErlangB(t *testing.T) {
	for _, row := range []struct {
		c     int
		load  float64
		text  string
		shape model.Shape
	}{{5, 3, "3.0", exponential()}, {10, 7, "7.0", lognormal(1)}, {4, 3.2, "3.2", model.Shape{}}} {
		t.Run(fmt.Sprintf("%d at %v", row.c, row.load), func(t *testing.T) {
			cfg := alike(1, servers(row.c), unit, row.shape).open(row.load)
			cfg.maxInside = row.c
			agrees(t, cfg, 2e6, row.load, blocked(agreed(t, queueing.ErlangB(row.c, row.load), "T5", fmt.Sprintf("ErlangB c=%d a=%s", row.c, row.text))))
		})
	}
}

func TestRepairman(t *testing.T) {
	for _, row := range []struct{ clients, c int }{{10, 1}, {20, 1}, {20, 2}} {
		t.Run(fmt.Sprintf("M/M/%d//%d", row.c, row.clients), func(t *testing.T) {
			m := queueing.Repairman{Clients: row.clients, ThinkS: 9, ServiceS: 1, Instances: row.c}
			at := fmt.Sprintf("M/M/%d//%d Z=9.0 S=1.0 X", row.c, row.clients)
			cfg := alike(1, servers(row.c), unit, exponential())
			cfg.clients, cfg.thinkNs, cfg.thinkRandom = row.clients, 9*float64(unit), true
			x := agreed(t, m.ThroughputRps(), "T6", at)
			agrees(t, cfg, 2e6, x, throughput(x), meanResponse(agreed(t, m.ResponseMeanS(), "T6", at+" | R")))
		})
	}
}

// The policies, from blind to omniscient.
func TestPolicyLadder(t *testing.T) {
	rows := table(t, "policy_ladder.csv")
	policies := map[string]balancing.Policy{"random": balancing.Random, "round_robin": balancing.RoundRobin, "power_of_2": balancing.RandomTwo, "jsq": balancing.LeastConn}
	for _, row := range rows[1:4] {
		n := int(number(t, row[0]))
		for column, name := range rows[0] {
			policy, ok := policies[name]
			if !ok {
				continue
			}
			t.Run(fmt.Sprintf("%d %s", n, name), func(t *testing.T) {
				cfg := alike(n, fifo(), unit, exponential()).open(0.8)
				cfg.proxy.Policy = policy
				customers := map[balancing.Policy]float64{balancing.Random: 7e6, balancing.RoundRobin: 6e6, balancing.RandomTwo: 5e6, balancing.LeastConn: 3e6}
				agrees(t, cfg, customers[policy], 0.8*float64(n), meanResponse(number(t, row[column])))
			})
		}
	}
}

// Round robin before regular demands, compared with values from other
// simulators: no closed form is known.
func TestRoundRobinOfOtherLaws(t *testing.T) {
	for _, row := range []struct {
		shape       model.Shape
		mean, error float64
	}{{lognormal(0.5), 1.5828, 0.0028}, {model.Shape{}, 1.1517, 0.0004}} {
		f := meanResponse(row.mean)
		f.more = 2 * row.error / row.mean
		agrees(t, alike(8, fifo(), unit, row.shape).open(0.8), 2e6, 6.4, f)
	}
}

// A closed network of shared instances that nginx picks at random has a product
// form, whatever the law of demand: mean value analysis is exact.
func TestClosedNetwork(t *testing.T) {
	for _, row := range []struct {
		clients, n int
		think      float64
		shape      model.Shape
	}{{16, 4, 0, exponential()}, {16, 8, 0, lognormal(1)}, {4, 4, 2, model.Shape{}}, {16, 4, 2, exponential()}, {64, 4, 2, lognormal(0.5)}} {
		t.Run(fmt.Sprintf("%d clients, %d instances, think %v", row.clients, row.n, row.think), func(t *testing.T) {
			r := queueing.BehindBalancer(0, 1, row.n, row.think).Solve(row.clients)
			cfg := alike(row.n, ps(), unit, row.shape)
			cfg.proxy.Policy = balancing.Random
			cfg.clients, cfg.thinkNs, cfg.thinkRandom = row.clients, row.think*float64(unit), true
			agrees(t, cfg, 1e6, r.ThroughputRps, throughput(r.ThroughputRps), meanResponse(r.ResponseS))
		})
	}
}

// A CPU limit of half a core under Poisson load of 0.4, one at a time: there is
// no closed form; the values and their errors come from an independent
// simulation. As the period shrinks they approach the instance at half speed.
func TestQuotaUnderRandomLoad(t *testing.T) {
	for _, row := range []struct {
		period      time.Duration
		shape       model.Shape
		mean, error float64
		customers   float64
	}{
		{100 * unit, exponential(), 2.226, 0.036, 12e6},
		{10 * unit, exponential(), 6.917, 0.099, 8e6},
		{4 * unit, exponential(), 8.474, 0.103, 5e6},
		{unit, exponential(), 9.597, 0.104, 5e6},
		{unit / 10, exponential(), 10.12, 0.17, 4e6},
		{100 * unit, model.Shape{}, 1.392, 0.005, 2e6},
		{10 * unit, model.Shape{}, 3.110, 0.030, 4e6},
		{2 * unit, model.Shape{}, 4.798, 0.036, 3e6},
		{unit / 10, model.Shape{}, 5.901, 0.063, 2e6},
	} {
		t.Run(fmt.Sprintf("%s every %v", row.shape.Kind, row.period), func(t *testing.T) {
			spec := fifo()
			spec.periodNs, spec.phaseNs, spec.quotaNs = int64(row.period), -1, float64(row.period)/2
			f := meanResponse(row.mean)
			f.more = 2 * row.error / row.mean
			agrees(t, alike(1, spec, unit, row.shape).open(0.4), row.customers, 0.4, f)
		})
	}
}
