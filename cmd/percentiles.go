package cmd

import (
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/k9mil/velocitas/internal/strict"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/sim/capacity"
)

// percentile is a column of a table of latencies.
type percentile struct {
	name string  // such as p99.9
	q    float64 // 0 to 1
}

// usualPercentiles are those of a table that is not asked for others.
func usualPercentiles() []percentile { return []percentile{{"p50", 0.5}, {"p95", 0.95}, {"p99", 0.99}} }

// areOf lists names as the subject of a sentence.
func areOf(names []string) string {
	if len(names) == 1 {
		return names[0] + " is"
	}
	return listed(names) + " are"
}

// percentilesMost is how many a table shows at most.
const percentilesMost = 8

// parsePercentiles reads percentages in ascending order with commas between,
// such as "50,90,99.9".
func parsePercentiles(text string) ([]percentile, error) {
	var all []percentile
	for _, word := range strings.Split(text, ",") {
		word = strings.TrimPrefix(strings.TrimSpace(word), "p")
		v, err := strict.Number(word)
		switch {
		case err != nil || v <= 0 || v >= 100:
			return nil, usage(`--percentiles: wants percentages above 0 and below 100, such as "50,90,99.9", not %s`, strict.Quote(text))
		case len(all) > 0 && v/100 <= all[len(all)-1].q:
			return nil, usage("--percentiles: wants them in ascending order, not %s", strict.Quote(text))
		case len(all) == percentilesMost:
			return nil, usage("--percentiles: wants %d at most, not %s", percentilesMost, strict.Quote(text))
		}
		all = append(all, percentile{"p" + strconv.FormatFloat(v, 'f', -1, 64), v / 100})
	}
	return all, nil
}

// of is the percentile of a point, with its interval where the curve has one;
// otherwise it is read off the distribution, straight between its points. Beyond
// the distribution, which ends where too few answers are left, it is nothing.
func (p percentile) of(point *model.Point) model.Estimate {
	l := &point.LatencyMs
	switch p.name {
	case "p50":
		return l.P50
	case "p90":
		return l.P90
	case "p95":
		return l.P95
	case "p99":
		return l.P99
	case "p99.9":
		return l.P999
	}
	d := point.Distribution
	for i := 1; i < len(d); i++ {
		if lo, hi := d[i-1], d[i]; p.q <= hi.Q && p.q >= lo.Q {
			return model.Exactly(lo.LatencyMs + (p.q-lo.Q)/(hi.Q-lo.Q)*(hi.LatencyMs-lo.LatencyMs))
		}
	}
	return model.Estimate{}
}

// statedPercentiles are those that points of all kinds state: others have no place
// in the answers of plan and knee, which keep no distributions.
var statedPercentiles = []string{"p50", "p90", "p95", "p99", "p99.9"}

// addPercentiles adds the flag to a command whose table shows objectives.
func addPercentiles(c *cobra.Command, text *string) {
	c.Flags().StringVar(text, "percentiles", "", "percentiles of latency in the table beside those of the objectives, of 50, 90, 95, 99 and 99.9, in ascending order")
}

// parseStated reads percentages of those that are stated; none by default.
func parseStated(text string) ([]percentile, error) {
	if text == "" {
		return nil, nil
	}
	all, err := parsePercentiles(text)
	for _, p := range all {
		if !slices.Contains(statedPercentiles, p.name) {
			return nil, usage("--percentiles: wants some of 50, 90, 95, 99 and 99.9 here, not %s", strict.Quote(strings.TrimPrefix(p.name, "p")))
		}
	}
	return all, err
}

// beside are the percentiles that are not objectives, which have columns already.
func beside(all []percentile, list []capacity.Objective) []percentile {
	return slices.DeleteFunc(slices.Clone(all), func(p percentile) bool {
		return slices.ContainsFunc(list, func(o capacity.Objective) bool {
			return string(o.Metric) == strings.ReplaceAll(p.name, ".", "")
		})
	})
}

// percentileNames are the names of the columns.
func percentileNames(all []percentile) []string {
	names := make([]string, len(all))
	for i, p := range all {
		names[i] = p.name
	}
	return names
}
