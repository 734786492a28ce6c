package foreign

import (
	"encoding/json"
	"fmt"
	"math"
)

type object = map[string]any

// text writes the scenario.
func (m *Model) text(b Block, cpuMs map[string]float64) ([]byte, error) {
	classes, calls := object{}, object{}
	for _, c := range m.Classes {
		if b.Class != "" { // alone, and the CPU times are its own
			if c.Name != b.Class {
				continue
			}
			c.Share, c.Weight = 1, map[string]float64{"web": 1, m.Tier: 1}
		}
		classes[c.Name] = object{"share": c.Share, "steps": m.steps(c, cpuMs["web"])}
		if m.Tier != "" {
			ms := cpuMs[m.Tier] * c.Weight[m.Tier] / float64(m.calls())
			calls[c.Name] = object{"steps": []object{{"cpu": c.cpu(ms)}}}
		}
	}
	service := object{"workers": m.Stated.Workers, "requests": classes}
	if m.Stated.Loop {
		service["threads"] = 1
	}
	if m.Cold.CostMs > 0.001 {
		service["cold"] = object{"cost": milli(m.Cold.CostMs), "after": milli(m.Cold.AfterMs)}
	}
	host := object{"cores": m.Stated.Cores - m.Taken, "balancer": "shared", "generator": "shared"}
	if m.Speed.CV > 0 {
		host["speed"] = object{"cv": m.Speed.CV, "correlation_time": seconds(m.Speed.CorrelationS)}
	}
	s := object{
		"name": m.Service, "instances": fmt.Sprintf("%d-%d", b.Instances, b.Instances),
		"duration": seconds(b.WarmS + b.DurationS), "warm_up": seconds(b.WarmS),
		"replications": replications, "max_replications": replications, "precision": 0,
		"load":     b.load(),
		"balancer": object{"cost": milli(cpuMs["nginx"]), "worker_connections": 4096},
		"instance": object{"cpus": m.CPUs["web"]},
		"service":  service,
		"host":     host,
	}
	if m.Tier != "" {
		tier := object{"host": "shared", "operations": calls}
		if limit := m.CPUs[m.Tier]; limit > 0 {
			tier["cpus"] = limit
		}
		if m.Stated.Pool > 0 {
			tier["pool"] = m.Stated.Pool
		}
		s["tiers"] = object{m.Tier: tier}
	}
	return json.Marshal(s)
}

func (m *Model) calls() int { return max(1, m.Stated.Calls) }

func (m *Model) steps(c Class, webMs float64) []object {
	ms := webMs * c.Weight["web"]
	steps := []object{m.compute(c, ms*m.Before)}
	if m.Tier != "" {
		steps = append(steps, object{"call": m.Tier + "." + c.Name, "times": m.calls()})
	}
	if c.WaitP50 > 0 {
		steps = append(steps, object{"wait": object{"p50": milli(c.WaitP50), "p95": milli(c.WaitP95)}})
	}
	return append(steps, m.compute(c, ms*(1-m.Before)))
}

// compute is CPU time of an instance; an event loop does nothing else meanwhile.
func (m *Model) compute(c Class, ms float64) object {
	if m.Stated.Loop {
		return object{"lock": object{"name": "loop", "hold": c.cpu(ms)}}
	}
	return object{"cpu": c.cpu(ms)}
}

// cpu is the distribution of a CPU time with that mean.
func (c Class) cpu(ms float64) any {
	if c.Spread == 0 {
		return milli(ms)
	}
	return object{"mean": milli(ms), "cv": math.Sqrt(math.Expm1(c.Spread * c.Spread))}
}

// load is what was asked. Of an open load it is the rate that was offered in the
// window, not the one that its arrivals were drawn with.
func (b *Block) load() object {
	l := b.Load
	if l.Kind == "open" {
		return object{"kind": "open", "rate": float64(b.Measured.Completed+b.Measured.Errors) / b.DurationS}
	}
	o := object{"kind": "closed", "clients": l.Clients}
	if l.ThinkMeanMs > 0 {
		o["think"], o["think_distribution"] = milli(l.ThinkMeanMs), "exponential"
	}
	return o
}

func milli(ms float64) string  { return fmt.Sprintf("%dns", int64(ms*1e6+0.5)) }
func seconds(s float64) string { return fmt.Sprintf("%dms", int64(s*1000+0.5)) }
