package sim

import (
	"math"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
)

// buildInstances describes each instance and what a request costs there.
func (c *system) buildInstances(s *scenarios.Scenario, p *model.Profile, n int) {
	in := s.Instance
	mean, speeds := stated(in)
	spec := stationSpec{speeds: speeds, periodNs: int64(in.Period), phaseNs: -1}
	if in.Demand.Profile {
		mean = p.Instance.DemandNs(in.Keys, in.Write == "batch")
		spec.speeds = newSpeedTable(p.Instance.Speed, in.Threads)
		spec.overNs = float64(p.Instance.OverrunNs)
		c.threads = in.Threads
		c.shape = newShape(p.Instance.Distribution)
		c.buildHostEffects(p.Instance, s.Speed)
		if p.Instance.HasStore() {
			c.used = in.Store == "used"
			addStore(&spec, s, p.Instance)
		}
	} else {
		c.shape = newShape(model.Shape{Kind: in.Demand.Distribution, CV: in.Demand.CV})
	}
	if in.Discipline == "fifo" {
		spec.servers = in.Servers
	}
	for i, it := range s.InstancesAt(n) {
		one := spec
		one.host = int32(i % len(c.hosts))
		if it.CPUs > 0 {
			idle := p.Instance.IdleCores
			if !in.Demand.Profile {
				idle = 0
			}
			one.quotaNs = wholeNs(float64((it.CPUs - idle) * float64(in.Period)))
			one.idleNs = float64(idle * float64(in.Period))
			if in.Demand.Profile {
				one.resumeNs = wholeNs(math.Min(float64(p.Instance.ResumeNs)/s.Speed, one.quotaNs/2))
			}
		}
		one.demandNs, one.slow = mean/s.Speed, it.Slow
		c.stations = append(c.stations, one)
	}
}

// buildHostEffects takes over what the machine of a profile does to whatever runs
// on it: how its speed varies, what waking costs, and what a full host does.
func (c *system) buildHostEffects(cost model.InstanceCost, speed float64) {
	c.wakeNs = float64(cost.WakeNs) / speed
	c.swing = newSwing(cost.Swing, speed)
	c.coreSwing = newSwing(cost.CoreSwing, speed)
	if cost.FullHost > 0 {
		c.fullRate = 1 / cost.FullHost
	}
}

// addStore makes of a plain station the demo service: its requests move in step, a
// busy one with one thread notices new ones only every so often, and the store
// flushes and compacts.
func addStore(spec *stationSpec, s *scenarios.Scenario, cost model.InstanceCost) {
	spec.inStep = true
	if s.Instance.Discipline != "fifo" && s.Instance.Threads == 1 {
		spec.pollNs = cost.PollNs
	}
	spec.back.share = shareOf(cost)
	if s.Instance.Background == "profile" {
		spec.back = newBackground(cost.Background, s.Instance.Keys, s.Speed)
	}
}

// stated is the demand and the speed of an instance that the scenario states.
func stated(in scenarios.Instance) (meanNs float64, speeds *speedTable) {
	if in.Discipline == "fifo" {
		return float64(in.Demand.MeanNs), plainSpeed(in.Servers)
	}
	return float64(in.Demand.MeanNs), plainSpeed(in.Threads)
}

// shareOf is the part of its CPU that an instance gives to what is not a request.
func shareOf(c model.InstanceCost) float64 {
	if c.Background.Share > 0 {
		return c.Background.Share
	}
	return 1 / float64(c.Threads)
}

func newBackground(b model.Background, keys int, speed float64) background {
	every := 0.0
	if bytes := int64(keys) * int64(b.BytesPerKey); bytes > 0 {
		every = float64(b.FlushEveryBytes) / float64(bytes)
	}
	return background{
		every:        every,
		flushNs:      float64(b.FlushDemandNs) / speed,
		coldPerNs:    float64(b.ColdNsPerS) / 1e9 / speed,
		coldMostNs:   float64(b.ColdMostNs) / speed,
		firstNs:      float64(b.FirstNs) / speed,
		everyFlushes: b.CompactEveryFlush,
		compactNs:    float64(b.CompactionDemandNs) / speed,
		share:        b.Share,
	}
}
