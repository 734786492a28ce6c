package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/k9mil/velocitas/internal/strict"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
	"github.com/k9mil/velocitas/sim/capacity"
)

// planFlags are the flags of plan beside objectives.
type planFlags struct {
	outFlags
	rate, peak   string
	confidence   string
	survive, max int
	replications int
	percentiles  string
	shown        []percentile // beside the objectives
}

// planOverrides are the overrides that a plan can take: not the load and the
// number of instances, which it is asked for and answers.
var planOverrides = []string{"keys", "cpus", "cores", "policy", "seed", "profile", "duration"}

func newPlan() *cobra.Command {
	var f planFlags
	c := &cobra.Command{
		Use:   "plan [SCENARIO] [--rate RATE] [--p99 LATENCY]",
		Short: "Find the smallest number of instances that keeps objectives",
		Long: "Find the smallest number of instances that keeps all objectives: at the rate, at the peak, and when instances\n" +
			"stop. Each is simulated by itself and must keep the objectives on average and in the share of runs that --confidence\n" +
			"asks for, with a backlog that does not grow. A run is ten times as long as the scenario's, or less where it has\n" +
			"very many requests; --duration says how long. A loss stops the first instances while all are at work, as when\n" +
			"their containers die: what is inside is lost, nginx finds out by failing, and the objectives hold for the time of\n" +
			"the scenario's duration from then on. The answer is confirmed by runs with other random numbers, and smaller\n" +
			"numbers are excluded by their capacity or by simulation. The exit code is 3 if no number does.",
		Example: "  velocitas plan --rate 10 --p99 3s --peak 2x --survive 1\n  velocitas plan textbook --rate 800 --p95 40ms",
		Args:    arguments(0, 1, "at most one scenario"),
		RunE: func(c *cobra.Command, args []string) error {
			q, err := planQuestion(c, args, f)
			if err != nil {
				return err
			}
			if err := f.settle(c); err != nil {
				return err
			}
			if f.shown, err = parseStated(f.percentiles); err != nil {
				return err
			}
			f.shown = beside(f.shown, q.Objectives)
			return runPlan(c.Context(), q, f, c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	takesScenario(c)
	addMemory(c)
	addOverrides(c, planOverrides...)
	c.Flags().StringVar(&f.rate, "rate", "", "requests a second, all instances together; by default what the scenario says")
	c.Flags().StringVar(&f.peak, "peak", "", `keep them at so many times the rate, too, such as "3x"`)
	c.Flags().IntVar(&f.survive, "survive", 0, "keep them, too, when so many instances stop at the same time")
	c.Flags().IntVar(&f.max, "max", 200, "instances at most")
	c.Flags().StringVar(&f.confidence, "confidence", "95%", "share of runs that have to keep the objectives, each by itself")
	c.Flags().IntVar(&f.replications, "replications", 0, "runs of each case at most; 0 is 10 to 100, by how many requests they have")
	addPercentiles(c, &f.percentiles)
	f.add(c, "answer", "the answer and its picture")
	addObjectives(c)
	return c
}

// planQuestion reads all that the command line asks.
func planQuestion(c *cobra.Command, args []string, f planFlags) (q capacity.Question, err error) {
	q.Survive, q.Max, q.Replications = f.survive, f.max, f.replications
	if f.rate != "" {
		if q.RateRps, err = capacity.ParseRate(f.rate); err != nil {
			return q, usage("--rate: %v", err)
		}
	}
	if q.Peak, err = parsePeak(f.peak); err != nil {
		return q, err
	}
	if q.Confidence, err = parseConfidence(f.confidence); err != nil {
		return q, err
	}
	if f.replications != 0 && (f.replications < leastRuns || f.replications > mostRuns) {
		return q, usage("--replications: wants %d to %d runs, not %d", leastRuns, mostRuns, f.replications)
	}
	if f.max < 1 || f.max > 10_000 {
		return q, usage("--max: wants 1 to 10000 instances, not %d", f.max)
	}
	if f.survive < 0 || f.survive >= f.max {
		return q, usage("--survive: wants 0 to %d instances, fewer than --max, not %d", f.max-1, f.survive)
	}
	if q.In, err = scenarioInput(c, args, planOverrides...); err != nil {
		return q, err
	}
	if q.RateRps == 0 {
		q.RateRps = statedRate(q.In.Scenario)
	}
	if q.RateRps == 0 {
		return q, usage(`--rate is missing: wants requests per second, such as "--rate 800"`)
	}
	if q.Objectives, err = objectives(c, q.In.Scenario); err != nil {
		return q, err
	}
	if len(q.Objectives) == 1 {
		return q, usage(`an objective is missing: give a latency, such as "--p99 250ms"`)
	}
	if c.Flags().Changed("duration") {
		q.Window = q.In.Scenario.Duration.Std()
	}
	if err := q.Check(); err != nil {
		return q, input(err)
	}
	return q, nil
}

// statedRate is the rate that a scenario's objectives are for, or else the one
// that it asks for, in requests per second; 0 is none.
func statedRate(s *scenarios.Scenario) float64 {
	for _, o := range s.Objectives {
		if o.RateRps > 0 {
			return o.RateRps
		}
	}
	return s.Load.Rate
}

// Fewer runs say nothing of a share of them.
const leastRuns, mostRuns = 4, 10_000

// parseConfidence reads a share of runs.
func parseConfidence(text string) (float64, error) {
	digits, percent := strings.CutSuffix(text, "%")
	v, err := strconv.ParseFloat(digits, 64)
	if percent {
		v /= 100
	}
	if err != nil || !(v > 0) || v >= 1 {
		return 0, usage(`--confidence: wants a share of runs from above 0 to below 100%%, such as "95%%" or "0.95", not %s`, strict.Quote(text))
	}
	return v, nil
}

// parsePeak reads how many times the rate the peak is; "" is none.
func parsePeak(text string) (float64, error) {
	if text == "" {
		return 0, nil
	}
	v, err := strconv.ParseFloat(strings.TrimSuffix(text, "x"), 64)
	if err != nil || !(v > 1) || v > 1000 {
		return 0, usage(`--peak: wants how many times the rate, above 1 and up to 1000, such as "3x", not %s`, strict.Quote(text))
	}
	return v, nil
}

func runPlan(ctx context.Context, q capacity.Question, f planFlags, stdout, stderr io.Writer) error {
	undo, err := prepareReport(f.out)
	if err != nil {
		return err
	}
	show, finish := progress(stderr, f.quiet)
	q.In.Progress = show
	a, err := capacity.Plan(ctx, q)
	finish()
	if err = stopped(ctx, err); err != nil {
		undo()
		return err
	}
	files, unwritten := writePlan(f, q, a)
	if unwritten != nil {
		undo()
	}
	p := f.page()
	if f.json {
		data, err := model.Encode(a)
		if err != nil {
			return err
		}
		p.result.Write(data)
	} else {
		printPlan(p, q, a, f.shown)
		if !f.quiet {
			writeFiles(p, files)
		}
	}
	if err := errors.Join(p.print(stdout, stderr), unwritten); err != nil {
		return err
	}
	if a.Instances == 0 {
		return &exitError{exitMissed, fmt.Errorf("no number of instances up to %d keeps the objectives: %s", q.Max, a.Limit)}
	}
	return nil
}

// printPlan writes the answer, the rows around it, and the sentences.
func printPlan(w io.Writer, q capacity.Question, a *capacity.Answer, shown []percentile) {
	fmt.Fprintf(w, "%s\n\n", wrap(headline(q, a), "  "))
	if len(a.Rows) > 0 {
		writePlanTable(w, q, a, shown)
		fmt.Fprintln(w)
	}
	say := func(what, text string) {
		if text != "" {
			fmt.Fprintln(w, wrap(what+": "+text, "  "))
		}
	}
	say(fmt.Sprintf("Kept over %s each", seconds(a.RunS)), a.Evidence)
	if a.Instances > 1 {
		say("Not fewer because", a.Limit)
	}
	if a.Instances > 1 || !a.Pointless {
		say("Other numbers", exclusions(a))
	}
	say("Doubt", doubt(a))
	if a.Instances > 0 && len(a.Helps) > 0 {
		say(fmt.Sprintf("%d would do with", a.HelpsAt), strings.Join(a.Helps, "; or "))
	}
	if text := statedCosts(q.In); text != "" {
		fmt.Fprintln(w, wrap(text, "  "))
	}
	r := a.RuleOfThumb
	say("Rule of thumb", fmt.Sprintf("%s, at 70 %% of %s/s each; %s", instanceWords(r.Instances), short(r.InstanceRps), r.Reason))
	if len(a.Warnings) > 0 {
		fmt.Fprintln(w)
	}
	for _, text := range a.Warnings {
		say("warning", text)
	}
}

func seconds(s float64) string { return time.Duration(s * 1e9).String() }

// exclusions says how the numbers below the answer were excluded.
func exclusions(a *capacity.Answer) string {
	var parts []string
	for _, e := range a.Excluded {
		who := strconv.Itoa(e.From)
		if e.To > e.From {
			who += " to " + strconv.Itoa(e.To)
		}
		switch e.How {
		case "bound":
			parts = append(parts, who+" cannot, by capacity alone")
		case "simulation":
			parts = append(parts, who+" simulated, missed")
		case "in steps":
			parts = append(parts, who+" simulated in steps, missed by all that were")
		default:
			parts = append(parts, who+" not looked at")
		}
	}
	if len(parts) > 6 {
		parts = append(parts[:5], fmt.Sprintf("and so on in %d more stretches, see --json", len(parts)-5))
	}
	return strings.Join(parts, "; ")
}

// doubt says which numbers below the answer may do.
func doubt(a *capacity.Answer) string {
	if a.Doubt == nil {
		return ""
	}
	who := fmt.Sprintf("%d to %d keep", a.Doubt.Lo, a.Doubt.Hi-1)
	if a.Doubt.Lo == a.Doubt.Hi-1 {
		who = fmt.Sprintf("%d keeps", a.Doubt.Lo)
	}
	return fmt.Sprintf("%s the objectives on average, or so nearly that it cannot be told, but not in %s %% of runs", who, plainNumber(rounded(100*a.Confidence)))
}

// headline is the answer in a sentence.
func headline(q capacity.Question, a *capacity.Answer) string {
	at := []string{fmt.Sprintf("at %s/s", plainNumber(q.RateRps))}
	if q.Peak > 1 {
		at = append(at, fmt.Sprintf("at %s/s", plainNumber(q.RateRps*q.Peak)))
	}
	switch {
	case q.Survive == 1:
		at = append(at, "when one of them stops")
	case q.Survive > 1:
		at = append(at, fmt.Sprintf("when %d of them stop", q.Survive))
	}
	if a.Instances == 0 {
		return noneHeadline(a, listed(at))
	}
	who := fmt.Sprintf("%d instances keep", a.Instances)
	if a.Instances == 1 {
		who = "1 instance keeps"
	}
	return fmt.Sprintf("%s: %s %s %s, in %s %% of runs of %s", a.Name, who, listed(a.Objectives), listed(at),
		plainNumber(rounded(100*a.Confidence)), seconds(a.RunS))
}

// noneHeadline says that there is no answer, why, and what would help.
func noneHeadline(a *capacity.Answer, at string) string {
	who := fmt.Sprintf("No number of instances up to %d keeps", a.Max)
	if a.Pointless {
		who, at = "No number of instances keeps", at+", and more are pointless"
	}
	text := fmt.Sprintf("%s: %s %s %s: %s", a.Name, who, listed(a.Objectives), at, a.Limit)
	if len(a.Helps) > 0 {
		text += ". What would help: " + strings.Join(a.Helps, "; ")
	}
	return text
}

func rounded(v float64) float64 { return math.Round(v*1e6) / 1e6 }

func plainNumber(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

func writePlanTable(w io.Writer, q capacity.Question, a *capacity.Answer, shown []percentile) {
	t := table{{"instances", ""}, {"case", ""}, {"rate", "1/s"}}
	for _, o := range q.Objectives {
		unit := "ms"
		if o.Metric == capacity.Errors {
			unit = "%"
		}
		t = append(t, column{string(o.Metric), unit})
	}
	for _, p := range shown {
		t = append(t, column{p.name, "ms"})
	}
	t = append(t, column{"busy", "%"}, column{"nginx", "%"}, column{"host", "%"}, column{"kept in", ""}, column{"kept", ""})
	g := t.start()
	for i := range a.Rows {
		for j := range a.Rows[i].Cases {
			c := &a.Rows[i].Cases[j]
			g.row(caseLimit(c), planCells(q, shown, a.Rows[i].Instances, c)...)
		}
	}
	g.write(w)
}

func planCells(q capacity.Question, shown []percentile, n int, c *capacity.Case) []cell {
	cells := []cell{plainCell(strconv.Itoa(n)), plainCell(c.Case), plainCell(short(c.RateRps))}
	p := model.Point{LatencyMs: c.LatencyMs, Errors: model.Errors{Rate: c.ErrorRate}}
	for _, o := range q.Objectives {
		if o.Metric == capacity.Errors {
			cells = append(cells, plainCell(rare(c.ErrorRate.Value)))
			continue
		}
		cells = append(cells, estimateCell(o.Of(&p)))
	}
	for _, other := range shown {
		cells = append(cells, estimateCell(other.of(&p)))
	}
	u := c.Utilisation
	return append(cells, plainCell(percent(u.Instances.Value)), plainCell(percent(u.Balancer.Value)), plainCell(percent(u.Host.Value)),
		plainCell(fmt.Sprintf("%d of %d", c.KeptIn, c.Replications)), plainCell(keptText(c)))
}

// keptText is whether a case is kept, and where its runs do not tell that for sure,
// what they speak for.
func keptText(c *capacity.Case) string {
	switch {
	case c.Kept && c.InDoubt:
		return "likely"
	case c.Kept:
		return "yes"
	case c.InDoubt:
		return "not sure"
	}
	return "no"
}

func caseLimit(c *capacity.Case) string {
	return limit(&model.Point{Limit: c.Limit, Verdict: c.Verdict}, true)
}
