package cmd

import (
	"fmt"
	"io"
	"math"
	"strings"

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
	fmt.Fprintf(w, "before: %s (%s, %s)\nafter:  %s (%s, %s)\n",
		before.File, before.Name, before.Kind, a.Curve.File, a.Curve.Name, a.Curve.Kind)
	fmt.Fprintf(w, "%s\n\n", wrap(whatDiffers(a.Differences), "  "))
	writeChanges(w, a)
	fmt.Fprintf(w, "\n%s\n", wrap("The intervals hold for all rows together in 95 of 100 comparisons: "+
		"the same system run twice shows a difference in any of them in 5 of 100.", ""))
}

// whatDiffers lists the keys of two scenarios that differ, with their values.
func whatDiffers(all []compare.Difference) string {
	if len(all) == 0 {
		return "what differs: nothing that was asked, only the run"
	}
	var parts []string
	for _, d := range all {
		parts = append(parts, d.String())
	}
	return "what differs: " + strings.Join(parts, "; ")
}

// writeChanges has a line for each metric of each size; errors only where there
// are any.
func writeChanges(w io.Writer, a compare.Against) {
	t := table{{"instances", ""}, {"", ""}, {"before", ""}, {"after", ""}, {"change", "%"}, {"95 % interval", "%"}, {"verdict", ""}}.start()
	for _, s := range a.Sizes {
		size, limits := fmt.Sprint(s.Instances), string(s.ReferenceLimit)
		if s.Limit != s.ReferenceLimit {
			limits = fmt.Sprintf("%s, then %s", s.ReferenceLimit, s.Limit)
		}
		for _, m := range s.Metrics {
			before, after, change, unit := estimateCell(m.Reference), estimateCell(m.Value), "-", metricUnits[m.Name]
			if m.Name == "errors" {
				if m.Reference.Value == 0 && m.Value.Value == 0 {
					continue
				}
				before, after = plainCell(rare(m.Reference.Value)), plainCell(rare(m.Value.Value))
			}
			interval := "-"
			if c := m.Change; c != nil {
				change = optionalPercent("%+.1f", &c.Value)
				if c.Lo < c.Hi {
					interval = optionalPercent("%+.1f", &c.Lo) + " to " + optionalPercent("%+.1f", &c.Hi)
				}
			}
			t.row(limits, plainCell(size), plainCell(unit), before, after, plainCell(change), plainCell(interval), plainCell(string(m.Verdict)))
			size, limits = "", ""
		}
	}
	t.write(w)
}

var metricUnits = map[string]string{"throughput": "throughput 1/s", "p50": "p50 ms", "p95": "p95 ms", "p99": "p99 ms", "errors": "errors %"}

// writeAgainst has a line for each metric of each size.
func writeAgainst(w io.Writer, a compare.Against) {
	t := table{{"instances", ""}, {"", ""}, {"reference", ""}, {"other", ""}, {"error", "%"}, {"noise", "%"}, {"in other's interval", ""}, {"in reference's", ""}}.start()
	for _, s := range a.Sizes {
		size, limits := fmt.Sprint(s.Instances), string(s.ReferenceLimit)
		if s.Limit != s.ReferenceLimit {
			limits = fmt.Sprintf("%s (other: %s)", s.ReferenceLimit, s.Limit)
		}
		for _, m := range s.Metrics {
			t.row(limits, plainCell(size), plainCell(metricUnits[m.Name]), estimateCell(m.Reference), estimateCell(m.Value),
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
