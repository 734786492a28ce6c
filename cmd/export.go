package cmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/k9mil/velocitas/evidence/export"
	"github.com/k9mil/velocitas/internal/output"
	"github.com/k9mil/velocitas/internal/strict"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/sim"
)

// The formats of curves that are no format of requests; hgrm is both.
const asOpenMetrics = "openmetrics"

var (
	curveExports   = []string{asOpenMetrics, asCSV, asMarkdown, export.Hgrm}
	requestExports = []string{export.AccessLog, export.Vegeta, export.Hgrm}
)

type exportFlags struct{ as, file, accounts string }

// accountsEvery is how often the CPU accounts of a simulation are written.
const accountsEvery = 500 * time.Millisecond

func newExport() *cobra.Command {
	var f exportFlags
	c := &cobra.Command{
		Use:   "export CURVE.json|SCENARIO",
		Short: "Write a curve, or the requests of a simulation, for other people's tools",
		Long: "Write what was predicted or measured in the formats of other tools, to stdout or into a file.\n\n" +
			"A curve file becomes OpenMetrics, CSV, a table of Markdown, or HdrHistogram's percentiles of one number of\n" +
			"instances, its last or that of --instances. A scenario is simulated with its last number of instances, and each request of the first replication after\n" +
			"the warm-up becomes a line of an nginx access log or a result of vegeta, or all of them HdrHistogram's\n" +
			"percentiles. Simulated time begins on 2026-01-01 00:00:00 UTC. With --accounts the CPU accounts of all containers\n" +
			"over that time are written, too, as calibrate --cpu reads them.",
		Example: "  velocitas export reports/first.json --as openmetrics\n" +
			"  velocitas export textbook --as access-log --instances 4-4 --file access.log --accounts cpu.csv\n" +
			"  velocitas export textbook --as vegeta --instances 4-4 | vegeta report",
		Args: arguments(1, 1, "a curve file or a scenario"),
		RunE: func(c *cobra.Command, args []string) error {
			known := append(slices.Clone(curveExports), requestExports[:2]...)
			if !slices.Contains(known, f.as) {
				return usage("--as: wants %s, not %s", listedOr(known), strict.Quote(f.as))
			}
			curve, err := curveNamed(c.Context(), args[0])
			if err != nil {
				return input(err)
			}
			if curve != nil {
				return exportCurve(c, args[0], curve, f)
			}
			return exportRequests(c, args, f)
		},
	}
	c.Flags().StringVar(&f.as, "as", "", "the format: of a curve "+listedOr(curveExports)+", of a scenario's requests "+listedOr(requestExports))
	c.Flags().StringVar(&f.file, "file", "", "the file to write; by default stdout")
	c.Flags().StringVar(&f.accounts, "accounts", "", "a file for the CPU accounts of a scenario's containers, every half second")
	takesScenario(c)
	addMemory(c)
	addOverrides(c)
	return c
}

// curveNamed is the curve in a file; nil for one that is no JSON, and for what is
// no file.
func curveNamed(ctx context.Context, name string) (*model.Curve, error) {
	if !strings.HasSuffix(name, ".json") {
		return nil, nil
	}
	data, err := strict.ReadFile(ctx, name, fitMost)
	if err != nil || !bytes.Contains(data[:min(len(data), 1000)], []byte(`"velocitas.curve/`)) {
		return nil, err
	}
	return model.ParseCurve(name, data)
}

// write writes content into the file, or to stdout.
func (f *exportFlags) write(stdout io.Writer, content func(io.Writer) error) error {
	if f.file == "" {
		return content(stdout)
	}
	return output.Stream(f.file, content)
}

func exportCurve(c *cobra.Command, file string, curve *model.Curve, f exportFlags) error {
	if f.accounts != "" {
		return usage("--accounts: is of a scenario, and %s is a curve", file)
	}
	switch f.as {
	case asOpenMetrics:
		return f.write(c.OutOrStdout(), func(w io.Writer) error { return export.Curve(w, curve) })
	case export.Hgrm:
		p, err := pointNamed(c, file, curve)
		if err != nil {
			return err
		}
		return input(f.write(c.OutOrStdout(), func(w io.Writer) error { return export.Percentiles(w, p) }))
	case asCSV, asMarkdown:
		p := &page{format: f.as}
		writeTable(p, curve, usualPercentiles())
		return f.write(c.OutOrStdout(), func(w io.Writer) error { return p.print(w, c.ErrOrStderr()) })
	}
	return usage("--as %s: is of a scenario's requests, and %s is a curve; curves become %s", f.as, file, listedOr(curveExports))
}

// pointNamed is the point with as many instances as the command line says, or the
// last.
func pointNamed(c *cobra.Command, file string, curve *model.Curve) (*model.Point, error) {
	flag := c.Flags().Lookup("instances")
	if !flag.Changed {
		return &curve.Points[len(curve.Points)-1], nil
	}
	for i := range curve.Points {
		if strconv.Itoa(curve.Points[i].Instances) == flag.Value.String() {
			return &curve.Points[i], nil
		}
	}
	return nil, usage("--instances: %s has no point with %s", file, strict.Quote(flag.Value.String()))
}

func exportRequests(c *cobra.Command, args []string, f exportFlags) error {
	if !slices.Contains(requestExports, f.as) {
		return usage("--as %s: is of curves, and %s is a scenario; run velocitas sim %s and export its curve, or choose %s", f.as, args[0], args[0], listedOr(requestExports))
	}
	in, err := scenarioInput(c, args)
	if err != nil {
		return err
	}
	n := in.Scenario.Instances[len(in.Scenario.Instances)-1]
	var told, silent int64
	err = f.write(c.OutOrStdout(), func(w io.Writer) error {
		out := export.NewWriter(f.as, w)
		tell := func(r sim.Request) {
			told++
			out.Write(export.Request(r))
		}
		err := f.simulate(c.Context(), in, n, tell)
		silent = out.Silent()
		return errors.Join(err, out.Close())
	})
	if err = stopped(c.Context(), err); err != nil {
		return err
	}
	text := fmt.Sprintf("%d requests of the first replication with %s, after the warm-up", told, instances([]int{n}))
	if silent > 0 {
		text += fmt.Sprintf("; %d of them, which were not answered, cannot be in this format", silent)
	}
	_, err = fmt.Fprintln(c.ErrOrStderr(), text)
	return err
}

// simulate tells of the requests, and writes the accounts if they are asked for.
func (f *exportFlags) simulate(ctx context.Context, in sim.Input, n int, tell func(sim.Request)) error {
	if f.accounts == "" {
		_, err := sim.Requests(ctx, in, n, tell)
		return err
	}
	return output.Stream(f.accounts, func(w io.Writer) error {
		out := export.NewAccounts(w)
		_, err := sim.RequestsAndAccounts(ctx, in, n, accountsEvery, tell, func(a sim.Account) { out.Write(export.Account(a)) })
		return errors.Join(err, out.Close())
	})
}
