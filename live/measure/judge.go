package measure

import (
	"fmt"
	"math"
	"runtime"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/model/stats"
	"github.com/k9mil/velocitas/scenarios"
)

// judge fills in the verdict and the limit by the simulator's rules, and doubts
// what breaks a law.
func judge(p *model.Point, blocks []*Block, c Config) {
	closed := c.Scenario.Load.Kind == "closed"
	e := model.Evidence{Open: !closed, Timed: Timed(c.Scenario), Busiest: p.Utilisation.Instances.Value, Part: model.LimitInstance}
	if blocks[0].use(c).limited {
		e.Part = model.LimitCPULimit
	}
	switch {
	case e.Timed:
		e.Backlog, p.RecoveredS = recovered(blocks, c.Scenario, p.Instances)
	case !closed:
		e.Backlog = drifts(meanInSystem(blocks, stretches))
	}
	if closed && p.Errors.Rate.Value > 0 {
		e.Repeated = p.Errors.Rate.Value
	}
	e.LateFailures = lateFailures(p.Timeline)
	e.Judge(p)
	if closed {
		doubtInteractive(p, c)
	}
	switch p.Verdict {
	case model.Collapsed:
		text := "collapse: most requests fail; the latencies are those of the few that are answered"
		if p.Completed == 0 {
			text = "collapse: no request is answered"
		}
		p.Warnings = append(p.Warnings, text)
	case model.Saturated:
		p.Warnings = append(p.Warnings, "no steady state: the backlog grew for as long as was measured")
		if p.Limit == e.Part && e.Busiest < model.Busy {
			p.Warnings = append(p.Warnings, "the backlog grew although no part was full")
		}
	}
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

// Timed tells whether something happens at a set time under this scenario, so
// that a block of it has to run from beginning to end.
func Timed(s *scenarios.Scenario) bool { return len(s.Events) > 0 || s.Load.Shape != nil }

// stretches is into how many parts of equal time a window is cut to see
// whether the backlog grows.
const stretches = 20

// meanInSystem is the number in system in each of so many stretches, averaged over
// the rounds.
func meanInSystem(blocks []*Block, stretches int) []float64 {
	mean := make([]float64, stretches)
	for _, b := range blocks {
		for i, in := range b.inSystem(stretches) {
			mean[i] += in / float64(len(blocks))
		}
	}
	return mean
}

// drifts tests the number in system for growth.
func drifts(series []float64) model.Verdict {
	drift, err := stats.Backlog(series)
	if err != nil {
		return model.NearSaturation
	}
	return drift.Verdict()
}

// fine is into how many parts a run in which something happens is cut to see
// when its backlog is gone.
const fine = 200

// recovered asks, where something happened, whether the system is back to what
// it was, and since when, or has found another level where what happened lasts.
func recovered(blocks []*Block, s *scenarios.Scenario, instances int) (v model.Verdict, atS float64) {
	b := blocks[0]
	bucketS := (b.End - b.Settle).Seconds() / fine
	d, ends := s.Disturbance(instances)
	if !ends {
		d = model.Disturbance{}
	}
	d.StartS, d.EndS = max(0, d.StartS-b.Settle.Seconds()), max(0, d.EndS-b.Settle.Seconds())
	if d.Lasting {
		series := meanInSystem(blocks, fine)
		first := (len(series) + min(len(series), int(d.EndS/bucketS))) / 2
		return drifts(stats.BatchMeans(series[first:], stretches)), 0
	}
	if v, atS = d.Recovered(meanInSystem(blocks, fine), bucketS, 0); atS > 0 {
		atS += b.Settle.Seconds()
	}
	return v, atS
}

// unlawful is how far a measured closed load may be from the interactive
// response time law before the point is doubted.
const unlawful = 0.05

// doubtInteractive checks the law: clients either wait or think, so their
// number is throughput × (response + think time).
func doubtInteractive(p *model.Point, c Config) {
	clients := float64(c.clients(p.Instances, 0).Count)
	think := c.Scenario.Load.Think.Std().Seconds()
	found := p.InSystem.Value + p.OfferedRps*think
	if math.Abs(found/clients-1) > unlawful {
		p.Warnings = append(p.Warnings, fmt.Sprintf("%.3g of %.0f clients were waiting or thinking: the generator took the rest, or the block is too short", found, clients))
	}
}

func cores() float64 { return float64(runtime.NumCPU()) }
