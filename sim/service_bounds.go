package sim

import (
	"fmt"
	"math"
	"strings"

	"github.com/k9mil/velocitas/scenarios"
)

// ServiceBound is how many requests a second something of a service in steps can
// do at most, whatever else happens: a tier's CPU, workers or connections, a lock
// or, of each instance, its workers, pools and locks.
type ServiceBound struct {
	What     string  // for people, such as "tier db"
	Has      float64 // cores, workers, connections or places under a lock
	Unit     string  // of what it has, "" for a lock
	Key      string  // of the scenario, that says how many it has; "" for a lock
	Instance bool    // each instance has as many
	MeanNs   float64 // that a request holds one on average, at least
	MostNs   float64 // that one holds it which takes every step that it may

	class float64 // MostNs of the class that is looked at
	id    string
}

// Rps is the bound for n instances where a share of requests may fail, 0 to 1:
// those may be the ones that take most. It is +Inf where the rest takes nothing.
func (b *ServiceBound) Rps(n int, mayFail float64) float64 {
	ns := b.MeanNs - float64(mayFail*b.MostNs)
	if ns <= 0 {
		return math.Inf(1)
	}
	has := b.Has
	if b.Instance {
		has *= float64(n)
	}
	return has * 1e9 / ns
}

// ServiceBounds are those of a scenario's service, none where it has none. Times
// are the least that a request can take: CPU time at the speed of a core, and no
// waiting for anything that others hold.
func ServiceBounds(s *scenarios.Scenario) []ServiceBound {
	if s.Service == nil {
		return nil
	}
	w := &walk{s: s, tier: int(none), fastest: 1}
	for _, o := range s.Overrides {
		if o.Slow > 0 {
			w.fastest = math.Min(w.fastest, o.Slow)
		}
	}
	for _, row := range s.Service.Requests {
		ns, most := w.steps(row.Is.Steps, float64(row.Is.Share))
		w.hold(ServiceBound{id: "workers", What: "the instances' workers", Unit: "worker", Key: "service.workers", Has: float64(s.Service.Workers), Instance: true},
			float64(row.Is.Share), ns, most)
		for i := range w.all {
			w.all[i].MostNs, w.all[i].class = math.Max(w.all[i].MostNs, w.all[i].class), 0
		}
	}
	return w.all
}

// walk adds up what requests hold, and for how long.
type walk struct {
	s       *scenarios.Scenario
	tier    int // where it is, none in an instance
	fastest float64
	all     []ServiceBound
}

// hold adds that requests, of which so large a part of all gets there, hold
// something for so long. What there is any number of bounds nothing.
func (w *walk) hold(b ServiceBound, weight, ns, most float64) {
	if b.Has <= 0 || most <= 0 {
		return
	}
	for i := range w.all {
		if w.all[i].id == b.id {
			w.all[i].MeanNs += float64(weight * ns)
			w.all[i].class += most
			return
		}
	}
	b.MeanNs, b.class = float64(weight*ns), most
	w.all = append(w.all, b)
}

// steps are how long steps take at least, on average and at most, where so large a
// part of all requests gets to them.
func (w *walk) steps(steps []scenarios.Step, weight float64) (ns, most float64) {
	here := 1.0 // the part of those that got to the first step
	for i := range steps {
		st := &steps[i]
		for range max(1, st.Times) {
			part := here
			if st.Share > 0 {
				part = float64(here * float64(st.Share))
			}
			mean, all := w.step(st, float64(weight*part))
			ns += float64(part * mean)
			most += all
			here -= float64(part * float64(st.Fail))
		}
	}
	return ns, most
}

func (w *walk) step(st *scenarios.Step, weight float64) (ns, most float64) {
	switch {
	case st.CPU != nil:
		return w.compute(st.CPU, weight)
	case st.Wait != nil:
		v := newVariate(st.Wait, 1)
		return v.mean, v.mean
	case st.Call != "":
		return w.call(st.Call, weight)
	case st.Lock != nil:
		return w.lock(st.Lock, weight)
	case len(st.Parallel) > 0:
		for i := range st.Parallel {
			mean, all := w.steps(st.Parallel[i:i+1], weight)
			ns, most = math.Max(ns, mean), math.Max(most, all)
		}
		return ns, most
	}
	return w.steps(st.Steps, weight)
}

func (w *walk) compute(d *scenarios.Distribution, weight float64) (ns, most float64) {
	v := newVariate(d, w.s.Speed)
	if w.tier == int(none) {
		return float64(v.mean * w.fastest), float64(v.mean * w.fastest)
	}
	row := &w.s.Tiers[w.tier]
	has, unit, key := tierCores(&row.Is, w.s)
	w.hold(ServiceBound{id: "cpu of " + row.Name, What: "tier " + row.Name, Has: has, Unit: unit, Key: "tiers." + row.Name + "." + key}, weight, v.mean, v.mean)
	return v.mean, v.mean
}

// tierCores is how many cores a tier's stations can use together, and which key
// says so.
func tierCores(t *scenarios.Tier, s *scenarios.Scenario) (cores float64, unit, key string) {
	host := t.Cores
	if t.Host == "shared" {
		host = s.Host.Cores
	}
	n := float64(t.Instances)
	cores, unit, key = float64(n*float64(threadsOf(t.Threads, host, t.CPUs))), "thread", "threads"
	if t.CPUs > 0 && float64(n*t.CPUs) <= cores {
		cores, unit, key = float64(n*t.CPUs), "core", "cpus"
	}
	if t.Host != "shared" && host > 0 && host <= cores {
		cores, unit, key = host, "core", "cores"
	}
	return cores, unit, key
}

func (w *walk) call(call string, weight float64) (ns, most float64) {
	name, operation, _ := strings.Cut(call, ".")
	t, k := w.s.Tiers.Find(name)
	o, _ := t.Operations.Find(operation)
	was := w.tier
	w.tier = k
	ns, most = w.steps(o.AllSteps(), weight)
	w.tier = was
	n := float64(t.Instances)
	w.hold(ServiceBound{id: "workers of " + name, What: "tier " + name, Has: float64(n * float64(t.Workers)), Unit: "worker", Key: "tiers." + name + ".workers"}, weight, ns, most)
	way := float64(w.s.Network.Inside)
	ns, most = ns+way, most+way
	w.hold(ServiceBound{id: "connections of " + name, What: "tier " + name, Has: float64(t.Connections), Unit: "connection", Key: "tiers." + name + ".connections"}, weight, ns, most)
	if was == int(none) {
		w.hold(ServiceBound{id: "pool of " + name, What: "the instances' pools for " + name, Has: float64(t.Pool), Unit: "connection", Key: "tiers." + name + ".pool", Instance: true}, weight, ns, most)
	}
	return ns, most
}

func (w *walk) lock(l *scenarios.Lock, weight float64) (ns, most float64) {
	if l.Hold != nil {
		ns, most = w.compute(l.Hold, weight)
	}
	mean, all := w.steps(l.Steps, weight)
	ns, most = ns+mean, most+all
	b := ServiceBound{id: "lock " + l.Of + " " + l.Name, What: fmt.Sprintf("lock %s, which all instances share,", l.Name), Has: 1}
	switch {
	case w.tier != int(none):
		row := &w.s.Tiers[w.tier]
		b.id, b.What, b.Has = "lock "+row.Name+"'s "+l.Name, fmt.Sprintf("lock %s of tier %s", l.Name, row.Name), float64(row.Is.Instances)
	case l.Of == "instance":
		b.What, b.Instance = fmt.Sprintf("lock %s of each instance", l.Name), true
	}
	w.hold(b, weight, ns, most)
	return ns, most
}
