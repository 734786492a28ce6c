package cmd

import (
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/model/compare"
)

// writeCompareTables writes for each curve that is compared with the reference
// what came out in a sentence, what the two are, and a table; and the warnings
// below.
func writeCompareTables(w io.Writer, r compare.Report) {
	for i, a := range r.Others {
		if i > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "%s\n\n", wrap(a.Answer, ""))
		if a.Relation == compare.IsChange {
			writeChange(w, r.Reference, a)
			continue
		}
		fmt.Fprintf(w, "reference: %s (%s, %s)\nother:     %s (%s, %s)\n\n",
			r.Reference.File, r.Reference.Name, r.Reference.Kind, a.Curve.File, a.Curve.Name, a.Curve.Kind)
		writeAgainst(w, a)
		fmt.Fprintln(w)
		for _, s := range a.Summary {
			writeErrorSummary(w, s)
		}
	}
	if len(r.Warnings) > 0 {
		fmt.Fprintln(w)
	}
	for _, text := range r.Warnings {
		fmt.Fprintln(w, wrap("warning: "+text, "  "))
	}
}

// writeChange says what is before and what after, what differs between the two,
// and what changed.
func writeChange(w io.Writer, before compare.Source, a compare.Against) {
	fmt.Fprintf(w, "Before: %s (%s, %s)\nAfter:  %s (%s, %s)\n",
		before.File, before.Name, before.Kind, a.Curve.File, a.Curve.Name, a.Curve.Kind)
	fmt.Fprintf(w, "%s\n\n", wrap(a.WhatDiffers(), "  "))
	writeChanges(w, a)
	fmt.Fprintf(w, "\n%s\n", wrap("Throughput is in requests/s. The intervals hold for all rows together in 95 of 100 comparisons: "+
		"the same system run twice shows a difference in any of them in 5 of 100.", ""))
}

// writeChanges has a line for each metric of each size; errors only where there
// are any.
func writeChanges(w io.Writer, a compare.Against) {
	t := table{{"instances", ""}, {"", ""}, {"before", ""}, {"after", ""}, {"change", "%"}, {"interval", "%"}}.start()
	t.last = "verdict"
	for _, s := range a.Sizes {
		size := fmt.Sprint(s.Instances)
		for _, m := range s.Metrics {
			before, after, change := metricCell(m.Name, m.Reference), metricCell(m.Name, m.Value), "-"
			if m.Name == "errors" {
				if m.Reference.Value == 0 && m.Value.Value == 0 {
					continue
				}
				before, after = rareCell(m.Reference.Value), rareCell(m.Value.Value)
			}
			interval := "-"
			if c := m.Change; c != nil {
				change = optionalPercent("%+.1f", &c.Value)
				if c.Lo < c.Hi {
					interval = optionalPercent("%+.1f", &c.Lo) + " to " + optionalPercent("%+.1f", &c.Hi)
				}
			}
			t.row(string(m.Verdict), plainCell(size), plainCell(changeUnits[m.Name]), before, after, plainCell(change), plainCell(interval))
			size = ""
		}
	}
	t.write(w)
	for _, s := range a.Sizes {
		if s.Limit != s.ReferenceLimit {
			fmt.Fprintf(w, "limit with %s: %s before, %s after\n", instances([]int{s.Instances}), s.ReferenceLimit, s.Limit)
		}
	}
}

// changeUnits leave throughput's to the line below, for the table to be narrow.
var changeUnits = map[string]string{"throughput": "throughput", "p50": "p50 ms", "p95": "p95 ms", "p99": "p99 ms", "errors": "errors %"}

var metricUnits = map[string]string{"throughput": "throughput 1/s", "p50": "p50 ms", "p95": "p95 ms", "p99": "p99 ms"}

// writeAgainst has a line for each metric of each size.
func writeAgainst(w io.Writer, a compare.Against) {
	t := table{{"instances", ""}, {"", ""}, {"reference", ""}, {"other", ""}, {"error", "%"}, {"noise", "%"}, {"in other's interval", ""}, {"in reference's", ""}}.start()
	for _, s := range a.Sizes {
		size, limits := fmt.Sprint(s.Instances), string(s.ReferenceLimit)
		if s.Limit != s.ReferenceLimit {
			limits = fmt.Sprintf("%s (other: %s)", s.ReferenceLimit, s.Limit)
		}
		for _, m := range s.Metrics {
			t.row(limits, plainCell(size), plainCell(metricUnits[m.Name]), metricCell(m.Name, m.Reference), metricCell(m.Name, m.Value),
				plainCell(optionalPercent("%+.1f", m.Error)), plainCell(optionalPercent("%.1f", m.Noise)),
				plainCell(yesNo(m.ReferenceWithin)), plainCell(yesNo(m.ValueWithin)))
			size, limits = "", ""
		}
	}
	t.write(w)
}

func writeErrorSummary(w io.Writer, s compare.Summary) {
	if s.Compared == 0 {
		fmt.Fprintf(w, "%-10s  cannot be compared at any size\n", s.Name)
		return
	}
	within := ""
	if s.Intervals > 0 {
		within = fmt.Sprintf("; reference in the other's interval at %d of %d", s.Within, s.Intervals)
	}
	fmt.Fprintf(w, "%-10s  median error %.1f %%, worst %s %% with %s%s\n", s.Name, 100*s.Median, optionalPercent("%+.1f", &s.Worst), instances([]int{s.WorstAt}), within)
}

// optionalPercent is a fraction in percent, or a dash for none.
func optionalPercent(format string, v *float64) string {
	if v == nil {
		return "-"
	}
	return fmt.Sprintf(format, math.Round(1000**v)/10+0) // +0: no error is not -0
}

func yesNo(v *bool) string {
	switch {
	case v == nil:
		return "-"
	case *v:
		return "yes"
	}
	return "no"
}

// metricCell is a dash for a latency that is not known.
func metricCell(name string, e model.Estimate) cell {
	if strings.HasPrefix(name, "p") {
		return latencyCell(e)
	}
	return estimateCell(e)
}
