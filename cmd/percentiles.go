package cmd

import (
	"strconv"
	"strings"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/model/strict"
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

// percentileNames are the names of the columns.
func percentileNames(all []percentile) []string {
	names := make([]string, len(all))
	for i, p := range all {
		names[i] = p.name
	}
	return names
}
