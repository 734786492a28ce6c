package cmd

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
	"github.com/k9mil/velocitas/sim"
	"github.com/k9mil/velocitas/sim/capacity"
)

// noSLO is the --slo that checks nothing.
const noSLO = "none"

// readSLO reads the objectives of --slo or, where it is not given, those of the
// scenario. Where the first of --slo has a rate and no flag says what the load
// is, that rate is simulated.
func readSLO(c *cobra.Command, text string, s *scenarios.Scenario) ([]capacity.Objective, error) {
	list, loaded := capacity.Stated(s), true
	if c.Flags().Changed("slo") {
		var err error
		if list, err = parseSLO(text); err != nil {
			return nil, usage("--slo: %v", err)
		}
		loaded = c.Flags().Changed("rate") || c.Flags().Changed("clients")
	}
	for i, o := range list {
		if o.RateRps == 0 {
			continue
		}
		at := s
		if i > 0 || loaded {
			at = s.Clone() // only tried here
		}
		if err := atRate(at, o.RateRps); err != nil {
			return nil, input(err)
		}
	}
	return withErrors(list, s.Load.Rate), nil
}

// withErrors adds a bound on errors at each load for which none is stated: the one
// that is stated without a rate, or else that of plan and knee. The table's load
// is of that rate.
func withErrors(list []capacity.Objective, tableRps float64) []capacity.Objective {
	limit, err := capacity.ParseLimit(capacity.Errors, errorsDefault)
	if err != nil {
		panic(err)
	}
	stated := map[float64]bool{}
	for _, o := range list {
		if o.Metric != capacity.Errors {
			continue
		}
		stated[o.RateRps] = true
		if o.RateRps == 0 {
			limit, stated[tableRps] = o.Limit, true
		}
	}
	for _, o := range slices.Clone(list) {
		if !stated[o.RateRps] {
			list = append(list, capacity.Objective{Metric: capacity.Errors, Limit: limit, RateRps: o.RateRps})
			stated[o.RateRps] = true
		}
	}
	return list
}

func parseSLO(text string) ([]capacity.Objective, error) {
	switch text {
	case "":
		return nil, errors.New(`is empty; wants an objective such as "p99<250ms@800rps", or none`)
	case noSLO:
		return nil, nil
	}
	return capacity.ParseObjectives(text)
}

// atRate makes the load open, of that rate.
func atRate(s *scenarios.Scenario, rps float64) error {
	return s.Set(scenarios.Setting{Key: "load.rate", Value: plainNumber(rps), From: "--slo"})
}

// checkSLO simulates the rates that the curve is not of, writes how each
// objective fares with each number of instances, and fails if one is missed.
func checkSLO(c *cobra.Command, in sim.Input, curve *model.Curve, list []capacity.Objective, f simFlags) error {
	ctx := c.Context()
	curves := []*model.Curve{curve}
	rates := []float64{in.Scenario.Load.Rate}
	g := table{{"objective", ""}, {"instances", ""}, {"measured", ""}, {"95 % interval", ""}}.start()
	g.last = "outcome"
	var missed []string
	suite := junitSuite{Name: in.Scenario.Name}
	for _, o := range list {
		k := slices.Index(rates, o.RateRps)
		if o.RateRps == 0 {
			k = 0
		}
		if k < 0 {
			other, err := runAt(ctx, in, o.RateRps)
			if err != nil {
				return err
			}
			k = len(curves)
			curves, rates = append(curves, other), append(rates, o.RateRps)
		}
		for i := range curves[k].Points {
			p := &curves[k].Points[i]
			outcome := o.Check(p)
			word, cells := checkRow(o, p, outcome)
			g.row(word, cells...)
			suite.add(o, p, outcome, cells)
			if outcome == capacity.Missed {
				missed = append(missed, fmt.Sprintf("%s with %s", o, instances([]int{p.Instances})))
			}
		}
	}
	w := c.OutOrStdout()
	if f.json {
		w, f.format = c.ErrOrStderr(), asTable
	}
	p := f.page()
	fmt.Fprintln(p)
	g.write(p)
	if err := p.print(w, c.ErrOrStderr()); err != nil {
		return err
	}
	if err := suite.write(f.junit); err != nil {
		return err
	}
	if len(missed) > 0 {
		return &exitError{exitMissed, fmt.Errorf("%d of %d checks missed: %s", len(missed), len(suite.Cases), strings.Join(missed, ", "))}
	}
	return nil
}

// runAt simulates the scenario at another rate, without real inserts.
func runAt(ctx context.Context, in sim.Input, rps float64) (*model.Curve, error) {
	in.Scenario, in.Stores = in.Scenario.Clone(), nil
	if err := atRate(in.Scenario, rps); err != nil {
		return nil, input(err)
	}
	curve, err := sim.Run(ctx, in)
	return curve, stopped(ctx, err)
}

// checkRow is how an objective fares, in the columns of a table.
func checkRow(o capacity.Objective, p *model.Point, outcome capacity.Outcome) (word string, cells []cell) {
	e, unit := o.Of(p), " ms"
	switch o.Metric {
	case capacity.Throughput:
		unit = "/s"
	case capacity.Errors:
		e, unit = model.Estimate{Value: 100 * e.Value, Lo: 100 * e.Lo, Hi: 100 * e.Hi}, " %"
	}
	word = string(outcome)
	switch p.Verdict {
	case model.Saturated:
		word += " (no steady state)"
	case model.Collapsed:
		word += " (collapse)"
	}
	if o.Metric.Latency() && (p.Completed == 0 || math.IsInf(e.Value, 1)) {
		return word, []cell{plainCell(o.String()), plainCell(strconv.Itoa(p.Instances)), plainCell("never"),
			plainCell(rare(p.Errors.Rate.Value) + " % fail")}
	}
	return word, []cell{plainCell(o.String()), plainCell(strconv.Itoa(p.Instances)),
		{value: short(e.Value) + unit, exact: finite(&e), bounded: true}, plainCell(short(e.Lo) + " to " + upper(e.Hi))}
}

// upper is the upper end of an interval, which failed requests may leave open.
func upper(v float64) string {
	if math.IsInf(v, 1) {
		return "never"
	}
	return short(v)
}

// finite is an estimate whose interval is, nil for others.
func finite(e *model.Estimate) *model.Estimate {
	if math.IsInf(e.Hi, 1) {
		return nil
	}
	return e
}
