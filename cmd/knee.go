package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/k9mil/velocitas/internal/output"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/plots"
	"github.com/k9mil/velocitas/sim"
	"github.com/k9mil/velocitas/sim/capacity"
)

// kneeFlags are the flags of knee that are neither objectives nor overrides.
type kneeFlags struct {
	outFlags
}

// kneeOverrides are the overrides that knee can take: not the load, which it
// finds.
var kneeOverrides = append([]string{"instances"}, planOverrides...)

func newKnee() *cobra.Command {
	var f kneeFlags
	c := &cobra.Command{
		Use:   "knee [SCENARIO]",
		Short: "Find the highest rate that each number of instances carries",
		Long: "Find the highest rate of an open load that each number of instances carries: with a backlog that beyond doubt\n" +
			"comes back, and all objectives kept. The scenario's own load only says how requests arrive; without a scenario\n" +
			"it is the built-in \"first\". Found by bisection to one percent.",
		Example: "  velocitas knee --p99 1s\n  velocitas knee textbook --p99 200ms --instances 1,2,4,8",
		Args:    arguments(0, 1, "at most one scenario"),
		RunE: func(c *cobra.Command, args []string) error {
			in, err := scenarioInput(c, args, kneeOverrides...)
			if err != nil {
				return err
			}
			list, err := objectives(c, in.Scenario)
			if err != nil {
				return err
			}
			if err := f.settle(c); err != nil {
				return err
			}
			return runKnee(c.Context(), in, list, f, c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	addObjectives(c)
	takesScenario(c)
	addMemory(c)
	addOverrides(c, kneeOverrides...)
	f.add(c, "knees", "the JSON and the plot")
	return c
}

func runKnee(ctx context.Context, in sim.Input, list []capacity.Objective, f kneeFlags, stdout, stderr io.Writer) error {
	if err := capacity.Steady(in.Scenario); err != nil {
		return input(err)
	}
	undo := func() {}
	if f.out != "" {
		var err error
		if undo, err = prepareOut(f.out); err != nil {
			return err
		}
	}
	show, finish := progress(stderr, f.quiet)
	in.Progress = show
	knees, err := capacity.Knee(ctx, in, list)
	finish()
	if err = stopped(ctx, err); err != nil {
		undo()
		return err
	}
	files, unwritten := writeKnees(f, knees)
	if unwritten != nil {
		undo()
	}
	p := f.page()
	if f.json {
		data, err := model.Encode(knees)
		if err != nil {
			return err
		}
		p.result.Write(data)
	} else {
		fmt.Fprintf(p, "%s: the highest rate that keeps a steady state and %s\n\n", knees.Name, listed(knees.Objectives))
		writeKneeTable(p, knees, list)
		if !f.quiet {
			writeFiles(p, files)
		}
	}
	return errors.Join(p.print(stdout, stderr), unwritten)
}

// writeKnees writes the knees and their plot into a folder, if there is one.
func writeKnees(f kneeFlags, k *capacity.KneeCurve) ([]string, error) {
	if f.out == "" {
		return nil, nil
	}
	var r reportFiles
	r.add(model.EncodedFile(filepath.Join(f.out, output.Name(k.Name)+"-knee.json"), k))
	r.addAll(drawKnees(f, k))
	return r.write()
}

// drawKnees draws the rates as a line through its points, whose bars reach from
// what is carried beyond doubt to what is not.
func drawKnees(f kneeFlags, k *capacity.KneeCurve) ([]output.File, error) {
	d := plots.FitData{
		Name: k.Name, Chart: "knee", Title: "Highest rate by number of instances",
		Subtitle: []string{k.Name, "steady state, " + listed(k.Objectives), "profile " + k.Profile.Name, "velocitas " + k.Version},
		XTitle:   "Instances", YTitle: "Rate (requests/s)", PointsName: "carried", Remarks: k.Warnings,
	}
	for _, p := range k.Points {
		d.Points = append(d.Points, plots.Mark{X: float64(p.Instances), Y: p.RateRps.Value, Lo: p.RateRps.Lo, Hi: p.RateRps.Hi})
	}
	if len(d.Points) > 1 {
		d.Curves = []plots.FitCurve{{Name: d.PointsName, Points: d.Points}}
	}
	return plots.Fit(f.out, d, plots.Options{SVG: f.svg})
}

func writeKneeTable(w io.Writer, k *capacity.KneeCurve, list []capacity.Objective) {
	t := table{{"instances", ""}, {"rate", "1/s"}, {"surely", "1/s"}, {"surely not", "1/s"}, {"an instance", "1/s"}}
	for _, o := range list {
		if o.Metric.Latency() {
			t = append(t, column{string(o.Metric), "ms"})
		}
	}
	g := append(t, column{"busy", "%"}, column{"nginx", "%"}, column{"host", "%"}, column{"errors", "%"}, column{"then missed", ""}).start()
	for i := range k.Points {
		p := &k.Points[i]
		cells := []cell{plainCell(strconv.Itoa(p.Instances)), plainCell(short(p.RateRps.Value)),
			plainCell(short(p.RateRps.Lo)), plainCell(short(p.RateRps.Hi)), plainCell(short(p.RateRps.Value / float64(p.Instances)))}
		at := model.Point{LatencyMs: p.LatencyMs}
		for _, o := range list {
			if o.Metric.Latency() {
				cells = append(cells, estimateCell(o.Of(&at)))
			}
		}
		u := p.Utilisation
		g.row(string(p.Limit), append(cells, plainCell(percent(u.Instances.Value)), plainCell(percent(u.Balancer.Value)),
			plainCell(percent(u.Host.Value)), plainCell(rare(p.ErrorRate.Value)), plainCell(p.Missed))...)
	}
	g.write(w)
	if len(k.Warnings) > 0 {
		fmt.Fprintln(w)
	}
	for _, text := range k.Warnings {
		fmt.Fprintln(w, wrap("warning: "+text, "  "))
	}
}
