package sim

import (
	"fmt"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
)

// enoughForP99 is the number of answers from which their maximum is an upper
// bound of p99 with 95 % confidence: ln 0.05 / ln 0.99.
const enoughForP99 = 299

// warn says in plain words what to doubt about a point.
func warn(s *scenarios.Scenario, prof *model.Profile, cfg *system, cutFound bool, p *model.Point) {
	say := func(format string, args ...any) { p.Warnings = append(p.Warnings, fmt.Sprintf(format, args...)) }
	switch {
	case cfg.withTime && p.Verdict != model.Stable:
		say("the system had not recovered when the run ended")
	case p.Verdict == model.Saturated:
		say("no steady state: more arrives than leaves, and latency grows as long as the run lasts")
	case p.Verdict == model.NearSaturation:
		say("near saturation: the backlog wanders so slowly that the run is too short to be sure of a steady state")
	}
	if !cutFound && p.Verdict != model.Saturated {
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
