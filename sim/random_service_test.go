package sim

import (
	"pgregory.net/rapid"

	"github.com/k9mil/velocitas/scenarios"
)

// randomService draws a service from everything that steps can say, with up to
// two tiers of which the first calls the second.
func randomService(t *rapid.T, s *scenarios.Scenario) {
	v := &scenarios.Service{
		Workers: pick(t, "workers", 0, 1, 3),
		Threads: pick(t, "threads", 0, 1, 2),
		Full:    pick(t, "full", "503", "refuse"),
	}
	v.Cold = randomCold(t, "cold")
	v.Start = pick(t, "start", nil, &scenarios.Start{Ready: 50 * milli}, &scenarios.Start{Ready: milli, Warm: 100 * milli, Slow: 4})
	if v.Workers > 0 && rapid.Bool().Draw(t, "bounded") {
		v.Queue = new(int)
		*v.Queue = pick(t, "queue", 0, 1, 10)
	}
	tiers := rapid.IntRange(0, 2).Draw(t, "tiers")
	for i := range tiers {
		s.Tiers = append(s.Tiers, scenarios.Row[scenarios.Tier]{Name: []string{"a", "b"}[i], Is: randomTier(t, i+1 < tiers)})
	}
	classes := rapid.IntRange(1, 3).Draw(t, "classes")
	for i := range classes {
		c := scenarios.Class{Timeout: pick(t, "class timeout", 0, 0, 30*milli), Share: []scenarios.Share{1, 0.5, 0.25}[classes-1], Method: pick(t, "method", "GET", "POST")}
		if classes == 3 && i == 0 {
			c.Share = 0.5
		}
		c.Steps = randomSteps(t, 2, []string{"a.x", "a.y", "b.x"}[:min(3, 2*tiers)])
		if i == 0 {
			for _, call := range []string{"a.x", "b.x"}[:tiers] {
				c.Steps = append(c.Steps, scenarios.Step{Call: call})
			}
		}
		v.Requests = append(v.Requests, scenarios.Row[scenarios.Class]{Name: []string{"k", "l", "m"}[i], Is: c})
	}
	s.Service = v
}

func randomTier(t *rapid.T, calls bool) scenarios.Tier {
	tier := scenarios.Tier{
		Instances: pick(t, "stations", 1, 2), CPUs: pick(t, "tier's cpus", 0, 0.2, 2), Threads: pick(t, "tier's threads", 0, 1, 4),
		Host: pick(t, "tier's host", "own", "shared"), Workers: pick(t, "tier's workers", 0, 1, 3), Connections: pick(t, "connections", 0, 3, 40),
		Pool: pick(t, "pool", 0, 1, 2, 5),
	}
	tier.Cold = randomCold(t, "tier's cold")
	if tier.Host == "own" {
		tier.Cores = pick(t, "tier's cores", 0, 0.5, 2)
	}
	if tier.Pool > 0 {
		tier.PoolTimeout = pick(t, "pool time-out", 0, milli, 100*milli)
	}
	if tier.Workers > 0 && rapid.Bool().Draw(t, "tier bounded") {
		tier.Queue = new(int)
	}
	var names []string
	if calls {
		names = []string{"b.x"}
	}
	x := scenarios.Operation{Steps: append(randomSteps(t, 1, names), scenarios.Step{CPU: randomTime(t)})}
	tier.Operations = scenarios.Table[scenarios.Operation]{{Name: "x", Is: x}, {Name: "y", Is: scenarios.Operation{CPU: randomTime(t)}}}
	return tier
}

func randomCold(t *rapid.T, what string) *scenarios.Cold {
	return pick(t, what, nil, nil, &scenarios.Cold{Cost: 2 * milli, After: 5 * milli}, &scenarios.Cold{Cost: 20 * milli, After: milli})
}

func randomSteps(t *rapid.T, depth int, calls []string) []scenarios.Step {
	var steps []scenarios.Step
	for range rapid.IntRange(1, 3).Draw(t, "steps") {
		steps = append(steps, randomStep(t, depth, calls))
	}
	return steps
}

func randomStep(t *rapid.T, depth int, calls []string) scenarios.Step {
	kinds := []string{"cpu", "cpu", "wait", "fail"}
	if len(calls) > 0 {
		kinds = append(kinds, "call", "call")
	}
	if depth > 0 {
		kinds = append(kinds, "lock", "parallel", "steps")
	}
	st := scenarios.Step{Times: pick(t, "times", 0, 0, 2), Share: pick(t, "share", scenarios.Share(0), 0, 0.5)}
	switch pick(t, "step", kinds...) {
	case "cpu":
		st.CPU = randomTime(t)
	case "wait":
		st.Wait = randomTime(t)
	case "fail":
		st.Fail = pick(t, "fail", scenarios.Share(0.1), 0.9)
	case "call":
		st.Call = pick(t, "call", calls...)
	case "lock":
		l := &scenarios.Lock{Name: pick(t, "lock", "p", "q"), Of: pick(t, "of", "instance", "all")}
		if rapid.Bool().Draw(t, "hold") {
			l.Hold = randomTime(t)
		} else {
			l.Steps = randomSteps(t, depth-1, calls)
		}
		st.Lock = l
	case "parallel":
		st.Parallel = randomSteps(t, depth-1, calls)
	case "steps":
		st.Steps = randomSteps(t, depth-1, calls)
	}
	return st
}

func randomTime(t *rapid.T) *scenarios.Distribution {
	return pick(t, "time",
		&scenarios.Distribution{Kind: "constant", Mean: milli},
		&scenarios.Distribution{Kind: "constant"},
		&scenarios.Distribution{Kind: "exponential", Mean: 5 * milli},
		&scenarios.Distribution{Mean: 3 * milli, CV: 2},
		&scenarios.Distribution{Kind: "gamma", Mean: 2 * milli, CV: 0.3},
		&scenarios.Distribution{Kind: "uniform", Min: milli, Max: 20 * milli},
		&scenarios.Distribution{P50: milli, P99: 40 * milli},
	)
}

// visitsHold wants every live visit in just one place: computing, in one list of
// those that wait, at a timer, or waiting for its branches; and what places,
// pools and locks say is taken to be what visits hold.
func visitsHold(t *rapid.T, e *engine) {
	n := len(e.visits)
	found := make([]int, n)
	for i := range e.stations {
		if role := int32(i); role < e.instances || role >= e.tiers {
			for _, j := range e.stations[i].service {
				found[j.req]++
			}
			for k := range e.stations[i].waiting.size {
				w := &e.stations[i].waiting
				found[w.buf[(w.head+k)&uint32(len(w.buf)-1)]]++
			}
		}
	}
	walk := func(l *waitList, what string) {
		size, last := int32(0), none
		for r := l.head; r != none; r = e.visits[r].next {
			if v := &e.visits[r]; !v.waits || v.prev != last || !v.live {
				t.Fatalf("visit %d waits for %s: %+v", r, what, *v)
			}
			found[r]++
			size, last = size+1, r
		}
		if size != l.size || last != l.tail {
			t.Fatalf("%d wait for %s, it says %d", size, what, l.size)
		}
	}
	for i := range e.places {
		walk(&e.places[i].waiting, "a worker")
	}
	for i := range e.pools {
		walk(&e.pools[i].waiting, "a connection")
	}
	for i := range e.locks {
		walk(&e.locks[i].waiting, "a lock")
	}
	for _, x := range e.timers.heap {
		if v := &e.visits[x.req]; v.live && v.turn == x.turn && !v.waits {
			found[x.req]++
		}
	}
	busy, inside := make([]int32, len(e.places)), make([]int32, len(e.places))
	used, locks := make([]int32, len(e.pools)), make([]bool, len(e.locks))
	for r := range e.visits {
		v := &e.visits[r]
		if !v.live {
			continue
		}
		if v.open > 0 && e.program.ops[v.pc].kind == opFork {
			found[r]++
		}
		if found[r] != 1 {
			t.Fatalf("visit %d is in %d places: %+v, operation %+v", r, found[r], *v, e.program.ops[v.pc])
		}
		holdings(e, v, busy, inside, used, locks)
	}
	for i := range e.places {
		if p := &e.places[i]; p.busy != busy[i] || p.inside != inside[i] {
			t.Fatalf("place %d says %d at work and %d inside, visits %d and %d", i, p.busy, p.inside, busy[i], inside[i])
		}
	}
	for i := range e.pools {
		if e.pools[i].used != used[i] || e.pools[i].open < used[i] {
			t.Fatalf("pool %d says %+v, visits %d", i, e.pools[i], used[i])
		}
	}
	for i := range e.locks {
		if e.locks[i].taken != locks[i] {
			t.Fatalf("lock %d is taken: %v, by visits: %v", i, e.locks[i].taken, locks[i])
		}
	}
}

// holdings adds what a visit holds.
func holdings(e *engine, v *visit, busy, inside, used []int32, locks []bool) {
	o := &e.program.ops[v.pc]
	depth := v.depth
	if o.kind == opTier && v.waits && v.part != partWorker { // for a worker there
		inside[v.at[depth]]++
		depth--
	}
	for k := o.held; k != none; k = e.program.ops[k].held {
		h := &e.program.ops[k]
		at := v.at[depth]
		gone := depth <= v.gone
		if gone && v.gone > 0 { // another goes on with it
			break
		}
		switch h.kind {
		case opTier:
			busy[at]++
			inside[at]++
			depth--
		case opPool:
			if !gone {
				used[int(at)*len(e.program.tiers)+int(h.tier)]++
			}
		case opLock:
			if !gone || h.stride == 0 {
				locks[h.base+h.stride*at] = true
			}
		}
	}
	if v.parent == none && v.gone == none {
		inside[v.at[0]]++
		if !(v.waits && v.part == partWorker) {
			busy[v.at[0]]++
		}
	}
}
