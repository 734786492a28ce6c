package sim

import (
	"fmt"
	"time"

	"github.com/k9mil/velocitas/internal/strict"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
)

// seriesBuckets is into how many stretches the run is cut to see how the number
// in system moves.
const seriesBuckets = 1000

// build translates a resolved scenario and a profile into a system of n
// instances. The error says which part of the scenario the simulator can't take.
func build(s *scenarios.Scenario, p *model.Profile, n int) (*system, error) {
	cfg := &system{
		name:      s.Name,
		seed:      s.Seed,
		buckets:   seriesBuckets,
		horizonNs: int64(wholeNs(s.RunS() * 1e9)),
		withTime:  eventful(s),
		maxInside: s.Instance.MaxInside,
		readNs:    int64(s.Balancer.ReadTimeout),
		backlog:   s.Balancer.Backlog,
		reuseport: s.Balancer.Accept == "reuseport",

		connectToNs:   int64(s.Balancer.ConnectTimeout),
		proxyHost:     none,
		generatorHost: none,
	}
	if err := affordable(s, p); err != nil {
		return nil, err
	}
	cfg.buildHosts(s, p)
	if s.Service != nil {
		cfg.buildService(s, n)
	} else {
		cfg.buildInstances(s, p, n)
	}
	cfg.insideNs, cfg.clientNs = int64(s.Network.Inside), int64(s.Network.Client)
	cfg.buildTimetable(s, n)
	cfg.buildLoad(s, n)
	if err := cfg.buildProxy(s, p, n); err != nil {
		return nil, &strict.Error{File: s.Name, Key: "balancer", Problem: err.Error()}
	}
	if cfg.horizonNs >= maxTimeNs {
		return nil, fmt.Errorf("a duration of %v is more than the %v that the simulator's clock holds", s.Duration, time.Duration(maxTimeNs).Truncate(time.Minute))
	}
	if n+s.Balancer.Workers+cfg.clients+s.Load.Retries+64 > maxSources {
		return nil, fmt.Errorf("%d instances and %d clients are more than the %d that the simulator holds", n, cfg.clients, maxSources)
	}
	cfg.buildTiers(s)
	return cfg, nil
}

// Bounds of what one request may ask for by a scenario and a profile together.
const (
	demandMostNs = 3600e9
	flushesMost  = 1000
)

// affordable refuses what a scenario and a profile, each right by itself, ask for
// together but nobody would wait for.
func affordable(s *scenarios.Scenario, p *model.Profile) error {
	refuse := func(key, format string, args ...any) error {
		return &strict.Error{File: s.Name, Key: key, Problem: fmt.Sprintf(format, args...)}
	}
	if s.Load.Arrivals == "trace" && s.Load.TraceS == nil {
		return refuse("load.trace", "was not read; give it as a file's name in a scenario file or by --what-if")
	}
	if key := s.UnreadSamples(); key != "" {
		return refuse(key, "was not read; name the file in a scenario file")
	}
	in := s.Instance
	if !in.Demand.Profile {
		return nil
	}
	if mean := p.Instance.DemandNs(in.Keys, in.Write == "batch"); !(mean <= demandMostNs) {
		return refuse("instance.keys", "a request with %d keys takes %.3g hours of CPU by the profile %s; at most one hour is simulated", in.Keys, mean/3600e9, strict.Quote(p.Name))
	}
	back := p.Instance.Background
	if bytes := float64(in.Keys) * float64(back.BytesPerKey); in.Background == "profile" && back.FlushEveryBytes > 0 && bytes > flushesMost*float64(back.FlushEveryBytes) {
		return refuse("instance.keys", "a request with %d keys writes %.3g bytes, and by the profile %s the store flushes every %d; at most %d flushes a request are simulated",
			in.Keys, bytes, strict.Quote(p.Name), back.FlushEveryBytes, flushesMost)
	}
	return nil
}

// Check says whether what is asked can be simulated, as Run, NewSample and all
// that rest on them would: a [*strict.Error] that names the key, or nil.
func Check(in Input) error {
	sizes := in.Scenario.Instances
	cfg, err := build(in.Scenario, in.Profile, sizes[len(sizes)-1])
	if err != nil {
		return err
	}
	cfg.memory = in.Memory
	return cfg.checkMemory(in.Scenario.Replications)
}

// eventful tells whether something happens at a set time, so that there is no
// steady state to speak of.
func eventful(s *scenarios.Scenario) bool { return len(s.Events) > 0 || s.Load.Shape != nil }

// buildHosts places nginx, the generator and what it leaves behind.
func (c *system) buildHosts(s *scenarios.Scenario, p *model.Profile) {
	for range max(1, s.Host.Count) {
		c.hosts = append(c.hosts, int64(s.Host.Cores*microCores))
	}
	c.hostSpeed = newHostSpeed(s.Host.Speed)
	if s.Host.Balancer == "shared" {
		c.proxyHost = 0
	}
	if s.Host.Generator == "shared" {
		c.generatorHost = 0
		demand := float64(p.Generator.DemandNs) / s.Speed
		c.closingNs = wholeNs(float64(demand * p.Generator.After))
		c.generatorNs = wholeNs(demand) - c.closingNs
	}
}
