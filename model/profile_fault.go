package model

import (
	"fmt"

	"github.com/k9mil/velocitas/internal/strict"
)

// fault is the first thing wrong with a profile: a key and a problem, or
// nothing.
func (p *Profile) fault() (key, problem string) {
	if p.Schema != ProfileSchema {
		return "schema", fmt.Sprintf("wants %q, not %s", ProfileSchema, strict.Quote(p.Schema))
	}
	if p.Name == "" {
		return "name", "wants a name"
	}
	for _, check := range []func() (string, string){
		p.Instance.demandFault, p.Instance.Distribution.fault, p.Instance.speedFault, p.Instance.fault,
		p.Instance.Background.fault, p.costFault, p.Range.fault,
	} {
		if key, problem = check(); problem != "" {
			return key, problem
		}
	}
	return "", ""
}

// Bounds beyond which a cost is a mistake.
const (
	hourNs     = int64(3600e9)
	tableMost  = 4096    // rows of a table
	insideMost = 100_000 // requests in an instance
	keysMost   = 1_000_000_000
	// The least and the most that a row of the speed table says.
	speedLeast      = 0.001
	efficiencyMost  = 1000.0
	coresMost       = 1024.0
	rangeCoresMost  = 1e6
	quantileMost    = 1e6
	quantileMeanMin = 1e-6
)

func (c *InstanceCost) demandFault() (key, problem string) {
	if len(c.Demand) == 0 || len(c.Demand) > tableMost {
		return "instance.demand", "wants rows such as {\"keys\": 1000, \"demand_ns\": 8000000}"
	}
	for i, row := range c.Demand {
		at := fmt.Sprintf("instance.demand[%d].", i)
		if row.Keys < 1 || row.Keys > keysMost || (i > 0 && row.Keys <= c.Demand[i-1].Keys) {
			return at + "keys", fmt.Sprintf("wants numbers of keys from 1 to %d in ascending order", keysMost)
		}
		if row.DemandNs < 1 || row.DemandNs > hourNs {
			return at + "demand_ns", "wants 1 ns to one hour"
		}
	}
	return "", ""
}

func (s *Shape) fault() (key, problem string) {
	const at = "instance.distribution."
	switch s.Kind {
	case "constant", "exponential":
	case "lognormal":
		if !(s.CV > 0 && s.CV <= 100) {
			return at + "cv", fmt.Sprintf("wants more than 0 and at most 100, not %v", s.CV)
		}
	case "quantiles":
		return s.quantileFault(at + "quantiles")
	default:
		return at + "kind", fmt.Sprintf("wants constant, exponential, lognormal or quantiles, not %s", strict.Quote(s.Kind))
	}
	return "", ""
}

func (s *Shape) quantileFault(at string) (key, problem string) {
	if len(s.Quantiles) < 2 || len(s.Quantiles) > 1<<16 {
		return at, "wants 2 to 65536 quantiles"
	}
	for i, q := range s.Quantiles {
		if !(q >= 0 && q <= quantileMost) || (i > 0 && q < s.Quantiles[i-1]) {
			return fmt.Sprintf("%s[%d]", at, i), fmt.Sprintf("wants quantiles from 0 to %d in ascending order", int(quantileMost))
		}
	}
	if s.Quantiles[len(s.Quantiles)-1] < quantileMeanMin {
		return at, "wants a mean above 0"
	}
	return "", ""
}

func (c *InstanceCost) speedFault() (key, problem string) {
	const at = "instance.speed"
	if len(c.Speed) == 0 || len(c.Speed) > tableMost || c.Speed[0].Inside != 1 || c.Speed[0].Efficiency != 1 {
		return at, "wants rows that begin with inside 1 and efficiency 1"
	}
	for i, row := range c.Speed {
		at := fmt.Sprintf("%s[%d].", at, i)
		if row.Inside > insideMost || i > 0 && row.Inside <= c.Speed[i-1].Inside {
			return at + "inside", fmt.Sprintf("wants ascending numbers up to %d, not %d", insideMost, row.Inside)
		}
		if !(row.Efficiency >= speedLeast && row.Efficiency <= efficiencyMost) {
			return at + "efficiency", fmt.Sprintf("wants %v to %v, not %v", speedLeast, efficiencyMost, row.Efficiency)
		}
		if !(row.Cores >= speedLeast && row.Cores <= coresMost) {
			return at + "cores", fmt.Sprintf("wants %v to %v, not %v", speedLeast, coresMost, row.Cores)
		}
	}
	return "", ""
}

func (c *InstanceCost) fault() (key, problem string) {
	switch {
	case !(c.IdleCores >= 0 && c.IdleCores <= 1024):
		return "instance.idle_cores", "wants 0 to 1024"
	case c.Threads < 1 || c.Threads > 1024:
		return "instance.threads", fmt.Sprintf("wants 1 to 1024, not %d", c.Threads)
	case !(c.BatchFactor >= 1e-6 && c.BatchFactor <= 1000):
		return "instance.batch_factor", "wants 0.000001 to 1000"
	case c.WakeNs < 0 || c.WakeNs > hourNs:
		return "instance.wake_ns", "wants 0 ns to one hour"
	case c.PollNs < 0 || c.PollNs > hourNs:
		return "instance.poll_ns", "wants 0 ns (new requests are noticed at once) to one hour"
	case !c.Swing.sized():
		return "instance.swing.log_sd", "wants 0 (none) to 2"
	case !c.Swing.timed():
		return "instance.swing.tau_ns", "wants 1 ms to one hour"
	case !c.CoreSwing.sized():
		return "instance.core_swing.log_sd", "wants 0 (none) to 2"
	case !c.CoreSwing.timed():
		return "instance.core_swing.tau_ns", "wants 1 ms to one hour"
	case !c.Swing.bounded():
		return "instance.swing.best_speed", "wants more than 1 and at most 100, or 0 for a swing that is the same at any speed"
	case !c.CoreSwing.bounded():
		return "instance.core_swing.best_speed", "wants more than 1 and at most 100, or 0 for a swing that is the same at any speed"
	case c.OverrunNs < 0 || c.OverrunNs > 1e9:
		return "instance.overrun_ns", "wants 0 ns (a limit strikes at once) to 1 s"
	case c.ResumeNs < 0 || c.ResumeNs > 1e9:
		return "instance.resume_ns", "wants 0 ns to 1 s"
	case c.FullHost != 0 && !(c.FullHost >= 0.1 && c.FullHost <= 10):
		return "instance.full_host", "wants 0.1 to 10, or 0 for not known"
	}
	return "", ""
}

func (b *Background) fault() (key, problem string) {
	const at = "instance.background."
	switch {
	case b.BytesPerKey < 0 || b.BytesPerKey > 1<<20:
		return at + "bytes_per_key", "wants 0 to 1048576"
	case b.FlushEveryBytes < 0 || b.FlushEveryBytes > 1<<40:
		return at + "flush_every_bytes", "wants 0 (no flushes) to 2^40"
	case b.FlushDemandNs < 0 || b.FlushDemandNs > hourNs:
		return at + "flush_demand_ns", "wants 0 to one hour"
	case b.ColdNsPerS < 0 || b.ColdNsPerS > hourNs:
		return at + "cold_ns_per_s", "wants 0 to one hour"
	case b.ColdMostNs < 0 || b.ColdMostNs > hourNs:
		return at + "cold_most_ns", "wants 0 to one hour"
	case b.FirstNs < 0 || b.FirstNs > hourNs:
		return at + "first_ns", "wants 0 to one hour"
	case b.CompactEveryFlush < 0 || b.CompactEveryFlush > 1_000_000:
		return at + "compact_every_flushes", "wants 0 (no compaction) to 1000000"
	case b.CompactionDemandNs < 0 || b.CompactionDemandNs > hourNs:
		return at + "compaction_demand_ns", "wants 0 to one hour"
	case !(b.Share >= 0 && b.Share <= 1):
		return at + "share", fmt.Sprintf("wants 0 to 1, not %v", b.Share)
	}
	return "", ""
}

func (p *Profile) costFault() (key, problem string) {
	for _, c := range []struct {
		key string
		ns  int64
	}{
		{"balancer.demand_ns", p.Balancer.DemandNs},
		{"balancer.connect_ns", p.Balancer.ConnectNs},
		{"generator.demand_ns", p.Generator.DemandNs},
	} {
		if c.ns < 0 || c.ns > hourNs {
			return c.key, "wants 0 ns to one hour"
		}
	}
	if a := p.Generator.After; !(a >= 0 && a <= 1) {
		return "generator.after", fmt.Sprintf("wants 0 to 1, not %v", a)
	}
	return "", ""
}

func (r *Range) fault() (key, problem string) {
	switch {
	case r.InstancesMax < 0 || r.InstancesMax > keysMost:
		return "range.instances_max", fmt.Sprintf("wants 0 to %d", keysMost)
	case r.InsideMax < 0 || r.InsideMax > keysMost:
		return "range.inside_max", fmt.Sprintf("wants 0 to %d", keysMost)
	case r.KeysMin < 0 || r.KeysMax < r.KeysMin || r.KeysMax > keysMost:
		return "range.keys_max", fmt.Sprintf("wants at least keys_min, and 0 to %d", keysMost)
	case !(r.CPUsMin >= 0 && r.CPUsMax >= r.CPUsMin && r.CPUsMax <= rangeCoresMost):
		return "range.cpus_max", fmt.Sprintf("wants at least cpus_min, and 0 to %d", int(rangeCoresMost))
	}
	return "", ""
}

func (s Swing) sized() bool { return s.LogSD >= 0 && s.LogSD <= 2 }

func (s Swing) timed() bool { return s.LogSD == 0 || s.TauNs >= 1e6 && s.TauNs <= hourNs }

func (s Swing) bounded() bool { return s.BestSpeed == 0 || s.BestSpeed > 1 && s.BestSpeed <= 100 }
