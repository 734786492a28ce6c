package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/k9mil/velocitas/internal/output"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/plots"
	"github.com/k9mil/velocitas/sim"
	"github.com/k9mil/velocitas/sim/capacity"
)

// comparison are the settings that a command line compares: those of --what-if,
// and the policies after the first. None means that nothing is compared.
func comparison(c *cobra.Command, whatIf []string) ([]string, error) {
	policy := c.Flags().Lookup("policy")
	first, others, several := strings.Cut(policy.Value.String(), ",")
	if several {
		whatIf = append([]string{"policy=" + others}, whatIf...)
		if err := policy.Value.Set(first); err != nil {
			return nil, err
		}
	}
	if len(whatIf) == 0 {
		return nil, nil
	}
	for _, flag := range []string{"slo", "work"} {
		if c.Flags().Changed(flag) {
			return nil, usage("--%s is for one scenario, and several are compared here; leave one of the two out", flag)
		}
	}
	return whatIf, nil
}

// runComparison simulates the variants, writes the files, and prints what changes.
func runComparison(ctx context.Context, in sim.Input, settings []string, f simFlags, stdout, stderr io.Writer) error {
	variants, err := capacity.Variants(ctx, in.Scenario, settings)
	if err != nil {
		return input(fmt.Errorf("--what-if: %w", err))
	}
	undo := func() {}
	if f.out != "" {
		if undo, err = prepareOut(f.out); err != nil {
			return err
		}
	}
	show, finish := progress(stderr, f.quiet)
	in.Progress = show
	result, err := capacity.Compare(ctx, in, variants)
	finish()
	if err = stopped(ctx, err); err != nil {
		undo()
		return err
	}
	files, unwritten := writeComparison(f, in.Scenario.Name, result)
	if unwritten != nil {
		undo()
	}
	p := f.page()
	if f.json {
		data, err := model.Encode(result)
		if err != nil {
			return err
		}
		p.result.Write(data)
	} else {
		printComparison(p, in, result)
		if !f.quiet {
			writeFiles(p, files)
		}
	}
	return errors.Join(p.print(stdout, stderr), unwritten)
}

// writeComparison writes the curves and their overlay into a folder, if there
// is one.
func writeComparison(f simFlags, scenario string, c *capacity.Comparison) ([]string, error) {
	if f.out == "" {
		return nil, nil
	}
	name := scenario + "-what-if"
	var r reportFiles
	r.add(model.EncodedFile(filepath.Join(f.out, output.Name(name)+".json"), c))
	r.addAll(plots.Overlay(f.out, name, c.Curves, plots.Options{SVG: f.svg}))
	return r.write()
}

// printComparison writes a table with the variants of each number of instances
// below each other, and what changes against the first.
func printComparison(w io.Writer, in sim.Input, c *capacity.Comparison) {
	fmt.Fprintf(w, "%s: changes are against %s\n\n", in.Scenario.Name, c.Curves[0].Name)
	g := table{{"instances", ""}, {"what if", ""}, {"throughput", "1/s"}, {"change", "1/s"}, {"p50", "ms"}, {"change", "ms"},
		{"p95", "ms"}, {"change", "ms"}, {"p99", "ms"}, {"change", "ms"}, {"errors", "%"}}.start()
	for i := range c.Curves[0].Points {
		for k, curve := range c.Curves {
			p := &curve.Points[i]
			var d capacity.Change
			if k > 0 {
				d = c.Changes[k-1][i]
			}
			change := func(e model.Estimate) cell {
				if k == 0 {
					return plainCell("")
				}
				return changeCell(e)
			}
			g.row(limit(p, openLoad(curve)), plainCell(strconv.Itoa(p.Instances)), plainCell(curve.Name),
				estimateCell(p.ThroughputRps), change(d.ThroughputRps), latencyCell(p.LatencyMs.P50), change(d.P50Ms),
				latencyCell(p.LatencyMs.P95), change(d.P95Ms), latencyCell(p.LatencyMs.P99), change(d.P99Ms), plainCell(rare(p.Errors.Rate.Value)))
		}
	}
	g.write(w)
	before := "\n"
	for _, curve := range c.Curves {
		for _, text := range warnings(curve) {
			fmt.Fprintf(w, "%s%s\n", before, wrap("warning: "+curve.Name+": "+text, "  "))
			before = ""
		}
	}
}

// changeCell shows a difference with its sign and the reach of its interval,
// with as many digits as that has a use for.
func changeCell(e model.Estimate) cell {
	reach := math.Max(e.Hi-e.Value, e.Value-e.Lo)
	digits := decimals(math.Max(reach, math.Abs(e.Value)/100))
	if e.Value == 0 && reach == 0 {
		return plainCell("0")
	}
	value := strings.TrimPrefix(strconv.FormatFloat(e.Value, 'f', digits, 64), "-")
	switch zero := strings.Trim(value, "0.") == ""; {
	case zero:
	case e.Value > 0:
		value = "+" + value
	default:
		value = "-" + value
	}
	return cell{value: value, reach: strconv.FormatFloat(reach, 'f', digits, 64), exact: &e, bounded: true}
}
