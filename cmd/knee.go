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
	"github.com/k9mil/velocitas/sim/capacity"
)

// kneeFlags are the flags of knee that are neither objectives nor overrides.
type kneeFlags struct {
	outFlags
	replications int
	percentiles  string
	shown        []percentile // beside the objectives
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
			"it is the built-in \"first\". A bisection finds about where it is, and runs with other random numbers, ten times as\n" +
			"long or as long as --duration says, then find a rate that is carried beyond doubt and one that is not. Figures\n" +
			"are those at the first.",
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
			if f.shown, err = parseStated(f.percentiles); err != nil {
				return err
			}
			f.shown = beside(f.shown, list)
			q := capacity.KneeQuestion{In: in, Objectives: list, Replications: f.replications}
			if c.Flags().Changed("duration") {
				q.Window = in.Scenario.Duration.Std()
			}
			if f.replications != 0 && (f.replications < kneeRuns || f.replications > mostRuns) {
				return usage("--replications: wants %d to %d runs, not %d", kneeRuns, mostRuns, f.replications)
			}
			return runKnee(c.Context(), q, f, c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	addObjectives(c)
	takesScenario(c)
	addMemory(c)
	addOverrides(c, kneeOverrides...)
	c.Flags().IntVar(&f.replications, "replications", 0, "runs that bounds rest on at most; 0 is 10 to 100, by how many requests they have")
	addPercentiles(c, &f.percentiles)
	f.add(c, "knees", "the JSON and the plot")
	return c
}

func runKnee(ctx context.Context, q capacity.KneeQuestion, f kneeFlags, stdout, stderr io.Writer) error {
	if err := capacity.Steady(q.In.Scenario); err != nil {
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
	q.In.Progress = show
	knees, err := capacity.Knee(ctx, q)
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
		fmt.Fprintf(p, "%s\n\n", wrap(kneeHeadline(knees), "  "))
		writeKneeTable(p, knees, q.Objectives, f.shown)
		if text := statedCosts(q.In); text != "" {
			fmt.Fprintf(p, "\n%s\n", wrap(text, "  "))
		}
		if !f.quiet {
			writeFiles(p, files)
		}
	}
	return errors.Join(p.print(stdout, stderr), unwritten)
}

// kneeRuns is the least number of runs that bounds rest on.
const kneeRuns = 6

// kneeHeadline is the answer in a sentence: what the most and the fewest instances
// carry, and from where on more bring next to nothing.
func kneeHeadline(k *capacity.KneeCurve) string {
	best := mostCarried(k)
	keeping := "a steady state and " + listed(k.Objectives)
	if best.RateRps.Value == 0 {
		return fmt.Sprintf("%s: no rate keeps %s, with any of these numbers of instances", k.Name, keeping)
	}
	first := &k.Points[0]
	text := fmt.Sprintf("%s: %s carried by %s", k.Name, kneeRate(best), instanceWords(best.Instances))
	if best != first {
		text += fmt.Sprintf(", %s by %s", kneeRate(first), instanceWords(first.Instances))
	}
	text += ", while keeping " + keeping
	if flat := flattens(k); flat > 0 {
		text += fmt.Sprintf("; beyond %s more bring little (limit: %s)", instanceWords(flat), sharedLimit(k))
	}
	return text
}

// mostCarried is the point of the highest rate, of those the fewest instances.
func mostCarried(k *capacity.KneeCurve) *capacity.KneePoint {
	best := &k.Points[0]
	for i := range k.Points {
		if p := &k.Points[i]; p.RateRps.Value > best.RateRps.Value {
			best = p
		}
	}
	return best
}

// kneeTitle is what the picture shows.
func kneeTitle(k *capacity.KneeCurve) string {
	best := mostCarried(k)
	switch flat := flattens(k); {
	case best.RateRps.Value == 0:
		return "No rate keeps the objectives"
	case flat > 0:
		return fmt.Sprintf("%s/s at most: beyond %s more bring little", short(best.RateRps.Value), instanceWords(flat))
	}
	return fmt.Sprintf("%s/s carried by %s", short(best.RateRps.Value), instanceWords(best.Instances))
}

func kneeRate(p *capacity.KneePoint) string {
	what := ""
	if p.Bounds == capacity.Bracket {
		what = "bracket "
	}
	return fmt.Sprintf("%s/s (%s%s to %s)", short(p.RateRps.Value), what, short(p.RateRps.Lo), short(p.RateRps.Hi))
}

func instanceWords(n int) string {
	if n == 1 {
		return "1 instance"
	}
	return fmt.Sprintf("%d instances", n)
}

// flattens is the number of instances from which on another brings less than a
// fifth of what each of those brings, to the end; 0 if there is none.
func flattens(k *capacity.KneeCurve) int {
	flat := 0
	for i := len(k.Points) - 1; i > 0; i-- {
		p, before := k.Points[i], k.Points[i-1]
		more := (p.RateRps.Value - before.RateRps.Value) / float64(p.Instances-before.Instances)
		if more > 0.2*before.RateRps.Value/float64(before.Instances) {
			break
		}
		flat = before.Instances
	}
	return flat
}

// sharedLimit names what is busiest with the most instances.
func sharedLimit(k *capacity.KneeCurve) string {
	p := k.Points[len(k.Points)-1]
	switch u := p.Utilisation; max(u.Host.Value, u.Balancer.Value, u.Instances.Value) {
	case u.Host.Value:
		return fmt.Sprintf("the host, busy to %s %%", percent(u.Host.Value))
	case u.Balancer.Value:
		return fmt.Sprintf("nginx, busy to %s %%", percent(u.Balancer.Value))
	}
	return string(p.Limit)
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
		Name: k.Name, Chart: "knee", Title: kneeTitle(k),
		Subtitle: kneeSubtitle(k),
		XTitle:   "Instances", YTitle: "Rate (requests/s)", PointsName: "highest rate carried", BarsName: "surely carried to surely not", Remarks: k.Warnings,
	}
	for _, p := range k.Points {
		d.Points = append(d.Points, plots.Mark{X: float64(p.Instances), Y: p.RateRps.Value, Lo: p.RateRps.Lo, Hi: p.RateRps.Hi})
	}
	if len(d.Points) > 1 {
		d.Curves = []plots.FitCurve{{Name: d.PointsName, Points: d.Points}}
	}
	return plots.Fit(f.out, d, plots.Options{SVG: f.svg})
}

func writeKneeTable(w io.Writer, k *capacity.KneeCurve, list []capacity.Objective, shown []percentile) {
	t := table{{"instances", ""}, {"rate", "1/s"}, {"surely", "1/s"}, {"surely not", "1/s"}, {"bounds", ""}, {"an instance", "1/s"}}
	for _, o := range list {
		if o.Metric.Latency() {
			t = append(t, column{string(o.Metric), "ms"})
		}
	}
	for _, other := range shown {
		t = append(t, column{other.name, "ms"})
	}
	g := append(t, column{"busy", "%"}, column{"nginx", "%"}, column{"host", "%"}, column{"errors", "%"}, column{"then missed", ""}).start()
	for i := range k.Points {
		p := &k.Points[i]
		cells := []cell{plainCell(strconv.Itoa(p.Instances)), plainCell(short(p.RateRps.Value)), plainCell(short(p.RateRps.Lo)),
			plainCell(short(p.RateRps.Hi)), plainCell(p.Bounds),
			plainCell(short(p.RateRps.Value / float64(p.Instances)))}
		at := model.Point{LatencyMs: p.LatencyMs}
		for _, o := range list {
			if o.Metric.Latency() {
				cells = append(cells, estimateCell(o.Of(&at)))
			}
		}
		for _, other := range shown {
			cells = append(cells, estimateCell(other.of(&at)))
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

func kneeSubtitle(k *capacity.KneeCurve) []string {
	words := []string{k.Name, "steady state, " + listed(k.Objectives)}
	if k.Profile != nil {
		words = append(words, "profile "+k.Profile.Name)
	}
	return append(words, "velocitas "+k.Version)
}
