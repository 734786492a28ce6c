package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/k9mil/velocitas/internal/output"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/model/compare"
	"github.com/k9mil/velocitas/plots"
)

type compareFlags struct {
	outFlags
	maxError  string
	force     bool
	instances int
}

// compareMost is how many curves a chart can hold and a person tell apart.
const compareMost = 12

func newCompare() *cobra.Command {
	var f compareFlags
	c := &cobra.Command{
		Use:   "compare A.json B.json [C.json ...]",
		Short: "Compare curve files: before and after, or prediction and measurement, and plots over each other",
		Long: "Compare curve files of any kind.\n\n" +
			"Two predictions or two measurements are before and after, in the order given: each metric has its change with an\n" +
			"interval, and a verdict (no difference seen, faster, slower) that allows for how many are looked at.\n\n" +
			"A prediction beside a measurement has an error: its value over what was measured, less 1. The two are not\n" +
			"compared where they differ in load, balancer or limits, unless --force is given.\n\n" +
			"Access logs and results of load generators, which import reads, are measurements, too.",
		Example: "  velocitas compare reports/first-measured.json reports/first-predicted.json\n" +
			"  velocitas compare before.json after.json --max-error throughput=5%,p99=15%",
		Args: arguments(2, compareMost, fmt.Sprintf("2 to %d curve files", compareMost)),
		RunE: func(c *cobra.Command, args []string) error {
			if err := f.settle(c); err != nil {
				return err
			}
			return runCompare(c.Context(), args, f, c.Flags().Changed("max-error"), c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	c.Flags().StringVar(&f.maxError, "max-error", "", "errors or changes allowed at any size, such as throughput=5%,p99=15%; beyond, the exit code is 3")
	c.Flags().BoolVar(&f.force, "force", false, "compare a prediction with a measurement under another load, balancer or limits, too")
	c.Flags().IntVar(&f.instances, "instances", 0, "how many instances there were in access logs and results of load generators that do not say it")
	f.add(c, "comparison", "the comparison and the plots")
	return c
}

// runCompare reads, compares, writes the files, prints the result, and judges
// it.
func runCompare(ctx context.Context, paths []string, f compareFlags, bounded bool, stdout, stderr io.Writer) error {
	var bounds []compare.Bound
	if bounded {
		var err error
		if bounds, err = compare.ParseBounds(f.maxError); err != nil {
			return usage("--max-error: %v", err)
		}
	}
	var curves []compare.Curve
	for _, path := range paths {
		c, err := curveOf(ctx, path, f.instances)
		if err != nil {
			return input(err)
		}
		curves = append(curves, compare.Curve{File: path, Curve: c})
	}
	r, err := compare.Curves(curves, f.force)
	if differ := (*compare.DifferenceError)(nil); errors.As(err, &differ) {
		return usage("%v; --force compares them all the same", err)
	}
	if err != nil {
		return input(err)
	}
	undo, err := prepareReport(f.out)
	if err != nil {
		return err
	}
	files, unwritten := writeCompare(f, curves, r)
	if unwritten != nil {
		undo()
	}
	if err := errors.Join(printCompare(stdout, stderr, r, files, f), unwritten); err != nil {
		return err
	}
	if missed := r.Exceeded(bounds); len(missed) > 0 {
		return &exitError{exitMissed, errors.New(strings.Join(missed, "; "))}
	}
	return nil
}

// writeCompare writes the comparison and its plots into a folder, if there is
// one.
func writeCompare(f compareFlags, curves []compare.Curve, r compare.Report) ([]string, error) {
	if f.out == "" {
		return nil, nil
	}
	var names []string
	var drawn []*model.Curve
	for _, c := range curves {
		drawn = append(drawn, c.Curve)
		if !slices.Contains(names, c.Curve.Name) {
			names = append(names, c.Curve.Name)
		}
	}
	name := "comparison"
	if len(names) == 1 {
		name = names[0] + "-comparison"
	}
	baseline := ""
	if r.AllChanges() {
		baseline = "before"
	}
	var report reportFiles
	report.add(model.EncodedFile(filepath.Join(f.out, output.Name(name)+".json"), r))
	report.addAll(plots.Compare(f.out, plots.Comparison{
		Name: name, Curves: drawn, Labels: compare.Labels(curves), Baseline: baseline,
		Throughput: r.Finding("throughput"), Latency: r.Finding("p99"), Remarks: r.WhatDiffers(),
	}, plots.Options{SVG: f.svg}))
	return report.write()
}

// printCompare prints the comparison in one write.
func printCompare(stdout, stderr io.Writer, r compare.Report, files []string, f compareFlags) error {
	p := f.page()
	if f.json {
		data, err := model.Encode(r)
		if err != nil {
			return err
		}
		p.result.Write(data)
	} else {
		writeCompareTables(p, r)
		if !f.quiet {
			writeFiles(p, files)
		}
	}
	return p.print(stdout, stderr)
}
