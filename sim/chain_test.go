package sim

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

// A small Markov chain of requests that hold one thing while they wait for
// another: what they are in, one after the other, what is taken and given back,
// and how much of each there is. All requests are alike and every time is
// exponential, so that how many are in each stage is all there is to know.

// stage is what a request is in: it works for a time, or waits for a resource.
type stage struct {
	part  string  // of the latency
	mean  float64 // of the work; 0 is a wait
	on    int     // processor that is shared evenly, alone for no processor
	takes int     // resource that it waits for
	most  int     // that may wait; one more fails. unbounded is any number
	frees []int   // resources given back at the end of the work
}

const (
	alone     = -1
	unbounded = -1
	stages    = 10
)

func works(part string, mean float64, on int, frees ...int) stage {
	return stage{part: part, mean: mean, on: on, frees: frees}
}

func takes(part string, resource, most int) stage {
	return stage{part: part, takes: resource, most: most}
}

// network is a closed one of clients that think, or an open one with so much
// room that beyond it requests are turned away.
type network struct {
	clients    int     // or room
	think      float64 // or time between arrivals
	open       bool
	cores      []float64
	resources  []int
	names      []string // of resources, as "what name"
	stages     []stage
	partsOfAll bool // no request fails after it has come in, so parts can be compared
}

// population is how many are in each stage; the first is outside.
type population [stages]int

// solved is the steady state of a network.
type solved struct {
	throughput, failed, turned float64 // per unit of time
	parts                      map[string]float64
	inside                     float64
	taken                      []float64
}

// holds is how many have taken a resource: those beyond where it is taken and
// not beyond where it is given back.
func (n *network) holds(p population, resource int) int {
	held, sum := false, 0
	for i, s := range n.stages {
		if held {
			sum += p[i+1]
		}
		if s.mean == 0 && s.takes == resource {
			held = true
		}
		if slices.Contains(s.frees, resource) {
			held = false
		}
	}
	return sum
}

// arrive adds one to a stage and lets all go on whom nothing hinders. failed tells
// that there was no room for it, so that it has left, with all that it held.
func (n *network) arrive(p population, at int) (_ population, failed bool) {
	p[at%(len(n.stages)+1)]++
	for moved := true; moved; {
		moved = false
		for i := len(n.stages); i >= 1; i-- {
			s := n.stages[i-1]
			if s.mean > 0 || p[i] == 0 || n.holds(p, s.takes) >= n.resources[s.takes] {
				continue
			}
			p[i]--
			p[i+1]++
			moved = true
		}
	}
	if at == 0 || at > len(n.stages) {
		return p, false
	}
	if s := n.stages[at-1]; s.mean == 0 && s.most != unbounded && p[at] > s.most {
		p[at]--
		p, _ = n.arrive(p, 0)
		return p, true
	}
	return p, false
}

// moves are what can happen next and how often.
func (n *network) moves(p population, do func(to population, rate float64, from int, failed bool)) {
	busy := make([]float64, len(n.cores))
	for i, s := range n.stages {
		if s.mean > 0 && s.on != alone {
			busy[s.on] += float64(p[i+1])
		}
	}
	leave := func(i int, rate float64) {
		to := p
		to[i]--
		to, failed := n.arrive(to, i+1)
		do(to, rate, i, failed)
	}
	switch {
	case p[0] > 0 && n.open:
		leave(0, 1/n.think)
	case p[0] > 0:
		leave(0, float64(p[0])/n.think)
	}
	for i, s := range n.stages {
		if s.mean == 0 || p[i+1] == 0 {
			continue
		}
		rate := float64(p[i+1]) / s.mean
		if s.on != alone {
			rate *= min(1, n.cores[s.on]/busy[s.on])
		}
		leave(i+1, rate)
	}
}

// solve finds the steady state by Gauss and Seidel's iteration.
func (n *network) solve(t *testing.T) solved {
	t.Helper()
	type flow struct {
		from int
		rate float64
	}
	var states []population
	at := map[population]int{}
	number := func(p population) int {
		k, ok := at[p]
		if !ok {
			k = len(states)
			at[p], states = k, append(states, p)
		}
		return k
	}
	number(population{n.clients})
	var into [][]flow
	var out []float64
	for k := 0; k < len(states); k++ {
		out = append(out, 0)
		n.moves(states[k], func(to population, rate float64, _ int, _ bool) {
			j := number(to)
			for len(into) < len(states) {
				into = append(into, nil)
			}
			if j != k {
				into[j] = append(into[j], flow{k, rate})
				out[k] += rate
			}
		})
	}
	pi := make([]float64, len(states))
	for i := range pi {
		pi[i] = 1 / float64(len(pi))
	}
	for change := 1.0; change > 1e-13; {
		change = 0
		sum := 0.0
		for k := range pi {
			was := pi[k]
			pi[k] = 0
			for _, f := range into[k] {
				pi[k] += pi[f.from] * f.rate / out[k]
			}
			sum += pi[k]
			change = max(change, math.Abs(pi[k]-was))
		}
		for k := range pi {
			pi[k] /= sum
		}
	}
	r := solved{parts: map[string]float64{}, taken: make([]float64, len(n.resources))}
	for k, p := range states {
		n.moves(p, func(_ population, rate float64, from int, failed bool) {
			if failed {
				r.failed += pi[k] * rate
			} else if from == len(n.stages) {
				r.throughput += pi[k] * rate
			}
		})
		if n.open && p[0] == 0 {
			r.turned += pi[k] / n.think
		}
		for i, s := range n.stages {
			r.parts[s.part] += pi[k] * float64(p[i+1])
			r.inside += pi[k] * float64(p[i+1])
		}
		for i := range n.resources {
			r.taken[i] += pi[k] * float64(n.holds(p, i))
		}
	}
	return r
}

// The solver by itself, on chains that have closed forms: M/M/2/5 and two
// stations one of which can refuse.
func TestChainOfKnownSystems(t *testing.T) {
	n := network{clients: 5, think: 1 / 1.5, open: true, resources: []int{2}, stages: []stage{takes("w", 0, unbounded), works("s", 1, alone, 0)}}
	r := n.solve(t)
	// Birth and death: 1, a, a²/2, a³/4, … with a = 1.5.
	weights, sum, mean := []float64{1, 1.5, 1.125, 0.84375, 0.6328125, 0.474609375}, 0.0, 0.0
	for k, w := range weights {
		sum, mean = sum+w, mean+float64(k)*w
	}
	if blocked := weights[5] / sum; math.Abs(r.turned/1.5-blocked) > 1e-9 || math.Abs(r.inside-mean/sum) > 1e-9 {
		t.Errorf("M/M/2/5: %v of arrivals turned away and %v inside, want %v and %v", r.turned/1.5, r.inside, blocked, mean/sum)
	}
	n = network{clients: 3, think: 1, resources: []int{1}, stages: []stage{takes("w", 0, 0), works("s", 1, alone, 0)}}
	// Engset: three sources, one server, no room to wait: 1, 3 by state.
	if r = n.solve(t); math.Abs(r.throughput-0.75) > 1e-9 || math.Abs(r.failed-0.75*2) > 1e-9 {
		t.Errorf("Engset: %v answered and %v failed, want 0.75 and 1.5", r.throughput, r.failed)
	}
}

// exp10 is an exponential time with a mean of 10 ms.
const exp10 = "{distribution: exponential, mean: 10ms}"

func expo(ms float64) string {
	return fmt.Sprintf("{distribution: exponential, mean: %gms}", ms)
}

const closedOf8 = "load: {clients: 8, think: 30ms}\n"

// Each of these holds one thing while it waits for another, so no product form
// is known: the chain is the oracle. Times of the chain are in units of 10 ms.
func TestHeldWhileWaiting(t *testing.T) {
	closed := func(stages []stage, cores []float64, names []string, resources ...int) network {
		return network{clients: 8, think: 3, cores: cores, names: names, resources: resources, stages: stages, partsOfAll: true}
	}
	worker := takes("waiting for a worker", 0, unbounded)
	connection := func(r int) stage { return takes("waiting for a connection", r, unbounded) }
	for _, row := range []struct {
		name, yaml string
		chain      network
	}{
		{"two workers wait outside while one computes",
			closedOf8 + "service: {workers: 2, threads: 1, requests: {get: {steps: [cpu: " + exp10 + ", wait: " + expo(20) + "]}}}",
			closed([]stage{worker, works("computing", 1, 0), works("outside", 2, alone, 0)}, []float64{1}, []string{"workers"}, 2)},
		{"workers and a pool before a tier",
			closedOf8 + "service: {workers: 4, threads: 1, requests: {get: {steps: [cpu: " + expo(5) + ", call: db.q]}}}\ntiers: {db: {pool: 2, threads: 100, operations: {q: " + exp10 + "}}}",
			closed([]stage{worker, works("computing", 0.5, 0), connection(1), works("tier db", 1, alone, 0, 1)}, []float64{1}, []string{"workers", "pool db"}, 4, 2)},
		{"workers, pool and one worker of a tier",
			closedOf8 + "service: {workers: 3, threads: 2, requests: {get: {steps: [cpu: " + expo(8) + ", call: db.q, cpu: " + expo(4) + "]}}}\ntiers: {db: {pool: 2, workers: 1, operations: {q: " + expo(6) + "}}}",
			closed([]stage{worker, works("computing", 0.8, 0), connection(1), takes("tier db", 2, unbounded), works("tier db", 0.6, alone, 1, 2), works("computing", 0.4, 0, 0)},
				[]float64{2}, []string{"workers", "pool db", "tier db"}, 3, 2, 1)},
		{"a lock in a worker",
			closedOf8 + "service: {workers: 3, threads: 2, requests: {get: {steps: [cpu: " + expo(6) + ", lock: {name: l, hold: " + expo(8) + "}]}}}",
			closed([]stage{worker, works("computing", 0.6, 0), takes("waiting for a lock", 1, unbounded), works("computing", 0.8, 0, 0, 1)}, []float64{2}, []string{"workers", "lock l"}, 3, 1)},
		{"a lock around a call",
			closedOf8 + "service: {workers: 5, threads: 1, requests: {get: {steps: [cpu: " + expo(4) + ", lock: {name: l, steps: [cpu: " + expo(2) + ", call: db.q]}, wait: " + expo(5) + "]}}}\ntiers: {db: {operations: {q: " + expo(5) + "}}}",
			closed([]stage{worker, works("computing", 0.4, 0), takes("waiting for a lock", 1, unbounded), works("computing", 0.2, 0), works("tier db", 0.5, alone, 1), works("outside", 0.5, alone, 0)},
				[]float64{1}, []string{"workers", "lock l"}, 5, 1)},
		{"a lock in a lock",
			closedOf8 + "service: {threads: 1, requests: {get: {steps: [lock: {name: p, steps: [cpu: " + expo(3) + ", lock: {name: q, steps: [wait: " + expo(4) + "]}]}]}}}",
			closed([]stage{takes("waiting for a lock", 0, unbounded), works("computing", 0.3, 0), takes("waiting for a lock", 1, unbounded), works("outside", 0.4, alone, 0, 1)},
				[]float64{1}, []string{"lock p", "lock q"}, 1, 1)},
		{"a tier that calls a tier",
			closedOf8 + "service: {threads: 1, requests: {get: {steps: [cpu: " + expo(3) + ", call: a.x]}}}\n" +
				"tiers: {a: {workers: 2, threads: 1, operations: {x: {steps: [cpu: " + expo(4) + ", call: b.y]}}}, b: {workers: 1, operations: {y: " + expo(6) + "}}}",
			closed([]stage{works("computing", 0.3, 0), takes("tier a", 0, unbounded), works("tier a", 0.4, 1), takes("tier b", 1, unbounded), works("tier b", 0.6, alone, 0, 1)},
				[]float64{1, 1}, []string{"tier a", "tier b"}, 2, 1)},
		{"pools of a tier that calls a tier",
			closedOf8 + "service: {workers: 6, threads: 2, requests: {get: {steps: [cpu: " + expo(4) + ", call: a.x, cpu: " + expo(2) + "]}}}\n" +
				"tiers: {a: {pool: 3, threads: 1, operations: {x: {steps: [cpu: " + expo(3) + ", call: b.y]}}}, b: {pool: 1, operations: {y: " + expo(5) + "}}}",
			closed([]stage{worker, works("computing", 0.4, 0), connection(1), works("tier a", 0.3, 1), connection(2), works("tier b", 0.5, alone, 1, 2), works("computing", 0.2, 0, 0)},
				[]float64{2, 1}, []string{"workers", "pool a", "pool b"}, 6, 3, 1)},
		{"two tiers in turn, each with a pool",
			closedOf8 + "service: {workers: 4, threads: 4, requests: {get: {steps: [call: a.x, cpu: " + expo(3) + ", call: b.y]}}}\n" +
				"tiers: {a: {pool: 2, threads: 1, operations: {x: " + expo(4) + "}}, b: {pool: 1, operations: {y: " + expo(6) + "}}}",
			closed([]stage{worker, connection(1), works("tier a", 0.4, 1, 1), works("computing", 0.3, 0), connection(2), works("tier b", 0.6, alone, 0, 2)},
				[]float64{4, 1}, []string{"workers", "pool a", "pool b"}, 4, 2, 1)},
		{"a lock of a tier",
			closedOf8 + "service: {workers: 5, threads: 1, requests: {get: {steps: [cpu: " + expo(3) + ", call: db.q]}}}\n" +
				"tiers: {db: {workers: 3, threads: 3, operations: {q: {steps: [cpu: " + expo(5) + ", lock: {name: l, hold: " + expo(4) + "}]}}}}",
			closed([]stage{worker, works("computing", 0.3, 0), takes("tier db", 1, unbounded), works("tier db", 0.5, 1), takes("waiting for a lock", 2, unbounded), works("tier db", 0.4, 1, 0, 1, 2)},
				[]float64{1, 3}, []string{"workers", "tier db", "lock l"}, 5, 3, 1)},
		{"two workers, three places: 503 beyond",
			"load: {rate: 100}\nservice: {workers: 2, queue: 3, threads: 1, requests: {get: {steps: [cpu: " + expo(7) + ", wait: " + expo(9) + "]}}}",
			network{clients: 5, think: 1, open: true, cores: []float64{1}, resources: []int{2}, names: []string{"workers"}, partsOfAll: true,
				stages: []stage{worker, works("computing", 0.7, 0), works("outside", 0.9, alone, 0)}}},
		{"workers and a pool under an open load",
			"load: {rate: 100}\nservice: {workers: 4, queue: 4, threads: 1, requests: {get: {steps: [cpu: " + expo(6) + ", call: db.q]}}}\ntiers: {db: {pool: 2, threads: 100, operations: {q: " + expo(16) + "}}}",
			network{clients: 8, think: 1, open: true, cores: []float64{1}, resources: []int{4, 2}, names: []string{"workers", "pool db"}, partsOfAll: true,
				stages: []stage{worker, works("computing", 0.6, 0), connection(1), works("tier db", 1.6, alone, 0, 1)}}},
		{"more in the pool than the tier has connections",
			closedOf8 + "service: {workers: 6, threads: 1, requests: {get: {steps: [cpu: " + expo(4) + ", call: db.q]}}}\ntiers: {db: {pool: 5, connections: 2, threads: 100, operations: {q: " + exp10 + "}}}",
			network{clients: 8, think: 3, cores: []float64{1}, resources: []int{6, 2}, names: []string{"workers", ""},
				stages: []stage{worker, works("computing", 0.4, 0), takes("waiting for a connection", 1, 0), works("tier db", 1, alone, 0, 1)}}},
		{"a tier that refuses beyond one that waits",
			closedOf8 + "service: {workers: 6, threads: 2, requests: {get: {steps: [cpu: " + expo(5) + ", call: db.q, cpu: " + expo(3) + "]}}}\ntiers: {db: {workers: 1, queue: 1, operations: {q: " + expo(8) + "}}}",
			network{clients: 8, think: 3, cores: []float64{2}, resources: []int{6, 1}, names: []string{"workers", "tier db"},
				stages: []stage{worker, works("computing", 0.5, 0), takes("tier db", 1, 1), works("tier db", 0.8, alone, 1), works("computing", 0.3, 0, 0)}}},
		{"a tier that is called by a tier refuses",
			closedOf8 + "service: {workers: 5, threads: 1, requests: {get: {steps: [cpu: " + expo(3) + ", call: a.x]}}}\n" +
				"tiers: {a: {pool: 3, threads: 1, operations: {x: {steps: [cpu: " + expo(3) + ", call: b.y]}}}, b: {workers: 1, queue: 0, operations: {y: " + expo(5) + "}}}",
			network{clients: 8, think: 3, cores: []float64{1, 1}, resources: []int{5, 3, 1}, names: []string{"workers", "pool a", "tier b"},
				stages: []stage{worker, works("computing", 0.3, 0), connection(1), works("tier a", 0.3, 1), takes("tier b", 2, 0), works("tier b", 0.5, alone, 0, 1, 2)}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			n := row.chain
			r := n.solve(t)
			cfg := statedSystem(t, row.yaml)
			figures := []figure{throughput(r.throughput)}
			if fails := r.failed + r.turned; fails > 0 {
				figures = append(figures, failing(fails/(fails+r.throughput)))
			}
			for i, name := range n.names {
				if name != "" {
					figures = append(figures, heldFigure(cfg, name, r.taken[i]/float64(n.resources[i])))
				}
			}
			if n.partsOfAll {
				figures = append(figures, meanResponse(r.inside/r.throughput))
				for _, part := range cfg.program.partNames() {
					if in := r.parts[part]; in > 0.01 {
						figures = append(figures, partFigure(cfg, part, in/r.throughput))
					}
				}
			}
			serviceAgrees(t, cfg, 600_000, r.throughput+r.failed+r.turned, figures...)
		})
	}
}
