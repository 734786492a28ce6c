package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/k9mil/velocitas/scenarios"
	"github.com/k9mil/velocitas/sim/capacity"
)

// objectiveMetrics are the metrics that have a flag of their own.
var objectiveMetrics = []capacity.Metric{capacity.P50, capacity.P90, capacity.P95, capacity.P99, capacity.P999}

// errorsDefault is how many requests may fail where nothing is said of it.
const errorsDefault = "0.1%"

func addObjectives(c *cobra.Command) {
	for _, m := range objectiveMetrics {
		c.Flags().String(string(m), "", fmt.Sprintf(`%s of latency at most, such as "250ms"`, m))
	}
	c.Flags().String(string(capacity.Errors), errorsDefault, "share of requests that may fail")
}

// objectives are those that flags say, else the scenario's, and in any case one
// for errors, which comes last. A flag replaces what the scenario says of the same
// metric. Rates of their own are left out.
func objectives(c *cobra.Command, s *scenarios.Scenario) ([]capacity.Objective, error) {
	var all []capacity.Objective
	stated := map[capacity.Metric]bool{}
	for _, o := range capacity.Stated(s) {
		if f := c.Flags().Lookup(string(o.Metric)); f != nil && f.Changed || stated[o.Metric] || o.Metric == capacity.Throughput {
			continue
		}
		stated[o.Metric] = true
		all = append(all, capacity.Objective{Metric: o.Metric, Limit: o.Limit})
	}
	for _, m := range append(slices.Clone(objectiveMetrics), capacity.Errors) {
		f := c.Flags().Lookup(string(m))
		if !f.Changed && (m != capacity.Errors || stated[m]) {
			continue
		}
		limit, err := capacity.ParseLimit(m, f.Value.String())
		if err != nil {
			return nil, usage("--%s: %v", m, err)
		}
		all = append(all, capacity.Objective{Metric: m, Limit: limit})
	}
	slices.SortStableFunc(all, func(a, b capacity.Objective) int {
		return slices.Index(capacity.Metrics, a.Metric) - slices.Index(capacity.Metrics, b.Metric)
	})
	return all, nil
}

// stopped says in a plain way that the user stopped a command.
func stopped(ctx context.Context, err error) error {
	if err == nil {
		err = ctx.Err()
	}
	if errors.Is(err, context.Canceled) {
		return errInterrupted
	}
	return err
}

// listed is words in a sentence: "a, b and c".
func listed(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// writeFiles names the files that were written, if any were.
func writeFiles(w io.Writer, files []string) {
	if len(files) > 0 {
		fmt.Fprintf(w, "\nwritten: %s\n", strings.Join(files, "\n         "))
	}
}
