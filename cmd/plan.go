package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/model/strict"
	"github.com/k9mil/velocitas/scenarios"
	"github.com/k9mil/velocitas/sim/capacity"
)

// planFlags are the flags of plan beside objectives.
type planFlags struct {
	outFlags
	rate, peak   string
	survive, max int
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
			"stop. Each is simulated by itself and must keep the objectives on average over its replications, with a backlog\n" +
			"that does not grow. A loss stops the first instances while all are at work, as when their containers die: what\n" +
			"is inside is lost, nginx finds out by failing, and the objectives hold for the time of the scenario's duration\n" +
			"from then on. A replication lasts for the scenario's duration. The exit code is 3 if no number does.",
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
	f.add(c, "answer", "the answer and its picture")
	addObjectives(c)
	return c
}

// planQuestion reads all that the command line asks.
func planQuestion(c *cobra.Command, args []string, f planFlags) (q capacity.Question, err error) {
	q.Survive, q.Max = f.survive, f.max
	if f.rate != "" {
		if q.RateRps, err = capacity.ParseRate(f.rate); err != nil {
			return q, usage("--rate: %v", err)
		}
	}
	if q.Peak, err = parsePeak(f.peak); err != nil {
		return q, err
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
		printPlan(p, q, a)
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
func printPlan(w io.Writer, q capacity.Question, a *capacity.Answer) {
	fmt.Fprintf(w, "%s\n\n", wrap(headline(q, a), "  "))
	if len(a.Rows) > 0 {
		writePlanTable(w, q, a)
		fmt.Fprintln(w)
	}
	say := func(what, text string) {
		if text != "" {
			fmt.Fprintln(w, wrap(what+": "+text, "  "))
		}
	}
	say(fmt.Sprintf("Kept over %v each", q.In.Scenario.Duration), a.Evidence)
	if a.Instances > 0 {
		say("Not fewer because", a.Limit)
	} else {
		say("None because", a.Limit)
	}
	if text := statedCosts(q.In); text != "" {
		fmt.Fprintln(w, wrap(text, "  "))
	}
	r := a.RuleOfThumb
	say("Rule of thumb", fmt.Sprintf("%d instances, at 70 %% of %s/s each; %s", r.Instances, short(r.InstanceRps), r.Reason))
	if len(a.Warnings) > 0 {
		fmt.Fprintln(w)
	}
	for _, text := range a.Warnings {
		say("warning", text)
	}
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
	who := fmt.Sprintf("%d instances keep", a.Instances)
	switch a.Instances {
	case 0:
		who = fmt.Sprintf("No number of instances up to %d keeps", q.Max)
	case 1:
		who = "1 instance keeps"
	}
	return fmt.Sprintf("%s: %s %s %s", a.Name, who, listed(a.Objectives), listed(at))
}

func plainNumber(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

func writePlanTable(w io.Writer, q capacity.Question, a *capacity.Answer) {
	t := table{{"instances", ""}, {"case", ""}, {"rate", "1/s"}}
	for _, o := range q.Objectives {
		unit := "ms"
		if o.Metric == capacity.Errors {
			unit = "%"
		}
		t = append(t, column{string(o.Metric), unit})
	}
	t = append(t, column{"busy", "%"}, column{"nginx", "%"}, column{"host", "%"}, column{"kept in", ""}, column{"kept", ""})
	g := t.start()
	for i := range a.Rows {
		for j := range a.Rows[i].Cases {
			c := &a.Rows[i].Cases[j]
			g.row(caseLimit(c), planCells(q, a.Rows[i].Instances, c)...)
		}
	}
	g.write(w)
}

func planCells(q capacity.Question, n int, c *capacity.Case) []cell {
	cells := []cell{plainCell(strconv.Itoa(n)), plainCell(c.Case), plainCell(short(c.RateRps))}
	p := model.Point{LatencyMs: c.LatencyMs, Errors: model.Errors{Rate: c.ErrorRate}}
	for _, o := range q.Objectives {
		if o.Metric == capacity.Errors {
			cells = append(cells, plainCell(rare(c.ErrorRate.Value)))
			continue
		}
		cells = append(cells, estimateCell(o.Of(&p)))
	}
	u := c.Utilisation
	kept := "no"
	if c.Kept {
		kept = "yes"
	}
	if c.InDoubt {
		kept += "?"
	}
	return append(cells, plainCell(percent(u.Instances.Value)), plainCell(percent(u.Balancer.Value)), plainCell(percent(u.Host.Value)),
		plainCell(fmt.Sprintf("%d of %d", c.KeptIn, c.Replications)), plainCell(kept))
}

func caseLimit(c *capacity.Case) string {
	return limit(&model.Point{Limit: c.Limit, Verdict: c.Verdict}, true)
}
