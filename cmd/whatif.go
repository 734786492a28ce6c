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
	r.addAll(plots.Compare(f.out, plots.Comparison{
		Name: name, Curves: c.Curves, Labels: variantNames(c), Baseline: "baseline",
		Throughput: c.Answer(), Latency: c.Answer(), Distribution: c.Answer(), Timeline: c.Answer(),
	}, plots.Options{SVG: f.svg}))
	return r.write()
}

// variantNames are the names of the curves that are compared.
func variantNames(c *capacity.Comparison) []string {
	var names []string
	for _, curve := range c.Curves {
		names = append(names, curve.Name)
	}
	return names
}

// printComparison writes what each variant changes in a sentence, and a table
// with the variants of each number of instances below each other, with what
// changes against the first in percent.
func printComparison(w io.Writer, in sim.Input, c *capacity.Comparison) {
	fmt.Fprintf(w, "%s: changes are against %s, with %s\n", in.Scenario.Name, c.Curves[0].Name, instances([]int{c.Curves[0].Points[c.At()].Instances}))
	for _, text := range c.Answers() {
		fmt.Fprintf(w, "  %s\n", wrap(text, "    "))
	}
	fmt.Fprintln(w)
	g := table{{"instances", ""}, {"what if", ""}, {"throughput", "1/s"}, {"change", "%"}, {"p50", "ms"}, {"change", "%"},
		{"p95", "ms"}, {"change", "%"}, {"p99", "ms"}, {"change", "%"}, {"errors", "%"}}.start()
	for i := range c.Curves[0].Points {
		base := &c.Curves[0].Points[i]
		for k, curve := range c.Curves {
			p := &curve.Points[i]
			var d capacity.Change
			name := curve.Name
			if k > 0 {
				d = c.Changes[k-1][i]
			} else {
				name += " (baseline)"
			}
			change := func(e, of model.Estimate) cell {
				if k == 0 {
					return plainCell("")
				}
				return changeCell(e, of.Value)
			}
			x, y := &base.LatencyMs, &p.LatencyMs
			g.row(limit(p, openLoad(curve)), plainCell(strconv.Itoa(p.Instances)), plainCell(name),
				estimateCell(p.ThroughputRps), change(d.ThroughputRps, base.ThroughputRps), latencyCell(y.P50), change(d.P50Ms, x.P50),
				latencyCell(y.P95), change(d.P95Ms, x.P95), latencyCell(y.P99), change(d.P99Ms, x.P99), plainCell(rare(p.Errors.Rate.Value)))
		}
	}
	g.even = even(c)
	g.write(w)
	before := "\n"
	for _, curve := range c.Curves {
		for _, text := range warnings(curve) {
			fmt.Fprintf(w, "%s%s\n", before, wrap("warning: "+curve.Name+": "+text, "  "))
			before = ""
		}
	}
}

// hardly is a change of throughput that needs no column of its own.
const hardly = 0.01

// even are the columns in which nothing or hardly anything changes: errors where
// all have as many, and throughput that no variant changes by a hundredth.
func even(c *capacity.Comparison) []string {
	names := []string{}
	errorsSame, throughputSame := true, true
	for k, changes := range c.Changes {
		for i, d := range changes {
			base, p := &c.Curves[0].Points[i], &c.Curves[k+1].Points[i]
			errorsSame = errorsSame && p.Errors.Rate.Value == base.Errors.Rate.Value
			throughputSame = throughputSame && math.Abs(d.ThroughputRps.Value) < hardly*base.ThroughputRps.Value
		}
	}
	if errorsSame {
		names = append(names, "errors")
	}
	if throughputSame {
		names = append(names, "throughput")
	}
	return names
}

// changeCell shows a change in percent of what was before, with its sign and the
// reach of its interval, with as many digits as that has a use for.
func changeCell(change model.Estimate, of float64) cell {
	e, ok := capacity.Share(change, of)
	if !ok {
		return plainCell("-")
	}
	e = model.Estimate{Value: 100 * e.Value, Lo: 100 * e.Lo, Hi: 100 * e.Hi}
	reach := math.Max(e.Hi-e.Value, e.Value-e.Lo)
	if e.Value == 0 && reach == 0 {
		return plainCell("0")
	}
	digits := min(1, decimals(math.Max(reach, math.Abs(e.Value)/100)))
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
