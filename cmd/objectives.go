package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
	"github.com/k9mil/velocitas/sim"
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

// objectives are those that were given, and the one for errors.
func objectives(c *cobra.Command) ([]capacity.Objective, error) {
	var all []capacity.Objective
	for _, m := range append(slices.Clone(objectiveMetrics), capacity.Errors) {
		f := c.Flags().Lookup(string(m))
		if !f.Changed && m != capacity.Errors {
			continue
		}
		limit, err := capacity.ParseLimit(m, f.Value.String())
		if err != nil {
			return nil, usage("--%s: %v", m, err)
		}
		all = append(all, capacity.Objective{Metric: m, Limit: limit})
	}
	return all, nil
}

// capacityInput reads a scenario and a profile for a question about capacity.
func capacityInput(scenario string, settings ...scenarios.Setting) (in sim.Input, err error) {
	s, err := scenarios.Read(scenario)
	if err != nil {
		return in, input(err)
	}
	if err := s.Set(settings...); err != nil {
		return in, input(err)
	}
	p, err := model.LoadProfile(s.Profile)
	if err != nil {
		return in, input(fmt.Errorf("profile: %w", err))
	}
	return sim.Input{Scenario: s, Profile: p, Version: version}, nil
}

// given are the flags of the command line that stand for a key of the scenario
// and were given.
func given(c *cobra.Command, flags ...string) []scenarios.Setting {
	var all []scenarios.Setting
	for _, o := range overrides {
		if slices.Contains(flags, o.flag) && c.Flags().Changed(o.flag) {
			all = append(all, scenarios.Setting{Key: o.key, Value: c.Flags().Lookup(o.flag).Value.String(), From: "--" + o.flag})
		}
	}
	return all
}

// addSome adds some of the flags that stand for a key of the scenario.
func addSome(c *cobra.Command, flags ...string) {
	for _, o := range overrides {
		if slices.Contains(flags, o.flag) {
			c.Flags().String(o.flag, "", o.meaning+" (overrides the scenario)")
		}
	}
}

// stopped says in a plain way that the user stopped a command.
func stopped(ctx context.Context, err error) error {
	if err == nil {
		err = ctx.Err()
	}
	if errors.Is(err, context.Canceled) {
		return errors.New("interrupted; nothing was written")
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
