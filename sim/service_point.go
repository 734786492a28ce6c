package sim

import (
	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/k9mil/velocitas/model"
)

// slowestShare is whose time the breakdown shows beside everybody's.
const slowestShare = 0.01

// servicePoint adds what is known of a service with steps.
func servicePoint(cfg *system, outs []*outcome, p *model.Point) {
	if cfg.program == nil {
		return
	}
	for k := range cfg.program.classes {
		p.Classes = append(p.Classes, classPoint(cfg.program.classes[k].name, k, outs))
	}
	p.Held = heldOf(cfg, outs)
	p.Breakdown = breakdown(cfg.program, outs)
}

func classPoint(name string, k int, outs []*outcome) model.ClassPoint {
	c := model.ClassPoint{Class: name, ByStatus: map[string]int64{}}
	of := func(o *outcome) *classLog { return &o.service.classes[k] }
	c.ThroughputRps = meanOf(outs, func(o *outcome) float64 { return perSecond(of(o).status[answered], o.windowNs) })
	c.ErrorRate = meanOf(outs, func(o *outcome) float64 { return failedShare(of(o).status) })
	for s := range outcomes {
		var n int64
		for _, o := range outs {
			n += of(o).status[s]
		}
		if n > 0 {
			c.ByStatus[named[s].status] += n
		}
	}
	hists := make([]*hdrhistogram.Histogram, len(outs))
	means := make([]float64, len(outs))
	for i, o := range outs {
		hists[i] = of(o).latency
		if n := of(o).status[answered]; n > 0 {
			means[i] = float64(of(o).sumNs) / float64(n) / 1e6
		}
	}
	c.LatencyMs = latencyOf(hists, means)
	return c
}

// failedShare is failed over finished.
func failedShare(status [outcomes]int64) float64 {
	var all int64
	for _, n := range status {
		all += n
	}
	if all == 0 {
		return 0
	}
	return 1 - float64(status[answered])/float64(all)
}

// latencyOf estimates the latencies that histograms of replications hold.
func latencyOf(hists []*hdrhistogram.Histogram, means []float64) model.Latency {
	all := hdrhistogram.New(1, latencyMax, latencyDigits)
	for _, h := range hists {
		all.Merge(h)
	}
	if all.TotalCount() == 0 {
		return model.Latency{}
	}
	quantile := func(q float64) model.Estimate {
		var xs []float64
		for _, h := range hists {
			if h.TotalCount() > 0 {
				xs = append(xs, quantileMs(h, q))
			}
		}
		return around(quantileMs(all, q), xs)
	}
	sum := 0.0
	for _, m := range means {
		sum += m
	}
	return model.Latency{
		Mean: around(sum/float64(len(means)), means),
		P50:  quantile(0.5), P90: quantile(0.9), P95: quantile(0.95), P99: quantile(0.99), P999: quantile(0.999),
		Max: model.Exactly(round(float64(all.Max()) * latencyUnitNs / 1e6)),
	}
}

// breakdown is where the time of answered requests goes.
func breakdown(p *program, outs []*outcome) *model.Breakdown {
	sum := newServiceLog(p)
	for _, o := range outs {
		sum.merge(o.service)
	}
	mean, slow := sum.slowest(1), sum.slowest(slowestShare)
	if mean == nil {
		return nil
	}
	b := &model.Breakdown{}
	for i, name := range p.partNames() {
		if mean[i] > 0 || slow[i] > 0 {
			b.Parts = append(b.Parts, model.BreakdownPart{Part: name, MeanMs: round(mean[i] / 1e6), SlowestMs: round(slow[i] / 1e6)})
		}
	}
	return b
}

// partNames are the parts of a latency in words.
func (p *program) partNames() []string {
	names := []string{"nginx and clients", "waiting for a worker", "computing", "stopped by the CPU limit", "waiting for a connection",
		"waiting for a lock", "outside", "network"}
	for i := range p.tiers {
		names = append(names, "tier "+p.tiers[i].name)
	}
	return names
}

// heldOf is how much of what can run out was taken.
func heldOf(cfg *system, outs []*outcome) []model.Held {
	p := cfg.program
	var all []model.Held
	add := func(what, name string, of func(o *outcome) float64) {
		all = append(all, model.Held{What: what, Name: name, Utilisation: meanOf(outs, of)})
	}
	if p.workers > 0 {
		add("workers", "", func(o *outcome) float64 {
			return busiest(o.kept.busy[:p.instances], float64(p.workers), o.windowNs)
		})
	}
	for k := range p.locks {
		add("lock", p.locks[k], func(o *outcome) float64 {
			return busiest(o.kept.locks[k*p.sites:(k+1)*p.sites], 1, o.windowNs)
		})
	}
	for t := range p.tiers {
		spec := &p.tiers[t]
		if spec.pool > 0 {
			add("pool", spec.name, func(o *outcome) float64 {
				most := 0.0
				for at := range p.sites {
					k := at*len(p.tiers) + t
					most = max(most, busiest(o.kept.pools[k:k+1], float64(spec.pool), o.windowNs))
				}
				return most
			})
		}
		add("tier", spec.name, func(o *outcome) float64 { return cfg.tierBusy(o, t) })
	}
	return all
}

// busiest is the highest share of so many that was taken on average.
func busiest(of []area, each float64, windowNs int64) float64 {
	most := 0.0
	for i := range of {
		most = max(most, float64(of[i].sum)/float64(each*float64(windowNs)))
	}
	return most
}

// tierBusy is how busy a tier is: its CPU, or its workers where those are busier.
func (c *system) tierBusy(o *outcome, t int) float64 {
	p := c.program
	spec := &p.tiers[t]
	first := len(o.used) - c.tierStations() + spec.firstSite - p.instances
	most := 0.0
	has := float64(capacity(spec.station) * float64(o.windowNs))
	if own := c.hosts[spec.station.host]; own > 0 && int(spec.station.host) >= c.instanceHosts {
		// Its stations share a host of their own.
		has = min(has, float64(cores(own)*float64(o.windowNs))/float64(spec.count))
	}
	for i := range spec.count {
		most = max(most, o.used[first+i].cpuNs/has)
	}
	if spec.workers > 0 {
		most = max(most, busiest(o.kept.busy[spec.firstSite:spec.firstSite+spec.count], float64(spec.workers), o.windowNs))
	}
	return most
}

// serviceLimit is what a service has run out of besides CPU time of its
// instances and hosts, empty if nothing is busy. What is the cause goes before
// what it fills: who waits for a tier holds a connection, and a worker.
func serviceLimit(p *model.Point) model.Limit {
	for _, order := range []struct {
		what  string
		limit model.Limit
	}{{"tier", model.LimitTier}, {"lock", model.LimitLock}, {"pool", model.LimitPool}, {"workers", model.LimitWorkers}} {
		for _, h := range p.Held {
			if h.What == order.what && h.Utilisation.Value >= model.Busy {
				if h.Name != "" {
					return order.limit + " " + model.Limit(h.Name)
				}
				return order.limit
			}
		}
	}
	return ""
}
