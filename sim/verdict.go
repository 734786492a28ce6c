package sim

import (
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/model/stats"
	"github.com/k9mil/velocitas/scenarios"
)

// driftBatches is how many stretches the backlog is looked at in.
const driftBatches = 20

// judge says whether the point is a steady state, and what limits it.
func judge(s *scenarios.Scenario, cfg *system, outs []*outcome, p *model.Point) {
	busiest, most := busiestInstance(cfg, outs)
	e := model.Evidence{Open: cfg.clients == 0, Timed: cfg.withTime, Busiest: most,
		Part: instanceLimit(cfg, cfg.stations[busiest]), Repeated: repeated(cfg, outs), LateFailures: lateFailures(p.Timeline), Full: serviceLimit(p)}
	e.Backlog, p.RecoveredS = backlog(s, cfg, outs, p.WarmUpS)
	e.Judge(p)
	if p.Verdict == model.Collapsed {
		p.RecoveredS = 0
	}
}

// repeated is the share of nginx's work that only goes to asking again: of a
// closed load what follows a failure at once, of an open one its retries.
func repeated(cfg *system, outs []*outcome) float64 {
	var finished, ok, offered, retries int64
	for _, o := range outs {
		finished += o.finished()
		ok += o.status[answered]
		offered, retries = offered+o.offered, retries+o.retries
	}
	switch {
	case cfg.clients > 0 && finished > 0:
		return 1 - float64(ok)/float64(finished)
	case offered > 0:
		return float64(retries) / float64(offered+retries)
	}
	return 0
}

// lateFailures is the share of requests that fail in the last tenth of a timeline.
func lateFailures(all []model.Moment) float64 {
	var ok, failed float64
	for _, m := range all[len(all)-len(all)/10:] {
		ok, failed = ok+m.ThroughputRps, failed+m.ErrorsRps
	}
	if failed == 0 {
		return 0
	}
	return failed / (ok + failed)
}

// backlog tests the number in system for growth. A closed load always finds its
// level. Where something happens at a set time, the question is whether the
// system is back to what it was when the run ends, and since when, or where that
// lasts whether it has found another level.
func backlog(s *scenarios.Scenario, cfg *system, outs []*outcome, warmUpS float64) (v model.Verdict, recoveredS float64) {
	if !cfg.withTime {
		return verdict(cfg, outs, warmUpS), 0
	}
	series := meanSeries(outs)
	bucketS := float64(outs[0].bucketNs) / 1e9
	d, ends := s.Disturbance(len(cfg.stations))
	if !ends { // compare the end with the beginning
		d = model.Disturbance{}
	}
	if !d.Lasting {
		v, recoveredS = d.Recovered(series, bucketS, warmUpS)
		return v, round(recoveredS)
	}
	first := (len(series) + min(len(series), int(d.EndS/bucketS))) / 2
	return drifts(series[first:]), 0
}

// verdict is the backlog's where nothing happens at a set time.
func verdict(cfg *system, outs []*outcome, warmUpS float64) model.Verdict {
	if cfg.clients > 0 {
		return model.Stable
	}
	return drifts(meanSeries(outs)[int(warmUpS*1e9/float64(outs[0].bucketNs)):])
}

// drifts tests a series of the number in system for growth.
func drifts(series []float64) model.Verdict {
	drift, err := stats.Backlog(stats.BatchMeans(series, driftBatches))
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
