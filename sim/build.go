package sim

import (
	"fmt"
	"time"

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
	if cfg.horizonNs >= maxTimeNs {
		return nil, fmt.Errorf("a duration of %v is more than the %v that the simulator's clock holds", s.Duration, time.Duration(maxTimeNs).Truncate(time.Minute))
	}
	if n+s.Balancer.Workers+cfg.clients+s.Load.Retries+64 > maxSources {
		return nil, fmt.Errorf("%d instances and %d clients are more than the %d that the simulator holds", n, cfg.clients, maxSources)
	}
	return cfg, nil
}

// eventful tells whether something happens at a set time, so that there is no
// steady state to speak of.
func eventful(s *scenarios.Scenario) bool { return len(s.Events) > 0 || s.Load.Shape != nil }

// buildHosts places nginx, the generator and what it leaves behind.
func (c *system) buildHosts(s *scenarios.Scenario, p *model.Profile) {
	for range max(1, s.Host.Count) {
		c.hosts = append(c.hosts, int64(s.Host.Cores*microCores))
	}
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
