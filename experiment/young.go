package experiment

import (
	"fmt"

	"github.com/k9mil/velocitas/live/measure"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
)

// flushes is how often the store of the first instance, which is in use with
// every size, was flushed in a whole run, by what it was asked to insert.
func (r *Result) flushes(keys int) float64 {
	own := r.Profile.Instance.Background
	if own.FlushEveryBytes == 0 {
		return 0
	}
	var requests float64
	for _, part := range []*measure.Result{r.Undisturbed, r.Blocks} {
		if part == nil {
			continue
		}
		for _, b := range part.Blocks {
			if b.Run != nil {
				requests += float64(len(b.Run.Records)) / float64(b.Instances)
			}
		}
	}
	return requests * float64(own.BytesPerKey*keys) / float64(own.FlushEveryBytes)
}

// young tells whether the run was over before any store was compacted: it is
// then predicted as it was, from empty stores on.
func (r *Result) young(keys int) bool {
	own := r.Profile.Instance.Background
	return own.FlushEveryBytes > 0 && r.flushes(keys) < float64(max(1, own.CompactEveryFlush))
}

// grown sets how old the stores of a scenario are by what they were asked.
func (r *Result) grown(asRun *scenarios.Scenario) {
	if r.young(asRun.Instance.Keys) {
		asRun.Instance.Store = "empty"
	}
}

// youngNote warns of what such a run cannot show; it is empty for others.
func (r *Result) youngNote(keys int) string {
	if !r.young(keys) {
		return ""
	}
	return fmt.Sprintf("the run was over before a store was compacted (flushed at most %.1f times), and is predicted as it was; a service that runs for longer has a longer tail: give a longer --duration or more --rounds to see it",
		r.flushes(keys))
}

// A simulated store begins empty, a used one is anywhere between two
// compactions. cycles is how many of these a closed load runs for, so that their
// first does not weigh more than it should; longest bounds it.
const (
	cycles  = 5
	longest = scenarios.Duration(10 * 60 * 1e9)
)

// longEnough is the time in which an instance's store runs through the cycles,
// or, if it is young, is flushed as often as in the run.
func longEnough(r *Result, s *scenarios.Scenario, m *model.Point) scenarios.Duration {
	own := r.Profile.Instance.Background
	if own.FlushEveryBytes == 0 || m.ThroughputRps.Value <= 0 {
		return 0
	}
	flushes := cycles * float64(max(1, own.CompactEveryFlush))
	if s.Instance.Store == "empty" {
		flushes = r.flushes(s.Instance.Keys)
	}
	requests := flushes * float64(own.FlushEveryBytes) / float64(max(1, own.BytesPerKey*s.Instance.Keys))
	seconds := requests * float64(m.Instances) / m.ThroughputRps.Value
	return min(longest, scenarios.Duration(seconds*1e9))
}
