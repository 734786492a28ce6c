package sim

import (
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/k9mil/velocitas/model/queueing"
	"github.com/k9mil/velocitas/scenarios"
)

// The tests of this file state services in steps and compare with closed forms,
// as those of theory_test.go do with stations of their own.

// statedSystem is a scenario's, with one instance unless it says more.
func statedSystem(t testing.TB, yaml string) *system {
	t.Helper()
	if !strings.Contains(yaml, "instances:") || strings.Contains(yaml, "{instances:") {
		yaml = "instances: 1\n" + yaml
	}
	s, err := scenarios.Parse("stated.yaml", []byte("balancer: {policy: random, worker_connections: 100000, read_timeout: 1h}\n"+yaml))
	if err != nil {
		t.Fatalf("%v\n%s", err, yaml)
	}
	cfg, err := build(s, referenceProfile(t), s.Instances[0])
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// Means of services are compared with a standard error of at most so much; the
// full run takes sixteen times as many customers.
const powerOfServices = 0.0135

// serviceAgrees is agrees with the power of these tests.
func serviceAgrees(t *testing.T, cfg *system, customers, perUnit float64, figures ...figure) {
	t.Helper()
	if os.Getenv("VELOCITAS_TEST_FULL") != "" {
		customers *= 16
	}
	for i := range figures {
		figures[i].power = powerOfServices
	}
	agrees(t, cfg, customers, perUnit, figures...)
}

func failing(exact float64) figure {
	return figure{name: "failed", of: func(o *outcome) float64 { return failedShare(o.status) }, exact: exact}
}

// heldFigure is the utilisation of "pool db", "workers" and the like.
func heldFigure(cfg *system, name string, exact float64) figure {
	return figure{name: name + " taken", of: func(o *outcome) float64 {
		for _, h := range heldOf(cfg, []*outcome{o}) {
			if strings.TrimSpace(h.What+" "+h.Name) == name {
				return h.Utilisation.Value
			}
		}
		return math.NaN()
	}, exact: exact, more: 1e-4}
}

// partFigure is the mean of a part of the latency, in units.
func partFigure(cfg *system, name string, exact float64) figure {
	return figure{name: name, of: func(o *outcome) float64 {
		for _, p := range breakdown(cfg.program, []*outcome{o}).Parts {
			if p.Part == name {
				return p.MeanMs / 10
			}
		}
		return math.NaN()
	}, exact: exact, more: 1e-3}
}

func classMean(class int, exact float64) figure {
	return figure{name: fmt.Sprintf("mean response of class %d", class), of: func(o *outcome) float64 {
		c := &o.service.classes[class]
		return float64(c.sumNs) / float64(c.status[answered]) / float64(unit)
	}, exact: exact}
}

// Computing shared evenly, waiting, and a tier of one worker: a closed network
// of product form. Two classes that a client's requests take by chance are one
// chain, whose demands are means; each class's own response is its demand
// stretched by what an arrival finds.
func TestServiceClosedNetworks(t *testing.T) {
	for _, row := range []struct {
		clients   int
		think     float64
		cpu, wait float64
		tier      float64
		law       string
	}{{4, 2, 1, 3, 0.5, "exponential"}, {12, 5, 0.6, 2, 0.8, "exponential"}, {20, 10, 0.7, 1, 0.7, "lognormal"}, {30, 20, 0.5, 4, 0.9, "constant"}} {
		t.Run(fmt.Sprintf("%d clients, %s", row.clients, row.law), func(t *testing.T) {
			law := func(mean float64) string {
				switch row.law {
				case "lognormal":
					return fmt.Sprintf("{mean: %gms, cv: 1.5}", 10*mean)
				case "constant":
					return fmt.Sprintf("%gms", 10*mean)
				}
				return expo(10 * mean)
			}
			cfg := statedSystem(t, fmt.Sprintf("load: {clients: %d, think: %gms}\nservice: {threads: 1, requests: {get: {steps: [cpu: %s, wait: %s, call: db.q]}}}\n"+
				"tiers: {db: {workers: 1, operations: {q: %s}}}", row.clients, 10*row.think, law(row.cpu), law(row.wait), expo(10*row.tier)))
			r := queueing.Closed{ThinkS: row.think + row.wait, DemandS: []float64{row.cpu, row.tier}}.Solve(row.clients)
			x := r.ThroughputRps
			serviceAgrees(t, cfg, 200_000, x, throughput(x), meanResponse(r.ResponseS+row.wait), used(r.Utilisation[0]), heldFigure(cfg, "tier db", r.Utilisation[1]),
				partFigure(cfg, "computing", r.InSystem[0]/x), partFigure(cfg, "outside", row.wait), partFigure(cfg, "tier db", r.InSystem[1]/x))
		})
	}
}

func TestServiceClosedClasses(t *testing.T) {
	cfg := statedSystem(t, "load: {clients: 15, think: 60ms}\nservice: {threads: 1, requests: {a: {share: 70%, steps: [cpu: "+expo(4)+", call: db.r]}, b: {share: 30%, steps: [cpu: {mean: 10ms, cv: 2}, wait: 30ms, call: db.w]}}}\n"+
		"tiers: {db: {threads: 1, operations: {r: "+expo(5)+", w: 9ms}}}")
	cpu, db := 0.7*0.4+0.3*1, 0.7*0.5+0.3*0.9
	network := queueing.Closed{ThinkS: 6 + 0.3*3, DemandS: []float64{cpu, db}}
	r, found := network.Solve(15), network.Solve(14).InSystem
	serviceAgrees(t, cfg, 400_000, r.ThroughputRps, throughput(r.ThroughputRps), meanResponse(r.ResponseS+0.9), used(r.Utilisation[0]), heldFigure(cfg, "tier db", r.Utilisation[1]),
		classMean(0, 0.4*(1+found[0])+0.5*(1+found[1])), classMean(1, 1*(1+found[0])+3+0.9*(1+found[1])))
}

// Open networks of product form: Jackson's, and BCMP's with two classes. Each
// station is as if it were alone.
func TestServiceOpenNetworks(t *testing.T) {
	const rate = 0.8
	jackson := statedSystem(t, "load: {rate: 80}\nservice: {threads: 1, requests: {get: {steps: [cpu: "+expo(5)+", call: db.q, {call: cache.g, share: 40%}, wait: "+expo(20)+"]}}}\n"+
		"tiers: {db: {workers: 2, threads: 2, operations: {q: "+expo(14)+"}}, cache: {workers: 1, operations: {g: "+expo(15)+"}}}")
	cpu := queueing.MM1{ArrivalRps: rate, ServiceRps: 2}.ResponseMeanS()
	db := queueing.MMc{ArrivalRps: rate, ServiceRps: 1 / 1.4, Instances: 2}.ResponseMeanS()
	cache := queueing.MM1{ArrivalRps: 0.4 * rate, ServiceRps: 1 / 1.5}.ResponseMeanS()
	t.Run("Jackson", func(t *testing.T) {
		serviceAgrees(t, jackson, 400_000, rate, throughput(rate), meanResponse(cpu+db+0.4*cache+2), used(0.4), heldFigure(jackson, "tier db", 0.56), heldFigure(jackson, "tier cache", 0.48),
			partFigure(jackson, "computing", cpu), partFigure(jackson, "tier db", db), partFigure(jackson, "tier cache", 0.4*cache), partFigure(jackson, "outside", 2))
	})
	t.Run("BCMP", func(t *testing.T) {
		cfg := statedSystem(t, "load: {rate: 80}\nservice: {threads: 1, requests: {a: {share: 60%, steps: [cpu: 5ms, call: db.q]}, b: {share: 40%, steps: [cpu: {mean: 10ms, cv: 1.5}, wait: 40ms, {call: db.q, times: 2}]}}}\n"+
			"tiers: {db: {workers: 1, operations: {q: "+expo(5)+"}}}")
		rho, calls := rate*(0.6*0.5+0.4), rate*(0.6+0.4*2)
		call := 0.5 / (1 - calls*0.5)
		a, b := 0.5/(1-rho)+call, 1/(1-rho)+4+2*call
		serviceAgrees(t, cfg, 500_000, rate, meanResponse(0.6*a+0.4*b), used(rho), heldFigure(cfg, "tier db", calls*0.5), classMean(0, a), classMean(1, b))
	})
	t.Run("M/G/infinity", func(t *testing.T) {
		cfg := statedSystem(t, "load: {rate: 500}\nservice: {requests: {get: {steps: [wait: {mean: 50ms, cv: 1}]}}}")
		serviceAgrees(t, cfg, 300_000, 5, meanResponse(5), inSystem(25), throughput(5))
	})
	t.Run("Erlang B", func(t *testing.T) {
		cfg := statedSystem(t, "load: {rate: 700}\nservice: {workers: 10, queue: 0, requests: {get: {steps: [wait: {mean: 10ms, cv: 1}]}}}")
		b := queueing.ErlangB(10, 7)
		serviceAgrees(t, cfg, 1e6, 7, failing(b), heldFigure(cfg, "workers", 0.7*(1-b)), meanResponse(1))
	})
	t.Run("Erlang C", func(t *testing.T) {
		cfg := statedSystem(t, "load: {rate: 300}\nservice: {workers: 4, requests: {get: {steps: [wait: "+exp10+"]}}}")
		m := queueing.MMc{ArrivalRps: 3, ServiceRps: 1, Instances: 4}
		serviceAgrees(t, cfg, 2e6, 3, meanResponse(m.ResponseMeanS()), heldFigure(cfg, "workers", 0.75), partFigure(cfg, "waiting for a worker", m.WaitMeanS()),
			quantile(0.5, m.ResponseQuantileS(0.5)), quantile(0.99, m.ResponseQuantileS(0.99)))
	})
	for _, k := range []int{4, 10} {
		t.Run(fmt.Sprintf("M/M/3/%d", k), func(t *testing.T) {
			cfg := statedSystem(t, fmt.Sprintf("load: {rate: 320}\nservice: {workers: 3, queue: %d, threads: 3, requests: {get: {steps: [cpu: %s]}}}", k-3, exp10))
			m := queueing.MMcK{ArrivalRps: 3.2, ServiceRps: 1, Instances: 3, Capacity: k}
			serviceAgrees(t, cfg, 5e5, 3.2, failing(m.BlockProbability()), meanResponse(m.ResponseMeanS()), throughput(m.ThroughputRps()))
		})
	}
}

// Pollaczek and Khinchine, for one worker and for a lock, and every law.
func TestServiceOneAtATime(t *testing.T) {
	const rate = 0.7
	for _, row := range []struct {
		law     string
		moments queueing.Moments
	}{
		{"10ms", queueing.Deterministic(1)},
		{"{mean: 10ms, cv: 0.8}", queueing.Lognormal(1, 0.8)},
		{"{distribution: gamma, mean: 10ms, cv: 1.4}", queueing.Gamma(1, 1.96)},
		{"{distribution: erlang, mean: 10ms, stages: 3}", queueing.Erlang(3, 1)},
		{"{min: 2ms, max: 18ms}", queueing.Moments{First: 1, Second: 1 + 1.6*1.6/12}},
		{"{mixture: [{share: 75%, mean: 4ms}, {share: 25%, distribution: exponential, mean: 28ms}]}", queueing.Moments{First: 1, Second: 0.75*0.16 + 0.25*2*2.8*2.8}},
		{"{quantiles: [2ms, 6ms, 26ms]}", queueing.Moments{First: 1, Second: (0.4*0.4+0.4*0.4/12)/2 + (1.6*1.6+2*2/12.0)/2}},
	} {
		m := queueing.MG1{ArrivalRps: rate, Demand: row.moments}
		t.Run("worker "+row.law, func(t *testing.T) {
			cfg := statedSystem(t, "load: {rate: 70}\nservice: {workers: 1, requests: {get: {steps: [cpu: "+row.law+"]}}}")
			serviceAgrees(t, cfg, 1_000_000, rate, meanResponse(m.ResponseMeanS()), heldFigure(cfg, "workers", rate), partFigure(cfg, "waiting for a worker", m.WaitMeanS()))
		})
		t.Run("lock "+row.law, func(t *testing.T) {
			cfg := statedSystem(t, "load: {rate: 70}\nservice: {threads: 1, requests: {get: {steps: [lock: {name: l, hold: "+row.law+"}]}}}")
			serviceAgrees(t, cfg, 1_000_000, rate, meanResponse(m.ResponseMeanS()), heldFigure(cfg, "lock l", rate), partFigure(cfg, "waiting for a lock", m.WaitMeanS()))
		})
	}
}

// Two calls beside each other, each to a tier of one worker: the response is
// (12-rho)/8 times that of one. (L. Flatto and S. Hahn, Two parallel queues
// created by arrivals with two demands I, SIAM J. Appl. Math. 44, 1984.)
func TestServiceForkJoin(t *testing.T) {
	for _, rho := range []float64{0.3, 0.7} {
		cfg := statedSystem(t, fmt.Sprintf("load: {rate: %g}\nservice: {requests: {get: {steps: [parallel: [call: a.x, call: b.x]]}}}\n"+
			"tiers: {a: {workers: 1, operations: {x: %s}}, b: {workers: 1, operations: {x: %s}}}", 100*rho, exp10, exp10))
		serviceAgrees(t, cfg, 800_000, rho, meanResponse((12-rho)/8/(1-rho)), heldFigure(cfg, "tier a", rho), heldFigure(cfg, "tier b", rho))
	}
}

// A pool whose connections are held for exponential times, and requests that
// wait for one for a set time at most: M/M/c+D. (F. Baccelli and G. Hebuterne, On
// queues with impatient customers, Performance '81.)
func TestServicePoolTimeout(t *testing.T) {
	for _, row := range []struct {
		c              int
		load, patience float64
	}{{1, 1.2, 2}, {3, 2.7, 1}, {4, 6, 0.5}} {
		t.Run(fmt.Sprintf("%d connections at %g", row.c, row.load), func(t *testing.T) {
			cfg := statedSystem(t, fmt.Sprintf("load: {rate: %g}\nservice: {requests: {get: {steps: [call: db.q]}}}\ntiers: {db: {threads: 100, pool: %d, pool_timeout: %gms, operations: {q: %s}}}",
				100*row.load, row.c, 10*row.patience, exp10))
			lost, wait := leavingPool(row.c, row.load, row.patience)
			serviceAgrees(t, cfg, 600_000, row.load, failing(lost), throughput(row.load*(1-lost)), heldFigure(cfg, "pool db", row.load*(1-lost)/float64(row.c)),
				partFigure(cfg, "waiting for a connection", wait), meanResponse(1+wait))
		})
	}
}

// leavingPool is the share that is lost, and the mean wait of those served, with c
// servers of rate 1: below c in system as in M/M/c, beyond by the density of
// the virtual wait, to which who would wait longer than patience adds nothing.
func leavingPool(c int, load, patience float64) (lost, wait float64) {
	below, last := 0.0, 1.0
	for n := range c {
		if n > 0 {
			last *= load / float64(n)
		}
		below += last
	}
	g := float64(c) - load // density load·last·exp(-g w) up to patience
	density := func(w float64) float64 { return load * last * math.Exp(-g*w) }
	short, waited := 0.0, 0.0
	const steps = 20_000 // Simpson's rule
	for i := range steps + 1 {
		w, weight := patience*float64(i)/steps, 4.0
		if i%2 == 0 {
			weight = 2
		}
		if i == 0 || i == steps {
			weight = 1
		}
		short += weight * density(w)
		waited += weight * w * density(w)
	}
	short, waited = short*patience/steps/3, waited*patience/steps/3
	long := density(patience) / float64(c)
	all := below + short + long
	lost = long / all
	return lost, waited / all / (1 - lost)
}
