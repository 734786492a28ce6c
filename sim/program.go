package sim

import (
	"slices"
	"strings"

	"github.com/k9mil/velocitas/scenarios"
)

// What an operation of a program does.
const (
	opCPU       = uint8(iota) // computes where the request is
	opWait                    // takes time, no CPU
	opSkip                    // goes on at to, but for a share of the requests
	opPool                    // takes a connection to a tier
	opPoolFree                //
	opTier                    // enters a tier: an instance of it, and a worker of that
	opTierLeave               //
	opLock                    // takes a mutex
	opUnlock                  //
	opFork                    // goes on once all branches have ended
	opBranchEnd               //
	opFail                    // answers an error, for a share of the requests
	opDone                    //
)

// op is one operation of a program. All classes of a service are one list of
// them: calls, repetitions and groups are written out, so that what a request
// does next is one index.
type op struct {
	kind   uint8
	part   uint8 // of the latency that its time counts to
	status uint8
	tier   int16
	time   int32 // index of a distribution
	to     int32 // where a skip goes, or where a fork goes on
	// held is the innermost operation that takes what the request holds here, none
	// if it holds nothing: what a failure gives back, from the inside out.
	held  int32
	share float64
	// A lock is number base + stride × the number of the place, so that it is
	// one for all places or one for each.
	base, stride int32
	branches     []int32 // of a fork: where each begins
}

// Parts of a latency; from partTier on there is one for each tier.
const (
	partOther     = uint8(iota) // nginx, clients and their network
	partWorker                  // waiting for a worker of the instance
	partCPU                     // computing, other requests' turns included
	partThrottled               // standing still by the CPU limit
	partPool                    // waiting for a connection of a pool
	partLock                    // waiting for a lock
	partOutside                 // wait steps
	partNetwork                 // between instances and tiers
	partTier
)

// program is what requests do in instances and tiers.
type program struct {
	ops       []op
	times     []variate
	classes   []class
	tiers     []tierSpec
	parts     int // of a latency
	workers   int // of an instance; 0 is no bound
	queue     int // that wait for one; below 0 is no bound
	refuse    bool
	locks     []string // their names, by number
	perPlace  []bool   // is there one for each place?
	sites     int      // instances and stations of tiers
	instances int
	cpuNs     float64 // mean of a request in the instance
}

// class is where a class of requests begins.
type class struct {
	name          string
	upTo          float64 // cumulated share
	entry         int32
	nonIdempotent bool
	timeoutNs     int64 // of its clients; 0 is that of all
}

// patient tells whether clients wait for some class for a time of its own.
func (p *program) patient() bool {
	return slices.ContainsFunc(p.classes, func(c class) bool { return c.timeoutNs > 0 })
}

// tierSpec is a tier.
type tierSpec struct {
	name        string
	station     stationSpec
	count       int
	firstSite   int
	workers     int
	queue       int
	connections int
	pool        int
	timeoutNs   int64
	status      uint8
	demandNs    float64 // mean CPU time of a call
}

// compiler writes a program.
type compiler struct {
	p      *program
	s      *scenarios.Scenario
	lockAt map[string]int
	site   int     // tier that the code runs in, none for an instance
	weight float64 // how often a request gets here
	cpu    []float64
	calls  []float64
}

// newProgram translates the service of a validated scenario for n instances.
func newProgram(s *scenarios.Scenario, n int) *program {
	v := s.Service
	p := &program{workers: v.Workers, queue: -1, refuse: v.Full == "refuse", instances: n, sites: n, parts: int(partTier) + len(s.Tiers)}
	if v.Queue != nil {
		p.queue = *v.Queue
	}
	for _, row := range s.Tiers {
		t := &row.Is
		spec := tierSpec{name: row.Name, count: t.Instances, firstSite: p.sites, workers: t.Workers, queue: -1,
			connections: t.Connections, pool: t.Pool, timeoutNs: int64(t.PoolTimeout), status: poolTimed500 + statusOffset(t.PoolStatus)}
		if t.Queue != nil {
			spec.queue = *t.Queue
		}
		p.sites += t.Instances
		p.tiers = append(p.tiers, spec)
	}
	c := &compiler{p: p, s: s, lockAt: map[string]int{}, site: -1, cpu: make([]float64, len(s.Tiers)), calls: make([]float64, len(s.Tiers))}
	sum := 0.0
	for _, row := range v.Requests {
		sum += float64(row.Is.Share)
		p.classes = append(p.classes, class{name: row.Name, upTo: sum, entry: int32(len(p.ops)), nonIdempotent: nonIdempotent(row.Is.Method), timeoutNs: int64(row.Is.Timeout)})
		c.weight = float64(row.Is.Share)
		c.steps(row.Is.Steps, none)
		c.emit(op{kind: opDone, held: none})
	}
	for i := range p.tiers {
		if c.calls[i] > 0 {
			p.tiers[i].demandNs = c.cpu[i] / c.calls[i]
		}
	}
	c.numberLocks()
	return p
}

// statusOffset orders the statuses that a scenario can state as the recorder does.
func statusOffset(status int) uint8 {
	switch status {
	case 502:
		return 1
	case 503:
		return 2
	case 504:
		return 3
	}
	return 0
}

func nonIdempotent(method string) bool {
	return method == "POST" || method == "LOCK" || method == "PATCH"
}

func (c *compiler) emit(o op) int32 {
	c.p.ops = append(c.p.ops, o)
	return int32(len(c.p.ops) - 1)
}

func (c *compiler) time(d *scenarios.Distribution, speed float64) int32 {
	c.p.times = append(c.p.times, newVariate(d, speed))
	return int32(len(c.p.times) - 1)
}

func (c *compiler) steps(steps []scenarios.Step, held int32) {
	for i := range steps {
		for range max(1, steps[i].Times) {
			c.step(&steps[i], held)
		}
	}
}

// step writes a step, which only a share of requests may take.
func (c *compiler) step(st *scenarios.Step, held int32) {
	skip, weight := none, c.weight
	if st.Share > 0 && st.Share < 1 {
		skip = c.emit(op{kind: opSkip, held: held, share: float64(st.Share)})
		c.weight = float64(c.weight * float64(st.Share))
	}
	switch {
	case st.CPU != nil:
		c.compute(st.CPU, held)
	case st.Wait != nil:
		c.emit(op{kind: opWait, part: partOutside, time: c.time(st.Wait, 1), held: held})
	case st.Call != "":
		c.call(st.Call, held)
	case st.Lock != nil:
		c.lock(st.Lock, held)
	case len(st.Parallel) > 0:
		c.fork(st.Parallel, held)
	case st.Fail > 0:
		c.emit(op{kind: opFail, held: held, share: float64(st.Fail), status: failed500 + statusOffset(st.Status)})
		c.weight = float64(c.weight * (1 - float64(st.Fail)))
	default:
		c.steps(st.Steps, held)
	}
	if skip != none {
		c.p.ops[skip].to = int32(len(c.p.ops))
		c.weight = weight
	}
}

func (c *compiler) compute(d *scenarios.Distribution, held int32) {
	part := partCPU
	if c.site >= 0 {
		part = partTier + uint8(c.site)
	}
	k := c.time(d, c.s.Speed)
	c.emit(op{kind: opCPU, part: part, time: k, held: held})
	if mean := float64(c.weight * c.p.times[k].mean); c.site >= 0 {
		c.cpu[c.site] += mean
	} else {
		c.p.cpuNs += mean
	}
}

func (c *compiler) call(call string, held int32) {
	name, operation, _ := strings.Cut(call, ".")
	t, k := c.s.Tiers.Find(name)
	o, _ := t.Operations.Find(operation)
	tier, outer := int16(k), held
	c.calls[k] += c.weight
	if t.Pool > 0 || t.Connections > 0 {
		outer = c.emit(op{kind: opPool, part: partPool, tier: tier, held: held})
	}
	c.network(outer)
	inner := c.emit(op{kind: opTier, part: partTier + uint8(k), tier: tier, held: outer})
	was := c.site
	c.site = k
	c.steps(o.AllSteps(), inner)
	c.site = was
	c.emit(op{kind: opTierLeave, tier: tier, held: inner})
	c.network(outer)
	if outer != held {
		c.emit(op{kind: opPoolFree, tier: tier, held: outer})
	}
}

// network is one way between an instance and a tier.
func (c *compiler) network(held int32) {
	if c.s.Network.Inside > 0 {
		half := scenarios.Distribution{Kind: "constant", Mean: c.s.Network.Inside / 2}
		c.emit(op{kind: opWait, part: partNetwork, time: c.time(&half, 1), held: held})
	}
}

func (c *compiler) lock(l *scenarios.Lock, held int32) {
	key := l.Of + " " + l.Name
	if c.site >= 0 {
		key = c.s.Tiers[c.site].Name + "'s " + l.Name
	}
	k, known := c.lockAt[key]
	if !known {
		k = len(c.p.locks)
		c.lockAt[key] = k
		c.p.locks = append(c.p.locks, l.Name)
		c.p.perPlace = append(c.p.perPlace, c.site >= 0 || l.Of == "instance")
	}
	inner := c.emit(op{kind: opLock, part: partLock, base: int32(k), held: held})
	if l.Hold != nil {
		c.compute(l.Hold, inner)
	}
	c.steps(l.Steps, inner)
	c.emit(op{kind: opUnlock, base: int32(k), held: inner})
}

// numberLocks gives each lock its places once their number is known.
func (c *compiler) numberLocks() {
	for i := range c.p.ops {
		o := &c.p.ops[i]
		if o.kind != opLock && o.kind != opUnlock {
			continue
		}
		k := o.base
		o.base, o.stride = k*int32(c.p.sites), 0
		if c.p.perPlace[k] {
			o.stride = 1
		}
	}
}

func (c *compiler) fork(branches []scenarios.Step, held int32) {
	at := c.emit(op{kind: opFork, held: held})
	var begins []int32
	for i := range branches {
		begins = append(begins, int32(len(c.p.ops)))
		for range max(1, branches[i].Times) {
			c.step(&branches[i], none) // a branch holds what it takes itself
		}
		c.emit(op{kind: opBranchEnd, held: none})
	}
	c.p.ops[at].branches, c.p.ops[at].to = begins, int32(len(c.p.ops))
}
