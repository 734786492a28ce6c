package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/k9mil/velocitas/internal/output"
	"github.com/k9mil/velocitas/internal/strict"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/model/fit"
)

// fitFlags are the flags that are no option of the fit itself.
type fitFlags struct {
	outFlags
	columns   string
	instances []int
}

func newFit() *cobra.Command {
	var f fitFlags
	var noise string
	var predict, reach []string
	var o fit.Options
	c := &cobra.Command{
		Use:   "fit TABLE.csv|CURVE.json|-",
		Short: "Fit scaling laws to a table of measurements, and say what they mean",
		Long: "Fit Amdahl's law, Gustafson's, the Universal Scalability Law and a hard ceiling to sizes and throughputs,\n" +
			"pick the one that predicts sizes it has not seen best, and say in plain words what that means and how far to\n" +
			"trust it. The table has a row a measurement, with repeats if there are any: n,x or n,r or x,r or n,x,r (n what\n" +
			"was scaled, x throughput, r mean response), in any order under a heading, such as instances,rps,latency_ms.\n" +
			"Headings and cells may be as people write them: \"Throughput [req/s]\", \"# of pods\", 1.2k, \"1,100\", 12ms; a line\n" +
			"says which column became what, and --columns says it for any other. A curve file of any kind does, too, and so\n" +
			"do files that import reads, with --instances; - is stdin.",
		Example: "  velocitas fit measured.csv --predict 16,32\n" +
			"  velocitas fit reports/first.json\n" +
			"  velocitas fit measured.csv --columns 'how many=n,answered=x,took=r_ms'\n" +
			"  printf '1,100\\n2,190\\n4,340\\n8,520\\n' | velocitas fit - --reach 600",
		Args: arguments(1, importMost, "a table, a curve file, or - for stdin"),
		RunE: func(c *cobra.Command, args []string) error {
			o.Noise = fit.Noise(noise)
			if err := fitOptions(&o, predict, reach); err != nil {
				return err
			}
			if err := f.settle(c); err != nil {
				return err
			}
			return runFit(c.Context(), args, c.InOrStdin(), f, o, c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	addFitFlags(c, &f)
	c.Flags().StringVar(&noise, "noise", "", "how measurements scatter: constant (by the same amount at each size) or proportional (by the same percentage); chosen by itself unless given")
	c.Flags().StringSliceVar(&predict, "predict", nil, "sizes whose throughput to predict, such as 16,32")
	c.Flags().StringSliceVar(&reach, "reach", nil, "throughputs to find the size for, such as 500,1000")
	c.Flags().Float64Var(&o.Clients, "clients", 0, "clients of a closed load, where the table has no such column")
	c.Flags().Float64Var(&o.ThinkS, "think", 0, "their mean think time in seconds, likewise")
	c.Flags().Float64Var(&o.Offered, "offered", 0, "rate of an open load, likewise")
	c.Flags().Float64Var(&o.Cores, "cores", 0, "cores of the host, to tell whether the load generator took them")
	c.Flags().Float64Var(&o.CPULimit, "cpu-limit", 0, "CPU limit of the process in cores, where n counts its threads")
	return c
}

func addFitFlags(c *cobra.Command, f *fitFlags) {
	c.Flags().StringVar(&f.columns, "columns", "", "what columns mean: the heading of a table that has none, such as n,r_ms, or heading=meaning, such as 'flavour=n,took=r_ms,mean=ignore'")
	c.Flags().IntSliceVar(&f.instances, "instances", nil, "how many instances there were in each of several access logs or results of load generators, such as 1,2,4")
	f.add(c, "report", "the report and the plot")
}

// fitOptions checks the options, each by the flag's name.
func fitOptions(o *fit.Options, predict, reach []string) (err error) {
	if o.Noise != "" && o.Noise != fit.Constant && o.Noise != fit.Proportional {
		return usage("--noise: wants %s or %s, not %s", fit.Constant, fit.Proportional, strict.Quote(string(o.Noise)))
	}
	if o.Predict, err = positives("--predict", "sizes", predict); err != nil {
		return err
	}
	if o.Reach, err = positives("--reach", "throughputs", reach); err != nil {
		return err
	}
	for _, v := range []struct {
		flag  string
		value float64
	}{{"clients", o.Clients}, {"think", o.ThinkS}, {"offered", o.Offered}, {"cores", o.Cores}, {"cpu-limit", o.CPULimit}} {
		if !(v.value >= 0 && v.value <= numberMost) {
			return usage("--%s: wants a number from 0 to %g, not %g", v.flag, numberMost, v.value)
		}
	}
	return nil
}

// numberMost is the largest number that a fit works with.
const numberMost = 1e15

// positives reads a list of numbers above 0.
func positives(flag, what string, list []string) ([]float64, error) {
	var out []float64
	for _, s := range list {
		v, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
		if err != nil || !(v > 0 && v <= numberMost) {
			return nil, usage("%s: wants %s above 0 with commas between, not %s", flag, what, strict.Quote(s))
		}
		out = append(out, v)
	}
	return out, nil
}

// runFit reads, fits, writes the files, and prints the report.
func runFit(ctx context.Context, files []string, stdin io.Reader, f fitFlags, o fit.Options, stdout, stderr io.Writer) error {
	in, err := readFitInputs(ctx, files, stdin, f)
	if err != nil {
		return input(err)
	}
	var r fit.Report
	err = unlessDone(ctx, func() (err error) {
		r, err = fit.Fit(in.table, o)
		return err
	})
	if ctx.Err() != nil {
		return stopped(ctx, ctx.Err())
	}
	if err != nil {
		return input(err)
	}
	r.Warnings = append(r.Warnings, in.warnings...)
	undo, err := prepareReport(f.out)
	if err != nil {
		return err
	}
	written, unwritten := writeFit(f, in, r)
	if unwritten != nil {
		undo()
	}
	return errors.Join(printFit(stdout, stderr, r, written, f), unwritten)
}

// unlessDone runs work beside, and returns early where the context ends. What
// work sets may then not be read.
func unlessDone(ctx context.Context, work func() error) error {
	done := make(chan error, 1)
	go func() { done <- work() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// writeFit writes the report and its plot into a folder, if there is one, or
// nothing.
func writeFit(f fitFlags, in fitInput, r fit.Report) ([]string, error) {
	if f.out == "" {
		return nil, nil
	}
	var report reportFiles
	report.add(model.EncodedFile(filepath.Join(f.out, output.Name(in.name)+"-fit.json"), r))
	report.addAll(drawFit(f.out, in, r, f.svg))
	return report.write()
}

// printFit prints the report in one write.
func printFit(stdout, stderr io.Writer, r fit.Report, files []string, f fitFlags) error {
	p := f.page()
	switch f.format {
	case asJSON:
		data, err := model.Encode(r)
		if err != nil {
			return err
		}
		p.result.Write(data)
		return p.print(stdout, stderr)
	case asTable:
		if err := r.WriteText(&p.result, f.width); err != nil {
			return err
		}
	default:
		writeFitTables(p, r)
	}
	if len(files) > 0 && !f.quiet {
		fmt.Fprintf(p, "\nwritten: %s\n", strings.Join(files, "\n         "))
	}
	return p.print(stdout, stderr)
}

// writeFitTables writes the answer and the tables of the report.
func writeFitTables(p *page, r fit.Report) {
	fmt.Fprintf(p, "%s: %s\n", r.Source, strings.Join(r.Answer, " "))
	for _, text := range r.Warnings {
		fmt.Fprintf(p, "warning: %s\n", text)
	}
	fmt.Fprintln(p)
	number := func(v float64) cell { return numberCell(v, short(v)) }
	curve := table{{"n", ""}, {"measured", "1/s"}, {r.Best, "1/s"}, {"residual", "%"}, {"efficiency", "%"}}.start()
	curve.wordless = true
	for _, row := range r.Curve {
		curve.row("", number(row.N), number(row.Measured), number(row.Fitted), number(100*row.Residual), number(100*row.Efficiency))
	}
	curve.write(p)
	if len(r.Predictions) > 0 {
		fmt.Fprintln(p)
		g := table{{"n", ""}, {"predicted", "1/s"}, {"least", "1/s"}, {"most", "1/s"}}.start()
		g.last = "law"
		bound := func(v *float64) cell {
			if v == nil {
				return plainCell("-")
			}
			return number(*v)
		}
		for _, x := range r.Predictions {
			g.row(x.Law, number(x.N), number(x.X), bound(x.Lo), bound(x.Hi))
		}
		g.write(p)
	}
}
