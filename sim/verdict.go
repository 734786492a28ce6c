package sim

import (
	"math"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/model/stats"
)

const (
	// driftBatches is how many stretches the backlog is looked at in.
	driftBatches = 20
	// busy is the utilisation from which a part is said to be the limit: what
	// is left could not raise throughput by more than a ninth.
	busy = 0.9
	// idleEnough is the utilisation below which a backlog that wanders slowly
	// does so for another reason than saturation, such as the store's own work.
	idleEnough = 0.7
	// failing is the share of failed requests from which failures are said to
	// be the limit where nothing is busy.
	failing = 0.01
)

// judge says whether the point is a steady state, and what limits it.
func judge(cfg *system, outs []*outcome, p *model.Point) {
	p.Verdict = verdict(cfg, outs, p.WarmUpS)
	_, instance := busiestInstance(cfg, outs)
	most := math.Max(instance, math.Max(p.Utilisation.Host.Value, p.Utilisation.Balancer.Value))
	if p.Verdict == model.NearSaturation && !cfg.withTime && most < idleEnough {
		p.Verdict = model.Stable
	}
	p.Limit = limit(cfg, outs, p)
}

// verdict tests the backlog of an open load for growth. A closed load always
// finds its level. Where something happens at a set time, the question is
// whether the system is back to what it was when the run ends.
func verdict(cfg *system, outs []*outcome, warmUpS float64) model.Verdict {
	if cfg.withTime {
		return recovered(outs)
	}
	if cfg.clients > 0 {
		return model.Stable
	}
	first := int(warmUpS * 1e9 / float64(outs[0].bucketNs))
	drift, err := stats.Backlog(stats.BatchMeans(meanSeries(outs)[first:], driftBatches))
	if err != nil {
		return model.NearSaturation
	}
	return drift.Verdict()
}

// meanSeries is the number in system by bucket, averaged over replications.
func meanSeries(outs []*outcome) []float64 {
	series := make([]float64, len(outs[0].series))
	for _, o := range outs {
		for b, area := range o.series {
			series[b] += float64(area) / float64(o.bucketNs) / float64(len(outs))
		}
	}
	return series
}

// recovered compares the number in system in the last twentieth of the run
// with the first: saturated if it is still several times what it was.
func recovered(outs []*outcome) model.Verdict {
	series := meanSeries(outs)
	n := len(series) / 20
	before, _ := stats.MeanSd(series[:n])
	after, _ := stats.MeanSd(series[len(series)-n:])
	switch {
	case after > float64(10*before)+10:
		return model.Saturated
	case after > float64(3*before)+3:
		return model.NearSaturation
	}
	return model.Stable
}

// limit names the part that keeps throughput from being higher.
func limit(cfg *system, outs []*outcome, p *model.Point) model.Limit {
	u := p.Utilisation
	busiest, instance := busiestInstance(cfg, outs)
	most := math.Max(instance, math.Max(u.Host.Value, u.Balancer.Value))
	if most < busy && p.Verdict != model.Saturated {
		return unhurried(cfg, p)
	}
	switch most {
	case u.Host.Value:
		return model.LimitHost
	case u.Balancer.Value:
		return model.LimitBalancer
	}
	if p.Verdict != model.Saturated && cfg.clients == 0 && p.Errors.Rate.Value < failing {
		return model.LimitLoad // an open load asks for no more than it gets
	}
	return instanceLimit(cfg, cfg.stations[busiest])
}

// unhurried is the limit where no part is busy. Without an event an instance
// that has no room for another connection is the only cause of a 502, apart from
// ejections, which are failures.
func unhurried(cfg *system, p *model.Point) model.Limit {
	if p.Errors.Rate.Value < failing {
		return model.LimitLoad
	}
	s := p.Errors.ByStatus
	refused, others := s["500"]+s["0"], s["503"]+s["504"]+s["timeout"]
	if cfg.limitsConnections() && len(cfg.timetable) == 0 {
		refused += s["502"]
	} else {
		others += s["502"]
	}
	if refused > others {
		return model.LimitConnections
	}
	return model.LimitFailures
}

// limitsConnections tells whether some instance has max_conns.
func (c *system) limitsConnections() bool {
	for _, p := range c.proxy.Peers {
		if p.MaxConns > 0 {
			return true
		}
	}
	return false
}

// busiestInstance is the instance with the highest utilisation, and that.
func busiestInstance(cfg *system, outs []*outcome) (busiest int, most float64) {
	for i, spec := range cfg.stations {
		var used, time float64
		for _, o := range outs {
			used += o.used[i].cpuNs
			time += float64(o.windowNs)
		}
		if u := used / float64(capacity(spec)*time); u > most {
			busiest, most = i, u
		}
	}
	return busiest, most
}

// instanceLimit tells what an instance that is busy has run out of.
func instanceLimit(cfg *system, spec stationSpec) model.Limit {
	if spec.quotaNs > 0 && spec.quotaNs/float64(spec.periodNs) <= capacity(spec) {
		return model.LimitCPULimit
	}
	if cfg.threads > 0 && capacity(spec) < float64(cfg.threads) {
		return model.LimitWriter
	}
	return model.LimitInstance
}
