package recorded

import (
	"fmt"
	"strings"
)

// Goal is something that the predictions are to reach, whether they do, and how
// likely a model that is right would.
type Goal struct{ Asked, Reached, Holds, Likely string }

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

// Goals compares what is stated with what is asked.
func (s *Stated) Goals() []Goal {
	var goals []Goal
	add := func(holds bool, question, reached string, args ...any) {
		goals = append(goals, Goal{question, fmt.Sprintf(reached, args...), yes(holds), ""})
	}
	likely := func(p float64) { goals[len(goals)-1].Likely = fmt.Sprintf("%.0f %%", 100*p) }
	for _, metric := range reported {
		sum := s.summary(Mechanism, All, metric)
		add(sum.Median <= sum.most(), fmt.Sprintf("mechanism, %s: median at most %s", metric, percent(sum.most())), "%s", percent(sum.Median))
		likely(sum.Likely)
	}
	worst := s.summary(Mechanism, All, "throughput").Worst
	add(worst <= worstThroughput, "mechanism, throughput: worst at most "+percent(worstThroughput), "%s", percent(worst))
	for _, metric := range reported {
		within, without, p := s.full(metric)
		add(without == "", fmt.Sprintf("full, %s: median at most %s or the set's noise floor", metric, percent(asked[Full][metric])), "%s", reach(within, without))
		likely(p)
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

// most is the largest median error that is asked; 0 where none is. In the full
// setting it is asked of each set, and may be its noise floor where that is
// larger.
func (s Summary) most() float64 {
	switch {
	case s.Setting == Mechanism && s.Set == All:
		return asked[Mechanism][s.Metric]
	case s.Setting == Full && s.Set != All:
		return max(asked[Full][s.Metric], s.Noise)
	}
	return 0
}

// full are the sets in which the median error of the full setting is as small
// as asked, those in which it is not, and how likely it is in all of them if the
// model is right.
func (s *Stated) full(metric string) (within, without string, likely float64) {
	var in, out []string
	likely = 1
	for _, sum := range s.Summaries {
		if sum.Setting != Full || sum.Metric != metric || sum.Set == All {
			continue
		}
		likely *= sum.Likely
		if sum.Median <= sum.most() {
			in = append(in, sum.Set)
		} else {
			out = append(out, sum.Set)
		}
	}
	return strings.Join(in, ", "), strings.Join(out, ", "), likely
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
	panic(fmt.Sprintf("recorded: nothing about %s of %s in the setting %s", metric, set, setting))
}
