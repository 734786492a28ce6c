package sim

import (
	"fmt"
	"math"
	"net/netip"
	"sort"
	"strconv"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
	"github.com/k9mil/velocitas/sim/nginx"
)

// seriesBuckets is into how many stretches the run is cut to see how the number
// in system moves.
const seriesBuckets = 1000

// build translates a resolved scenario and a profile into a system of n
// instances. The error says which part of the scenario the simulator can't take.
func build(s *scenarios.Scenario, p *model.Profile, n int) (*system, error) {
	cfg := &system{
		seed:      s.Seed,
		buckets:   seriesBuckets,
		horizonNs: int64(s.Duration),
		withTime:  eventful(s),
		maxInside: s.Instance.MaxInside,
		readNs:    int64(s.Balancer.ReadTimeout),
		backlog:   s.Balancer.Backlog,
		reuseport: s.Balancer.Accept == "reuseport",

		connectToNs:   int64(s.Balancer.ConnectTimeout),
		proxyHost:     none,
		generatorHost: none,
	}
	cfg.buildHosts(s, p)
	cfg.buildInstances(s, p, n)
	cfg.buildTimetable(s)
	cfg.buildLoad(s, n)
	if err := cfg.buildProxy(s, p, n); err != nil {
		return nil, err
	}
	if n+s.Balancer.Workers+cfg.clients+64 > maxSources {
		return nil, fmt.Errorf("%d instances and %d clients are more than the %d that the simulator holds", n, cfg.clients, maxSources)
	}
	return cfg, nil
}

// eventful tells whether something happens at a set time, so that there is no
// steady state to speak of.
func eventful(s *scenarios.Scenario) bool { return len(s.Events) > 0 || s.Load.Shape != nil }

// buildHosts places nginx and the generator.
func (c *system) buildHosts(s *scenarios.Scenario, p *model.Profile) {
	for range max(1, s.Host.Count) {
		c.hosts = append(c.hosts, int64(s.Host.Cores*microCores))
	}
	if s.Host.Balancer == "shared" {
		c.proxyHost = 0
	}
	if s.Host.Generator == "shared" {
		c.generatorHost = 0
		c.generatorNs = float64(p.Generator.DemandNs) / s.Speed
	}
}

// buildInstances describes each instance and what a request costs there.
func (c *system) buildInstances(s *scenarios.Scenario, p *model.Profile, n int) {
	in := s.Instance
	mean, speeds := stated(in)
	if in.Demand.Profile {
		mean = profileDemandNs(p, in.Keys, in.Write)
		speeds = newSpeedTable(p.Instance.Speed, in.Threads)
		c.threads = in.Threads
		c.shape = newShape(p.Instance.Distribution)
		c.bytes = int64(in.Keys) * int64(p.Instance.Background.BytesPerKey)
		c.wakeNs = float64(p.Instance.WakeNs) / s.Speed
		c.swing = swing{sd: p.Instance.Swing.LogSD, tauNs: p.Instance.Swing.TauNs}
	} else {
		c.shape = newShape(model.Shape{Kind: in.Demand.Distribution, CV: in.Demand.CV})
	}
	spec := stationSpec{speeds: speeds, periodNs: int64(in.Period), phaseNs: -1}
	if in.Discipline == "fifo" {
		spec.servers = in.Servers
	} else if in.Demand.Profile {
		spec.inStep = true
		if in.Threads == 1 {
			spec.pollNs = p.Instance.PollNs
		}
	}
	if in.Demand.Profile && in.Background == "profile" {
		spec.back = newBackground(p.Instance.Background, s.Speed)
	}
	for i := range n {
		one, slow, limit := spec, 1.0, in.CPUs
		if o := overridden(s, i+1); o != nil {
			if o.CPUs != nil {
				limit = *o.CPUs
			}
			if o.Slow > 0 {
				slow = o.Slow
			}
		}
		one.host = int32(i % len(c.hosts))
		if limit > 0 {
			idle := p.Instance.IdleCores
			if !in.Demand.Profile {
				idle = 0
			}
			one.quotaNs = wholeNs(float64((limit - idle) * float64(in.Period)))
		}
		c.stations = append(c.stations, one)
		c.slow = append(c.slow, slow)
		c.demandNs = append(c.demandNs, mean/s.Speed)
	}
}

// stated is the demand and the speed of an instance that the scenario states.
func stated(in scenarios.Instance) (meanNs float64, speeds *speedTable) {
	if in.Discipline == "fifo" {
		return float64(in.Demand.MeanNs), plainSpeed(in.Servers)
	}
	return float64(in.Demand.MeanNs), plainSpeed(in.Threads)
}

// profileDemandNs is the profile's mean demand for so many keys: straight
// between measured rows, in proportion beyond them.
func profileDemandNs(p *model.Profile, keys int, write string) float64 {
	factor := 1.0
	if write == "batch" {
		factor = p.Instance.BatchFactor
	}
	rows := p.Instance.Demand
	at := sort.Search(len(rows), func(i int) bool { return rows[i].Keys >= keys })
	if at == len(rows) {
		at--
	}
	hi := rows[at]
	demand := float64(float64(hi.DemandNs)*float64(keys)) / float64(hi.Keys)
	if at > 0 && keys < hi.Keys {
		lo := rows[at-1]
		f := float64(keys-lo.Keys) / float64(hi.Keys-lo.Keys)
		demand = float64(lo.DemandNs) + float64(f*float64(hi.DemandNs-lo.DemandNs))
	}
	return float64(demand * factor)
}

func newBackground(b model.Background, speed float64) background {
	return background{
		everyBytes:   b.FlushEveryBytes,
		flushNs:      float64(b.FlushDemandNs) / speed,
		coldPerNs:    float64(b.ColdNsPerS) / 1e9 / speed,
		coldMostNs:   float64(b.ColdMostNs) / speed,
		firstNs:      float64(b.FirstNs) / speed,
		everyFlushes: b.CompactEveryFlush,
		compactNs:    float64(b.CompactionDemandNs) / speed,
		share:        b.Share,
	}
}

// overridden is the last override that names an instance, all merged.
func overridden(s *scenarios.Scenario, instance int) *scenarios.Override {
	var merged *scenarios.Override
	for i := range s.Overrides {
		o := s.Overrides[i]
		if !contains(o.Instances, instance) {
			continue
		}
		if merged == nil {
			merged = &o
			continue
		}
		merge(merged, o)
	}
	return merged
}

func contains(sizes scenarios.Numbers, n int) bool {
	i := sort.SearchInts(sizes, n)
	return i < len(sizes) && sizes[i] == n
}

// merge lets what o states stand over what m does.
func merge(m *scenarios.Override, o scenarios.Override) {
	if o.CPUs != nil {
		m.CPUs = o.CPUs
	}
	if o.Slow > 0 {
		m.Slow = o.Slow
	}
	if o.Weight > 0 {
		m.Weight = o.Weight
	}
	if o.MaxFails != nil {
		m.MaxFails = o.MaxFails
	}
	if o.FailTimeout > 0 {
		m.FailTimeout = o.FailTimeout
	}
	if o.MaxConns > 0 {
		m.MaxConns = o.MaxConns
	}
	m.Backup = m.Backup || o.Backup
	m.Down = m.Down || o.Down
}

// buildProxy describes nginx.
func (c *system) buildProxy(s *scenarios.Scenario, p *model.Profile, n int) error {
	b := s.Balancer
	policy, err := nginx.ParsePolicy(b.Policy)
	if err != nil {
		return err
	}
	conditions, err := nginx.ParseConditions(b.NextUpstream...)
	if err != nil {
		return err
	}
	c.proxy = nginx.Config{
		Policy: policy, Workers: b.Workers, Zone: b.Zone,
		NextUpstream: conditions, Tries: b.NextUpstreamTries, NextTimeoutNs: int64(b.NextUpstreamTimeout),
		WorkerConnections: b.WorkerConnections, Keepalive: b.Keepalive,
	}
	for i := range n {
		c.proxy.Peers = append(c.proxy.Peers, peer(s, i+1))
	}
	visit := costNs(b.Cost, p.Balancer.DemandNs) / s.Speed / 2
	c.workerNs = wholeNs(visit)
	c.connectNs = int64(costNs(b.Connect, p.Balancer.ConnectNs))
	for range max(1, b.Workers) {
		c.demandNs = append(c.demandNs, c.workerNs)
	}
	if c.generatorNs > 0 {
		c.demandNs = append(c.demandNs, wholeNs(c.generatorNs))
	}
	c.buildKeys(s, policy)
	return nil
}

func costNs(c scenarios.Cost, profileNs int64) float64 {
	if c.Profile {
		return float64(profileNs)
	}
	return float64(c.Ns)
}

// peer is nginx's server line for an instance.
func peer(s *scenarios.Scenario, instance int) nginx.Peer {
	p := nginx.DefaultPeer("instance-" + strconv.Itoa(instance) + ":3000")
	p.MaxFails, p.MaxConns = s.Balancer.MaxFails, s.Balancer.MaxConns
	p.FailTimeoutS = int64(s.Balancer.FailTimeout) / 1e9
	o := overridden(s, instance)
	if o == nil {
		return p
	}
	if o.Weight > 0 {
		p.Weight = o.Weight
	}
	if o.MaxFails != nil {
		p.MaxFails = *o.MaxFails
	}
	if o.FailTimeout > 0 {
		p.FailTimeoutS = int64(o.FailTimeout) / 1e9
	}
	if o.MaxConns > 0 {
		p.MaxConns = o.MaxConns
	}
	p.Backup, p.Down = o.Backup, o.Down
	return p
}

// buildKeys works out the keys that requests bring, for policies that hash.
func (c *system) buildKeys(s *scenarios.Scenario, policy nginx.Policy) {
	if !policy.Keyed() {
		return
	}
	n := s.Load.HashKeys
	if policy == nginx.IPHash {
		n = s.Load.Networks
	}
	for i := range max(1, n) {
		address := netip.AddrFrom4([4]byte{10, byte(i >> 8), byte(i), 1})
		c.keys = append(c.keys, policy.Key(address, "key-"+strconv.Itoa(i)))
	}
}

// buildTimetable puts the scenario's events in order; one that ends by itself
// is two.
func (c *system) buildTimetable(s *scenarios.Scenario) {
	kinds := map[string]uint8{"slow": slowDown, "stop": stop, "restart": stop, "pause": pause, "vanish": vanish, "start": start}
	for _, ev := range s.Events {
		h := happening{atNs: int64(ev.At), do: kinds[ev.Do], instance: int32(ev.Instance - 1), factor: ev.Factor}
		c.timetable = append(c.timetable, h)
		if ev.For > 0 {
			h.atNs, h.do = int64(ev.At+ev.For), start
			c.timetable = append(c.timetable, h)
		}
	}
	c.sortTimetable()
}

func (c *system) sortTimetable() {
	sort.SliceStable(c.timetable, func(i, j int) bool { return c.timetable[i].atNs < c.timetable[j].atNs })
}

// buildLoad describes who asks.
func (c *system) buildLoad(s *scenarios.Scenario, n int) {
	l := s.Load
	c.keepAlive = l.KeepAlive
	c.timeoutNs, c.retries, c.retryErrors = int64(l.Timeout), l.Retries, l.RetryErrors
	back := float64(l.Backoff)
	for range l.Retries {
		c.backoffNs = append(c.backoffNs, int64(back))
		back = math.Min(float64(back*l.BackoffFactor), float64(maxTimeNs/4))
	}
	if l.Kind == "closed" {
		c.clients = l.Clients + l.ClientsPerInstance*n
		c.thinkNs, c.thinkRandom = float64(l.Think), l.ThinkDistribution == "exponential"
		return
	}
	a := &arrivalSpec{constant: l.Arrivals == "constant"}
	c.arrivals = a
	if l.Arrivals == "trace" {
		a.trace = make([]int64, len(l.TraceS))
		for i, at := range l.TraceS {
			a.trace[i] = int64(wholeNs(float64(at * 1e9)))
		}
		return
	}
	rate := l.Rate + float64(l.RatePerInstance*float64(n))
	a.gapNs = 1e9 / rate
	if l.Shape != nil {
		a.knots = knots(l.Shape, rate/1e9, float64(s.Duration))
	}
}
