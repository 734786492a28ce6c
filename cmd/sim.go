package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/k9mil/velocitas/badger/work"
	"github.com/k9mil/velocitas/internal/output"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/plots"
	"github.com/k9mil/velocitas/sim"
)

// simFlags are the flags that do not stand for a key of the scenario.
type simFlags struct {
	outFlags
	work, slo, junit string
	percentiles      string
	shown            []percentile
	whatIf           []string
	altered          bool // by flags: what the scenario says to look for may not be true
}

func newSim() *cobra.Command {
	var f simFlags
	c := &cobra.Command{
		Use:   "sim [SCENARIO]",
		Short: "Predict the scaling curve of a scenario: a table, plots and a curve file",
		Long: "Predict the scaling curve of a scenario, a built-in one (see velocitas scenarios) or a YAML file;\n" +
			"without one, of the built-in \"first\". The same scenario, profile and seed give the same bytes.",
		Example: "  velocitas sim --instances 4\n  velocitas sim textbook --rate 300\n  velocitas scenarios show first > mine.yaml; velocitas sim mine.yaml",
		Args:    arguments(0, 1, "at most one scenario"),
		RunE: func(c *cobra.Command, args []string) error {
			settings, err := comparison(c, f.whatIf)
			if err != nil {
				return err
			}
			in, err := scenarioInput(c, args)
			if err != nil {
				return err
			}
			inserts, err := work.Parse(f.work)
			if err != nil {
				return usage("--work: %v", err)
			}
			seen := work.Expect(in.Scenario, in.Profile)
			in.Stores = inserts.Stores(seen)
			if err := f.settle(c); err != nil {
				return err
			}
			if f.shown, err = parsePercentiles(f.percentiles); err != nil {
				return err
			}
			if len(settings) > 0 {
				return runComparison(c.Context(), in, settings, f, c.OutOrStdout(), c.ErrOrStderr())
			}
			asked := in.Scenario.Load.Rate
			list, err := readSLO(c, f.slo, in.Scenario)
			if err != nil {
				return err
			}
			f.altered = altered(c) || in.Scenario.Load.Rate != asked
			if c.Flags().Changed("junit") {
				if err := prepareJUnit(f.junit, list); err != nil {
					return err
				}
			}
			curve, err := runSim(c.Context(), in, seen, f, c.OutOrStdout(), c.ErrOrStderr())
			if err != nil || len(list) == 0 {
				return err
			}
			return checkSLO(c, in, curve, list, f)
		},
	}
	takesScenario(c)
	addMemory(c)
	addOverrides(c)
	c.Flags().StringVar(&f.work, "work", "first=1", "inserts that are really done: all, none, or first=K for the first K requests of an instance")
	f.add(c, "curve", "the curve and the plots")
	c.Flags().StringVar(&f.percentiles, "percentiles", "50,95,99", "percentiles of latency in the table, in ascending order; 50, 90, 95, 99 and 99.9 have intervals")
	c.Flags().StringVar(&f.slo, "slo", "", `objectives with commas between, such as "p99<250ms@800rps,errors<0.1%": say whether each is kept, exit code 3 if one is missed; a failed request is later than any bound, and where errors have none it is 0.1%; by default the scenario's, and "none" checks nothing`)
	c.Flags().StringVar(&f.junit, "junit", "", "write how the objectives fare into this file, too, as JUnit's XML, which CI systems show")
	c.Flags().StringArrayVar(&f.whatIf, "what-if", nil, `compare with other values of a key of the scenario, under the same random numbers: KEY=VALUE[,VALUE], such as "workers=2,4"; can be repeated`)
	return c
}

// runSim simulates, writes the files, and prints the result, which it returns.
func runSim(ctx context.Context, in sim.Input, seen *work.Observation, f simFlags, stdout, stderr io.Writer) (*model.Curve, error) {
	undo := func() {}
	if f.out != "" {
		var err error
		if undo, err = prepareOut(f.out); err != nil {
			return nil, err
		}
	}
	show, finish := progress(stderr, f.quiet)
	in.Progress = show
	curve, err := sim.Run(ctx, in)
	finish()
	if err = stopped(ctx, err); err != nil {
		undo()
		return nil, err
	}
	curve.Warnings = append(curve.Warnings, in.Scenario.Doubts()...)
	files, unwritten := writeReports(f.out, curve, f.svg)
	if unwritten != nil {
		undo()
	}
	return curve, errors.Join(printSim(stdout, stderr, in, curve, seen, files, f), unwritten)
}

// writeReports writes the curve and its plots into a folder, if there is one.
func writeReports(dir string, c *model.Curve, svg bool) ([]string, error) {
	if dir == "" {
		return nil, nil
	}
	var r reportFiles
	r.add(model.CurveFile(filepath.Join(dir, output.Name(c.Name)+".json"), c))
	r.addAll(plots.Curve(dir, c, plots.Options{SVG: svg}))
	return r.write()
}

// printSim prints the result in one write: the curve as JSON, or the table with
// what belongs to it.
func printSim(stdout, stderr io.Writer, in sim.Input, c *model.Curve, seen *work.Observation, files []string, f simFlags) error {
	if f.json {
		data, err := model.Encode(c)
		if err != nil {
			return err
		}
		_, err = stdout.Write(data)
		return err
	}
	p := f.page()
	if f.quiet {
		writeTable(p, c, f.shown)
		writeService(p, c)
		return p.print(stdout, stderr)
	}
	s := in.Scenario
	fmt.Fprintf(p, "%s\n\n", heading(s))
	writeTable(p, c, f.shown)
	writeService(p, c)
	writeNotes(p, in, files, f.altered)
	if err := p.print(stdout, stderr); err != nil {
		return err
	}
	return writeObservation(stderr, s, seen)
}
