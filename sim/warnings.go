package sim

import (
	"fmt"
	"strconv"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
)

// enoughForP99 is the number of answers from which their maximum is an upper
// bound of p99 with 95 % confidence: ln 0.05 / ln 0.99.
const enoughForP99 = 299

// warn says in plain words what to doubt about a point. series is the number in
// system over time.
func warn(s *scenarios.Scenario, prof *model.Profile, cfg *system, cutFound bool, series []float64, bucketS float64, p *model.Point) {
	say := func(format string, args ...any) { p.Warnings = append(p.Warnings, fmt.Sprintf(format, args...)) }
	switch {
	case p.Verdict == model.Collapsed:
		say("collapse: %s", collapse(p))
	case cfg.withTime && p.Verdict != model.Stable:
		say("%s", unrecovered(s, series, bucketS, p))
	case p.Verdict == model.Saturated:
		say("no steady state: more arrives than leaves, and latency grows as long as the run lasts; less load or more capacity is needed")
	case p.Verdict == model.NearSaturation:
		say("near saturation: the backlog comes and goes so slowly that this run cannot tell whether it stays bounded; a duration of %s may tell, and a tenth less load makes sure", longer(5*s.Duration.Std().Seconds()))
	}
	if p.Limit == model.LimitWorkerConnections {
		warnOfConnections(s, cfg, say)
	}
	if !cutFound && p.Verdict != model.Saturated && p.Verdict != model.Collapsed {
		say("the warm-up does not end in the first half of the run: make the duration %s, or longer if that does not do", longer(2*s.Duration.Std().Seconds()))
	}
	if p.Limit == model.LimitLoad && cfg.clients > 0 {
		say("the load itself is the limit: more clients would get more throughput")
	}
	switch n := p.Completed; {
	case n == 0:
		say("no request was answered after the warm-up")
	case n < enoughForP99:
		say("%d answers are too few for p99 (299 are needed)", n)
	}
	if s.Instance.Demand.Profile {
		beyondRange(s, prof.Range, cfg, p, say)
		warnOfCycle(s, cfg, p, say)
	}
}

// collapse says how many requests fail, and of what.
func collapse(p *model.Point) string {
	text := fmt.Sprintf("%s %% of requests fail", percent(p.Errors.Rate.Value))
	if p.Errors.Rate.Value < model.Collapsing {
		text = "most requests fail as the run ends, " + percent(p.Errors.Rate.Value) + " % of all"
	}
	if cause, share := p.Errors.Leading(); cause != "" {
		text += fmt.Sprintf(", %s %% of them by %s", percent(share), cause)
	}
	if p.Completed == 0 {
		return text // there are no latencies
	}
	return text + "; the latencies are those of the few that are answered"
}

func percent(share float64) string { return strconv.FormatFloat(100*share, 'f', 0, 64) }

// unrecovered says what is left of a backlog, and how long it would take to go.
func unrecovered(s *scenarios.Scenario, series []float64, bucketS float64, p *model.Point) string {
	d, ends := s.Disturbance(p.Instances)
	end := s.Duration.Std().Seconds()
	switch {
	case !ends:
		return "the backlog is higher at the end of the run than at its beginning: a longer duration tells whether it goes on growing"
	case d.Lasting && p.Verdict == model.Saturated:
		return fmt.Sprintf("after what happens by %gs the backlog grows as long as the run lasts: what is left cannot carry the load", d.EndS)
	case d.Lasting:
		return fmt.Sprintf("whether a new level is found after what happens by %gs cannot be told: a duration of %s may tell", d.EndS, longer(2*end))
	}
	text := fmt.Sprintf("the system had not recovered when the run ended: %.0f requests were still inside", series[len(series)-1])
	if falls := d.Falls(series, bucketS); falls > 0 {
		return text + fmt.Sprintf(", falling; a duration of %s would see the backlog go", longer(1.1*(end+falls)))
	}
	return text + ", and no fewer than before"
}

// warnOfConnections says what worker_connections have room for.
func warnOfConnections(s *scenarios.Scenario, cfg *system, say func(string, ...any)) {
	room := float64(max(1, cfg.proxy.Workers)*(cfg.proxy.WorkerConnections-2)) / 2
	asked := ""
	if cfg.clients > 0 {
		asked = fmt.Sprintf(" and there are %d clients", cfg.clients)
	}
	say("nginx runs out of worker_connections: each request takes two of a worker's %d, so there is room for about %.0f requests at a time%s; raise balancer.worker_connections",
		s.Balancer.WorkerConnections, room, asked)
}

// beyondRange warns where a prediction leaves twice the range that the profile
// was measured over.
func beyondRange(s *scenarios.Scenario, r model.Range, cfg *system, p *model.Point, say func(string, ...any)) {
	if k := s.Instance.Keys; k > 2*r.KeysMax || 2*k < r.KeysMin {
		say("%d keys a request are beyond twice what the profile was measured with (%d to %d)", k, r.KeysMin, r.KeysMax)
	}
	if c := s.Instance.CPUs; c > 0 && (c > 2*r.CPUsMax || 2*c < r.CPUsMin) {
		say("a limit of %v cores is beyond twice what the profile was measured with (%v to %v)", c, r.CPUsMin, r.CPUsMax)
	}
	if inside := p.InSystem.Value / float64(len(cfg.stations)); inside > 2*float64(r.InsideMax) {
		say("more requests in an instance than twice what the profile was measured with (%d)", r.InsideMax)
	}
}
