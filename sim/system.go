package sim

import (
	"github.com/k9mil/velocitas/scenarios"
	"github.com/k9mil/velocitas/scenarios/balancing"
	"github.com/k9mil/velocitas/scenarios/rate"
	"github.com/k9mil/velocitas/sim/nginx"
	"github.com/k9mil/velocitas/sim/random"
)

// system is what an engine is built from: a scenario and a profile for one
// number of instances, in the units of the engine. It is not changed by a
// replication and can be shared.
type system struct {
	told func(Request) // if set, is told of each request that ends after the warm-up
	// account, if set, is told of the accounts each accountNs; told is set, too.
	account   func(Account)
	accountNs int64

	name      string // of the scenario
	memory    int64  // that a run may hold; 0 is the default
	shared    int64  // bytes that the system itself holds
	seed      uint64
	horizonNs int64
	buckets   int // of the number in system over time
	withTime  bool

	stations []stationSpec // the instances, in order
	hosts    []int64       // their cores, microCores; 0 is no bound
	// hostSpeed is how the speed of each varies.
	hostSpeed swing
	// Hosts of tiers come after those of instances.
	instanceHosts int
	maxInside     int
	threads       int         // of an instance whose speed is the profile's
	shape         shape       // of demands
	bySlow        bool        // an event that slows divides a CPU limit
	used          bool        // whether stores begin used
	wakeNs        float64     // more for a request that finds its instance idle
	fullRate      float64     // of instances' work while no core of their host is idle; 0 is 1
	program       *program    // of a service with steps; nil is one demand for all
	insideNs      int64       // round trip between nginx and instances
	clientNs      int64       // and between clients and nginx
	swing         swing       // of each instance's own speed
	coreSwing     swing       // of each core's
	timetable     []happening // in order of time
	bounds        []Bound     // that end a replication which exceeds one

	proxy       nginx.Config
	keys        []nginx.Key // of requests, for policies that hash, unless there are very many
	keyed       int         // how many there are; 0: the policy does not hash
	workerNs    float64     // CPU time of a visit to a worker: two a request
	connectNs   int64
	readNs      int64 // read timeout; 0 waits for ever
	connectToNs int64
	backlog     int
	reuseport   bool
	proxyHost   int32 // none: on a machine of its own

	generatorNs   float64 // CPU time of an attempt before nginx sees it
	closingNs     float64 // and after its answer
	generatorHost int32

	arrivals    *arrivalSpec // open
	clients     int          // closed
	thinkNs     float64
	thinkRandom bool
	keepAlive   bool
	timeoutNs   int64
	retries     int
	retryErrors bool
	retryBudget float64
	backoffNs   []int64 // by retry
}

// stationSpec describes an instance, or a station of a tier.
type stationSpec struct {
	demandNs float64 // mean CPU time of a request
	slow     float64 // factor on it
	servers  int     // 0: processor sharing
	speeds   *speedTable
	quotaNs  float64 // per period; 0 is no limit
	idleNs   float64 // of it that an idle instance burns, taken off already
	overNs   float64 // by how much more it is noticed too late
	resumeNs float64 // CPU time lost when it goes on after a limit struck
	periodNs int64
	phaseNs  int64 // below 0: drawn
	back     background
	inStep   bool
	pollNs   int64 // of the poll queue
	host     int32
	cold     cold
}

// arrivalSpec describes an open load.
type arrivalSpec struct {
	constant bool
	gapNs    float64
	shape    *scenarios.Shape // of a rate that changes from perNs, in arrivals per ns
	perNs    float64
	trace    []int64
}

// key draws the key of a request for policies that hash.
func (e *engine) key(client int32) nginx.Key {
	c := e.cfg
	if c.keyed == 0 {
		return nginx.Key{}
	}
	i := 0
	if client >= 0 && c.proxy.Policy.Facts().Key == balancing.Address { // a client keeps its address
		i = int(client) % c.keyed
	} else {
		i = int(e.choices.Uint64n(uint64(c.keyed)))
	}
	if c.keys != nil {
		return c.keys[i]
	}
	e.keyText = scenarios.AppendHashKey(e.keyText[:0], i)
	return nginx.KeyOf(c.proxy.Policy, scenarios.NetworkAddress(i), e.keyText)
}

// newEngine builds the engine for one replication; short allows the fast path
// where it may be taken. The error is nginx's own
// about its configuration.
func newEngine(cfg *system, replication uint64, short bool) (*engine, error) {
	return newGuarded(guard{}, cfg, replication, short)
}

// newGuarded is newEngine under a guard, which may stop it by a panic with halted.
func newGuarded(g guard, cfg *system, replication uint64, short bool) (*engine, error) {
	e := &engine{cfg: cfg, guard: g, free: none, generator: none, closer: none, instances: int32(len(cfg.stations))}
	stream := func(purpose string, i int) random.Stream {
		return random.New(cfg.seed, replication, purpose, i)
	}
	if g.share > 0 {
		e.least = cfg.leastBytes() - int64(cfg.clients)*requestBytes
	}
	e.demands, e.thinks, e.choices = stream("demands", 0), stream("thinks", 0), stream("choices", 0)
	var err error
	if e.proxy, err = nginx.New(cfg.proxy, &e.choices); err != nil {
		return nil, err
	}
	workers := max(1, cfg.proxy.Workers)
	e.listen = newAcceptQueue(workers, cfg.backlog, cfg.reuseport)
	e.log = *newRecorder(len(cfg.stations), cfg.horizonNs, cfg.buckets)
	e.log.tally = newTally(cfg)
	if cfg.withTime {
		e.log.timeline = newTimeline(cfg.horizonNs)
	}
	e.state = make([]condition, len(cfg.stations))
	if cfg.program != nil {
		e.startProgram(cfg.program)
		e.log.service = newServiceLog(cfg.program)
	}
	e.addStations(workers, stream)
	if short {
		e.express = expressOf(cfg, e)
	}
	if e.express == nil {
		e.addDelays()
	}
	e.addSources()
	e.startHostSpeeds(stream)
	e.started = e.usage()
	e.startSwing(stream)
	e.startLoad(stream)
	return e, nil
}

// addStations makes instances, workers, generator and closer, and puts them on hosts.
func (e *engine) addStations(workers int, stream func(string, int) random.Stream) {
	cfg := e.cfg
	e.hosts = make([]host, len(cfg.hosts))
	for i, c := range cfg.hosts {
		e.hosts[i].cores = c
	}
	for i, spec := range cfg.stations {
		s := station{role: instanceRole, servers: int32(spec.servers), speeds: spec.speeds, demandNs: spec.demandNs, slow: spec.slow, back: spec.back, host: spec.host,
			inStep: spec.inStep, cold: spec.cold, polling: pollQueue{pollNs: spec.pollNs}}
		if spec.quotaNs > 0 {
			s.quota = quota{limited: true, perNs: spec.quotaNs, overNs: spec.overNs, resumeNs: spec.resumeNs, periodNs: spec.periodNs, boundary: spec.phaseNs}
			if spec.phaseNs < 0 {
				phases := stream("phase", i)
				s.quota.boundary = int64(phases.Uint64n(uint64(spec.periodNs)))
			}
			if s.quota.boundary == 0 {
				s.quota.boundary = spec.periodNs
			}
		}
		if cfg.used {
			ages := stream("store", i)
			s.back.use(&ages)
		}
		e.addStation(s)
	}
	one := plainSpeed(1)
	for range workers {
		e.addStation(station{role: workerRole, servers: 1, speeds: one, demandNs: cfg.workerNs, slow: 1, host: cfg.proxyHost})
	}
	if cfg.generatorNs > 0 {
		e.generator = e.addStation(station{role: generatorRole, demandNs: cfg.generatorNs, servers: 1, speeds: one, slow: 1, host: cfg.generatorHost})
	}
	if cfg.closingNs > 0 {
		e.closer = e.addStation(station{role: closerRole, demandNs: cfg.closingNs, servers: 1, speeds: one, slow: 1, host: cfg.generatorHost})
	}
	e.tiers = int32(len(e.stations))
	if cfg.program != nil {
		for i := range cfg.program.tiers {
			e.addTier(&cfg.program.tiers[i])
		}
	}
	e.addQueues()
}

// addTier makes the stations of a tier.
func (e *engine) addTier(t *tierSpec) {
	for range t.count {
		s := station{role: tierRole, speeds: t.station.speeds, demandNs: t.station.demandNs, slow: t.station.slow, host: t.station.host, cold: t.station.cold}
		if t.station.quotaNs > 0 {
			s.quota = quota{limited: true, perNs: t.station.quotaNs, periodNs: t.station.periodNs, boundary: t.station.periodNs}
		}
		e.addStation(s)
	}
}

func (e *engine) addStation(s station) int32 {
	s.up, s.pace, s.placement = true, 1, 1
	shared := s.host != none && e.hosts[s.host].cores != 0
	s.plain = !shared && !s.quota.limited && s.back.every == 0 && !s.inStep && s.polling.pollNs == 0 && e.cfg.swing.sd == 0 && e.cfg.coreSwing.sd == 0 && len(e.cfg.timetable) <= 1
	if s.host == none { // a machine without bounds
		e.hosts = append(e.hosts, host{})
		s.host = int32(len(e.hosts) - 1)
	}
	h := &e.hosts[s.host]
	id := int32(len(e.stations))
	h.stations = append(h.stations, id)
	e.stations = append(e.stations, s)
	return id
}

// addDelays makes the waits that the scenario has.
func (e *engine) addDelays() {
	cfg := e.cfg
	add := func(side uint8, delaysNs ...int64) int16 {
		first := int16(len(e.delays))
		for _, d := range delaysNs {
			e.delays = append(e.delays, delay{delayNs: d, head: none, tail: none, side: side})
		}
		return first
	}
	maybe := func(side uint8, delayNs int64) int16 {
		if delayNs <= 0 {
			return -1
		}
		return add(side, delayNs)
	}
	// What a packet takes back is waited for on the way there.
	e.delayConnect = maybe(proxySide, cfg.connectNs+2*cfg.insideNs)
	e.delayReadTimeout = maybe(proxySide, cfg.readNs)
	e.delayConnectTimeout = maybe(proxySide, max(1, cfg.connectToNs))
	e.firstPatience = int16(len(e.delays))
	e.delayClientTimeout = maybe(clientSide, cfg.timeoutNs)
	if cfg.program != nil && cfg.program.patient() {
		for _, c := range cfg.program.classes {
			delay := e.delayClientTimeout
			if c.timeoutNs > 0 {
				delay = add(clientSide, c.timeoutNs)
			}
			e.patience = append(e.patience, delay)
		}
	}
	e.endPatience = int16(len(e.delays))
	e.budget = savedRetries
	e.delayReuse = maybe(proxySide, cfg.insideNs)
	e.delayOut, e.delayKept, e.delayBack = maybe(proxySide, cfg.clientNs*3/2), maybe(proxySide, cfg.clientNs/2), maybe(proxySide, cfg.clientNs/2)
	e.delayRefused = add(clientSide, refusedPauseNs)
	e.delayBackoff = add(clientSide, cfg.backoffNs...)
	e.delaySYN = add(proxySide, synWaitsNs()...)
}

// refusedPauseNs is how soon a client without think time asks again after an
// answer that took no time at all.
const refusedPauseNs = 1_000_000

func synWaitsNs() []int64 {
	waits := make([]int64, synTries)
	for i := range waits {
		waits[i], _ = nginx.SYNRetryNs(i + 1)
	}
	return waits
}

// addSources numbers the event sources and makes the event list.
func (e *engine) addSources() {
	n := int32(len(e.stations))
	if e.express != nil { // only instances have work to do
		n = e.instances
	}
	e.firstDelay = n
	for i := range e.delays {
		e.delays[i].source = n + int32(i)
	}
	e.timetable = n + int32(len(e.delays))
	e.timing = e.timetable + 1
	e.swinging = e.timing + 1
	e.balancing = e.swinging + 1
	e.firstUser = e.balancing + 1
	e.arriving = e.firstUser
	if e.cfg.thinkNs > 0 {
		e.users = make([]user, e.cfg.clients)
		e.arriving += int32(e.cfg.clients)
	}
	e.tree = newTree(int(e.arriving) + 1)
	if len(e.cfg.timetable) > 0 {
		e.tree.set(e.timetable, keyOf(e.cfg.timetable[0].atNs, e.timetable))
	}
}

// startLoad schedules the first arrival, or lets the clients begin: each with
// a think time, so that those with a constant one are not all in step.
func (e *engine) startLoad(stream func(string, int) random.Stream) {
	cfg := e.cfg
	if a := cfg.arrivals; a != nil {
		e.arrivals = arrivals{stream: stream("arrivals", 0), constant: a.constant, gapNs: a.gapNs, trace: a.trace}
		if a.shape != nil {
			e.arrivals.plan = rate.NewPlan(a.shape, a.perNs)
		}
		if at := e.arrivals.following(); at < maxTimeNs {
			e.tree.set(e.arriving, keyAt(at, e.arriving))
		}
		return
	}
	if e.express != nil {
		e.expressStart()
		return
	}
	for c := range cfg.clients {
		e.spend(1)
		req := e.take(int32(c))
		e.requests.at(req).sentNs = -1
		if e.users == nil {
			e.begin(req)
			continue
		}
		e.thinkFor(int32(c), req, e.firstThink())
	}
}
