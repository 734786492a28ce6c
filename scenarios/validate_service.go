package scenarios

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/k9mil/velocitas/internal/strict"
)

// What a service may have at most, so that no scenario makes a program without
// bounds.
const (
	classesMost  = 64
	tiersMost    = 16
	timesMost    = 1000
	stepsMost    = 100 // written in one list
	programMost  = 20_000
	DepthMost    = 4 // calls inside calls
	parallelMost = 64
)

// checkService holds the rules of what a request does, and of what it calls.
func (s *Scenario) checkService(c *checker) {
	c.that(len(s.Tiers) == 0 || s.Service != nil, "tiers", "nobody calls them: wants service.requests with steps such as call: %s.…", firstName(s.Tiers.Names()))
	c.whole("tiers", len(s.Tiers), 0, tiersMost)
	for i := range s.Tiers {
		s.Tiers[i].Is.check(c, "tiers."+s.Tiers[i].Name)
		checkName(c, "tiers", s.Tiers[i].Name)
	}
	c.duration("network.client", s.Network.Client, 0, time.Minute)
	c.duration("network.inside", s.Network.Inside, 0, time.Minute)
	if s.Service == nil || c.first != nil {
		return
	}
	s.Service.check(c, s)
	if c.first == nil {
		s.checkCalls(c)
	}
}

func firstName(names []string) string {
	if len(names) == 0 {
		return "db"
	}
	return names[0]
}

// checkName wants a name that can stand in a key and before a dot.
func checkName(c *checker, key, name string) {
	c.that(name != "" && len(name) <= 40 && fileName(name) == name && !strings.Contains(name, "."), key,
		"wants names of at most 40 letters, digits, dashes and underscores, not %s", strict.Quote(name))
}

func (v *Service) check(c *checker, s *Scenario) {
	c.that(s.Instance.Demand.MeanNs == 0, "instance.demand", "the steps of service.requests say what a request costs; leave one of the two out")
	c.that(s.Instance.Discipline == "ps", "instance.discipline", "wants ps with a service: say workers and threads there")
	c.that(s.Instance.MaxInside == 0, "instance.max_inside", "wants 0 with a service: say workers and queue there")
	c.whole("service.workers", v.Workers, 0, 10_000)
	c.whole("service.threads", v.Threads, 0, 1024)
	v.Start.check(c)
	v.Cold.check(c, "service.cold")
	c.oneOf("service.full", v.Full, "503", "refuse")
	if v.Queue != nil {
		c.whole("service.queue", *v.Queue, 0, 10_000_000)
		c.that(v.Workers > 0, "service.queue", "waits for a worker; wants service.workers, too")
	}
	c.that(len(v.Requests) > 0, "service.requests", "wants a class of requests, such as get: {steps: [cpu: 5ms]}")
	c.whole("service.requests", len(v.Requests), 0, classesMost)
	sum := 0.0
	for i := range v.Requests {
		r, at := &v.Requests[i].Is, "service.requests."+v.Requests[i].Name
		checkName(c, "service.requests", v.Requests[i].Name)
		c.that(r.Share > 0, at+".share", "wants the share of all requests, such as 20%%")
		c.oneOf(at+".method", r.Method, "GET", "HEAD", "PUT", "DELETE", "OPTIONS", "POST", "LOCK", "PATCH")
		c.duration(at+".timeout", r.Timeout, 0, day)
		c.that(len(r.Steps) > 0, at+".steps", "wants steps such as [cpu: 4ms, call: db.read]")
		checkSteps(c, at+".steps", r.Steps)
		sum += float64(r.Share)
	}
	checkWhole(c, "service.requests", sum)
}

func (t *Tier) check(c *checker, at string) {
	c.whole(at+".instances", t.Instances, 1, 1000)
	checkCPUs(c, at+".cpus", t.CPUs)
	c.whole(at+".threads", t.Threads, 0, 1024)
	t.Cold.check(c, at+".cold")
	c.oneOf(at+".host", t.Host, "own", "shared")
	c.that(t.Cores == 0 || t.Cores >= 0.01 && t.Cores <= 4096, at+".cores", "wants 0.01 to 4096, or 0 for as many as anyone wants, not %v", t.Cores)
	c.that(t.Cores == 0 || t.Host == "own", at+".cores", "belongs to host: own; a shared host's are host.cores")
	c.whole(at+".workers", t.Workers, 0, 100_000)
	if t.Queue != nil {
		c.whole(at+".queue", *t.Queue, 0, 10_000_000)
		c.that(t.Workers > 0, at+".queue", "waits for a worker; wants %s.workers, too", at)
	}
	c.whole(at+".connections", t.Connections, 0, 1_000_000)
	c.whole(at+".pool", t.Pool, 0, 100_000)
	c.duration(at+".pool_timeout", t.PoolTimeout, 0, day)
	c.that(t.PoolTimeout == 0 || t.Pool > 0, at+".pool_timeout", "waits for a pool; wants %s.pool, too", at)
	c.that(t.PoolStatus == 0 || t.PoolTimeout > 0, at+".pool_status", "answers a time-out; wants %s.pool_timeout, too", at)
	if t.PoolStatus != 0 {
		checkStatus(c, at+".pool_status", t.PoolStatus)
	}
	c.that(len(t.Operations) > 0, at+".operations", "wants what can be called, such as {read: 2ms}")
	c.whole(at+".operations", len(t.Operations), 0, classesMost)
	for i := range t.Operations {
		o, key := &t.Operations[i].Is, at+".operations."+t.Operations[i].Name
		checkName(c, at+".operations", t.Operations[i].Name)
		if o.CPU != nil {
			o.CPU.check(c, key)
			continue
		}
		checkSteps(c, key+".steps", o.Steps)
	}
}

func (o *Start) check(c *checker) {
	if o == nil {
		return
	}
	c.duration("service.start.ready", o.Ready, 0, time.Hour)
	c.duration("service.start.warm", o.Warm, 0, time.Hour)
	c.that(o.Slow == 0 || o.Slow >= 1 && o.Slow <= 1000, "service.start.slow", "wants 1 to 1000 times the CPU time, not %v", o.Slow)
	c.that((o.Warm > 0) == (o.Slow > 0), "service.start", "wants warm and slow together: how long a new instance is how much slower")
	c.that(o.Ready > 0 || o.Warm > 0, "service.start", "wants ready, or warm and slow; leave it out for instances that are ready at once")
}

func (o *Cold) check(c *checker, at string) {
	if o == nil {
		return
	}
	c.duration(at+".cost", o.Cost, time.Microsecond, time.Hour)
	c.duration(at+".after", o.After, time.Microsecond, time.Hour)
}

func checkStatus(c *checker, key string, status int) {
	c.that(slices.Contains([]int{500, 502, 503, 504}, status), key, "wants 500, 502, 503 or 504, not %d", status)
}

func checkSteps(c *checker, at string, steps []Step) {
	c.whole(at, len(steps), 0, stepsMost)
	for i := range steps {
		if c.first != nil {
			return
		}
		steps[i].check(c, fmt.Sprintf("%s[%d]", at, i))
	}
}

func (st *Step) check(c *checker, at string) {
	kinds := 0
	for _, has := range []bool{st.CPU != nil, st.Wait != nil, st.Call != "", st.Lock != nil, len(st.Parallel) > 0, st.Fail > 0, len(st.Steps) > 0} {
		if has {
			kinds++
		}
	}
	c.that(kinds == 1, at, "wants just one of cpu, wait, call, lock, parallel, fail and steps, not %d of them", kinds)
	c.whole(at+".times", st.Times, 0, timesMost)
	c.that(st.Status == 0 || st.Fail > 0, at+".status", "belongs to fail")
	if st.Fail > 0 {
		checkStatus(c, at+".status", st.Status)
	}
	if st.CPU != nil {
		st.CPU.check(c, at+".cpu")
	}
	if st.Wait != nil {
		st.Wait.check(c, at+".wait")
	}
	if l := st.Lock; l != nil {
		checkName(c, at+".lock.name", l.Name)
		c.oneOf(at+".lock.of", l.Of, "instance", "all")
		c.that((l.Hold != nil) != (len(l.Steps) > 0), at+".lock", "wants hold, which is CPU time, or steps")
		if l.Hold != nil {
			l.Hold.check(c, at+".lock.hold")
		}
		checkSteps(c, at+".lock.steps", l.Steps)
	}
	c.whole(at+".parallel", len(st.Parallel), 0, parallelMost)
	checkSteps(c, at+".parallel", st.Parallel)
	checkSteps(c, at+".steps", st.Steps)
}

// checkCalls follows every call: to a tier that exists, in no circle, not too
// deep, and with locks always in the same order.
func (s *Scenario) checkCalls(c *checker) {
	w := &walk{s: s, c: c, after: map[string][]string{}, place: map[string]string{}}
	for i := range s.Service.Requests {
		w.ops = 0
		w.steps("service.requests."+s.Service.Requests[i].Name+".steps", s.Service.Requests[i].Is.Steps, nil, nil)
		if c.first != nil {
			return
		}
	}
	w.lockOrder()
	for i := range s.Tiers {
		c.that(slices.Contains(w.called, s.Tiers[i].Name), "tiers."+s.Tiers[i].Name, "nobody calls it; take it out, or call it in a step")
	}
}

// walk follows the steps of a service through its calls.
type walk struct {
	s      *Scenario
	c      *checker
	ops    int
	called []string
	after  map[string][]string // locks taken while one is held
	place  map[string]string
}

func (w *walk) steps(at string, steps []Step, calls, locks []string) {
	for i := range steps {
		if w.c.first != nil {
			return
		}
		for range max(1, steps[i].Times) {
			w.step(fmt.Sprintf("%s[%d]", at, i), &steps[i], calls, locks)
			if w.c.first != nil {
				return
			}
		}
	}
}

func (w *walk) step(at string, st *Step, calls, locks []string) {
	w.ops++
	w.c.that(w.ops <= programMost, at, "makes more than %d steps of one request; lower times", programMost)
	if st.Call != "" {
		w.call(at+".call", st.Call, calls, locks)
	}
	if l := st.Lock; l != nil {
		name := "instance " + l.Name
		if len(calls) > 0 {
			name = calls[len(calls)-1] + " " + l.Name
		}
		w.c.that(!slices.Contains(locks, name), at+".lock", "holds lock %s already and would wait for itself for ever", l.Name)
		for _, held := range locks {
			if !slices.Contains(w.after[held], name) {
				w.after[held] = append(w.after[held], name)
				w.place[held+"\x00"+name] = at + ".lock"
			}
		}
		w.steps(at+".lock.steps", l.Steps, calls, append(slices.Clone(locks), name))
	}
	w.steps(at+".parallel", st.Parallel, calls, locks)
	w.steps(at+".steps", st.Steps, calls, locks)
}

func (w *walk) call(at, call string, calls, locks []string) {
	name, operation, ok := strings.Cut(call, ".")
	w.c.that(ok && operation != "", at, `wants a tier and its operation, such as "db.read", not %s`, strict.Quote(call))
	t, i := w.s.Tiers.Find(name)
	w.c.that(i >= 0, at, "there is no tier %s%s", strict.Quote(name), strict.Hint(name, w.s.Tiers.Names()))
	if w.c.first != nil {
		return
	}
	o, k := t.Operations.Find(operation)
	w.c.that(k >= 0, at, "tier %s has no operation %s%s", name, strict.Quote(operation), strict.Hint(operation, t.Operations.Names()))
	w.c.that(!slices.Contains(calls, name), at, "goes in a circle: %s", strings.Join(append(slices.Clone(calls), name), " calls "))
	w.c.that(len(calls) < DepthMost, at, "calls %d deep; at most %d are simulated", len(calls)+1, DepthMost)
	if w.c.first != nil {
		return
	}
	if !slices.Contains(w.called, name) {
		w.called = append(w.called, name)
	}
	w.steps("tiers."+name+".operations."+operation+".steps", o.AllSteps(), append(slices.Clone(calls), name), locks)
}

// lockOrder refuses locks that some requests take in one order and others in
// the opposite one: sooner or later each waits for the other for ever.
func (w *walk) lockOrder() {
	names := make([]string, 0, len(w.after))
	for name := range w.after {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, from := range names {
		for _, to := range w.after[from] {
			if path := w.reach(to, from, nil); path != nil {
				short := func(n string) string { return n[strings.LastIndexByte(n, ' ')+1:] }
				w.c.that(false, w.place[from+"\x00"+to], "takes lock %s while it holds %s, and elsewhere %s is taken while %s is held: sooner or later each waits for the other; take them in one order",
					short(to), short(from), short(path[len(path)-1]), short(path[len(path)-2]))
				return
			}
		}
	}
}

// reach is a path of locks held while the next is taken, nil if there is none.
func (w *walk) reach(from, to string, path []string) []string {
	if slices.Contains(path, from) {
		return nil
	}
	path = append(slices.Clone(path), from)
	for _, next := range w.after[from] {
		if next == to {
			return append(path, next)
		}
		if found := w.reach(next, to, path); found != nil {
			return found
		}
	}
	return nil
}
