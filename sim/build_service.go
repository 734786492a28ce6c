package sim

import (
	"math"

	"github.com/k9mil/velocitas/scenarios"
)

// buildService describes the instances of a service that is stated in steps:
// nothing of it is the profile's.
func (c *system) buildService(s *scenarios.Scenario, n int) {
	in := s.Instance
	c.program = newProgram(s, n)
	threads := threadsOf(s.Service.Threads, s.Host.Cores, in.CPUs)
	speeds := plainSpeed(threads) // of all: a table has a row for each thread
	for i, it := range s.InstancesAt(n) {
		one := stationSpec{speeds: speeds, periodNs: int64(in.Period), phaseNs: -1, host: int32(i % len(c.hosts)), cold: newCold(s.Service.Cold, s.Speed)}
		one.quotaNs = wholeNs(float64(it.CPUs * float64(in.Period)))
		one.demandNs, one.slow = math.Max(1, c.program.cpuNs), it.Slow
		c.stations = append(c.stations, one)
	}
}

// threadsOf is how many requests can compute at the same time where the
// scenario leaves that open: as many as there are cores, those of the host or
// those of the limit.
func threadsOf(stated int, hostCores, limit float64) int {
	switch {
	case stated > 0:
		return stated
	case hostCores > 0:
		return int(math.Max(1, math.Ceil(hostCores)))
	case limit > 0:
		return int(math.Max(1, math.Ceil(limit)))
	}
	return 1
}

// buildTiers describes the stations of the tiers, on hosts of their own or on
// the first of the instances'. It comes last, since theirs are the last stations.
func (c *system) buildTiers(s *scenarios.Scenario) {
	c.instanceHosts = len(c.hosts)
	if c.program == nil {
		return
	}
	for i := range c.program.tiers {
		t, spec := &s.Tiers[i].Is, &c.program.tiers[i]
		host := int32(0)
		if t.Host == "own" {
			host = int32(len(c.hosts))
			c.hosts = append(c.hosts, int64(t.Cores*microCores))
		}
		hostCores := t.Cores
		if t.Host == "shared" {
			hostCores = s.Host.Cores
		}
		spec.station = stationSpec{speeds: plainSpeed(threadsOf(t.Threads, hostCores, t.CPUs)), host: host, periodNs: int64(s.Instance.Period),
			quotaNs: wholeNs(float64(t.CPUs * float64(s.Instance.Period))), demandNs: math.Max(1, spec.demandNs), slow: 1, cold: newCold(t.Cold, s.Speed)}
	}
}

// tierStations is how many stations the tiers have.
func (c *system) tierStations() int {
	if c.program == nil {
		return 0
	}
	return c.program.sites - c.program.instances
}

// tierHost is the host of the k-th station of the tiers.
func (c *system) tierHost(k int) int32 {
	for i := range c.program.tiers {
		t := &c.program.tiers[i]
		if k < t.count {
			return t.station.host
		}
		k -= t.count
	}
	return none
}
