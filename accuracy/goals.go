package accuracy

import (
	"fmt"
	"strings"
)

// Goal is something that the predictions are to reach, and whether they do.
type Goal struct{ Asked, Reached, Holds string }

// asked are the largest median errors over all runs that are to be predicted.
var asked = map[Setting]map[string]float64{
	Mechanism: {"throughput": 0.02, "p50": 0.06, "p95": 0.08, "p99": 0.15},
	Full:      {"throughput": 0.04, "p50": 0.08, "p95": 0.12, "p99": 0.20},
}

const (
	worstThroughput = 0.05 // mechanism
	leastInside     = 0.9  // share of measured values in their intervals
	nearKnee        = 1    // instances
	ofBaseline      = 1.0 / 3
)

// Goals compares what is stated with what is asked. In the full setting an
// error may be as large as the set's noise floor where that is larger, so each
// set is asked by itself.
func (s *Stated) Goals() []Goal {
	var goals []Goal
	add := func(holds bool, question, reached string, args ...any) {
		goals = append(goals, Goal{question, fmt.Sprintf(reached, args...), yes(holds)})
	}
	for _, metric := range reported {
		sum, most := s.summary(Mechanism, All, metric), asked[Mechanism][metric]
		add(sum.Median <= most, fmt.Sprintf("mechanism, %s: median at most %s", metric, percent(most)), "%s", percent(sum.Median))
	}
	worst := s.summary(Mechanism, All, "throughput").Worst
	add(worst <= worstThroughput, "mechanism, throughput: worst at most "+percent(worstThroughput), "%s", percent(worst))
	for _, metric := range reported {
		within, without := s.full(metric)
		add(without == "", fmt.Sprintf("full, %s: median at most %s or the set's noise floor", metric, percent(asked[Full][metric])), "%s", reach(within, without))
	}
	for _, setting := range Settings {
		inside, rows := s.Coverage(setting)
		add(float64(inside) >= leastInside*float64(rows), fmt.Sprintf("%s: at least %s of measured values in the interval", setting, percent(leastInside)), "%s", percent(float64(inside)/float64(rows)))
	}
	far := 0
	for _, k := range s.Knees {
		far = max(far, distance(k))
	}
	add(far <= nearKnee, "knee: within 1 instance", "%d off at most", far)
	for _, set := range kneed {
		sum := s.summary(Mechanism, set, "throughput")
		for _, name := range []string{"straight line", "USL"} {
			share := sum.Median / sum.Baselines[name]
			add(share <= ofBaseline, fmt.Sprintf("mechanism, throughput of %s: at most a third of the error of the %s", set, name), "%s of it", percent(share))
		}
	}
	for _, metric := range []string{"p50", "p95", "p99"} {
		sum := s.summary(Mechanism, All, metric)
		share := sum.Median / sum.Baselines["M/M/c"]
		add(share <= ofBaseline, fmt.Sprintf("mechanism, %s: at most a third of the error of M/M/c", metric), "%s of it", percent(share))
	}
	return goals
}

func yes(holds bool) string {
	if holds {
		return "yes"
	}
	return "**no**"
}

// full are the sets in which the median error of the full setting is as small
// as asked, and those in which it is not.
func (s *Stated) full(metric string) (within, without string) {
	var in, out []string
	for _, sum := range s.Summaries {
		if sum.Setting != Full || sum.Metric != metric || sum.Set == All {
			continue
		}
		if sum.Median <= max(asked[Full][metric], sum.Noise) {
			in = append(in, sum.Set)
		} else {
			out = append(out, sum.Set)
		}
	}
	return strings.Join(in, ", "), strings.Join(out, ", ")
}

func reach(within, without string) string {
	switch {
	case without == "":
		return "in all sets"
	case within == "":
		return "in no set"
	}
	return "in " + within + "; not in " + without
}

func (s *Stated) summary(setting Setting, set, metric string) Summary {
	for _, sum := range s.Summaries {
		if sum.Setting == setting && sum.Set == set && sum.Metric == metric {
			return sum
		}
	}
	panic(fmt.Sprintf("accuracy: nothing about %s of %s in the setting %s", metric, set, setting))
}
