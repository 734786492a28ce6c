package cmd

import (
	"cmp"
	"fmt"
	"io"
	"strconv"

	"github.com/k9mil/velocitas/experiment"
	"github.com/k9mil/velocitas/model"
)

// writeLiveTable writes a line for each metric of each size, predicted beside
// measured.
func writeLiveTable(w io.Writer, rows []experiment.Row) {
	t := table{{"instances", ""}, {"", ""}, {"predicted", ""}, {"measured", ""}, {"error", "%"}, {"noise floor", "%"}, {"in interval", ""}}.start()
	last := 0
	for _, r := range rows {
		size, word := "", ""
		if r.Instances != last {
			size, word = fmt.Sprint(r.Instances), string(r.Limit)
			if r.PredictedLimit != r.Limit {
				word = fmt.Sprintf("%s (predicted: %s)", r.Limit, r.PredictedLimit)
			}
			last = r.Instances
		}
		inside := "no"
		if r.Inside {
			inside = "yes"
		}
		t.row(word, plainCell(size), plainCell(r.Metric+" "+r.Unit), vagueCell(r.Predicted), vagueCell(r.Measured),
			plainCell(signed(r.Error)), plainCell(floor(r.Floor)), plainCell(inside))
	}
	t.write(w)
}

// vagueCell is an estimate that may rest on so few rounds that its interval says
// nothing: then how wide it is does not matter.
func vagueCell(e model.Estimate) cell {
	if max(e.Hi-e.Value, e.Value-e.Lo) > e.Value {
		return cell{value: short(e.Value), reach: ">" + short(e.Value), exact: &e, bounded: true}
	}
	return estimateCell(e)
}

// signed is a relative error in percent.
func signed(share float64) string {
	return fmt.Sprintf("%+.1f", 100*share)
}

func floor(share float64) string { return strconv.FormatFloat(100*share, 'f', 1, 64) }

// writeValidation writes the full error, the mechanism's, and the baselines.
func writeValidation(w io.Writer, v *experiment.Validation) {
	fmt.Fprintf(w, "Calibrated on %s before the others were measured; profile %s\n\n", instances(v.Calibrated), v.Profile.Digest())
	fmt.Fprintln(w, "Full error: everything from the calibrated sizes")
	writeLiveTable(w, v.Rows)
	writeSummary(w, experiment.Summarise(v.Rows))
	fmt.Fprintln(w, "\nMechanism error: the CPU time of a request from the run that is predicted")
	writeLiveTable(w, v.Mechanism)
	writeSummary(w, experiment.Summarise(v.Mechanism))
	fmt.Fprintln(w, "\nBaselines fitted on the same sizes")
	writeBaselines(w, v.Baselines)
	fmt.Fprintln(w)
}

// writeBaselines writes a line for each method and size, with the error of each
// metric; what a method says nothing about is left open.
func writeBaselines(w io.Writer, all []experiment.Baseline) {
	metrics := []string{"throughput", "mean", "p50", "p95", "p99"}
	head := table{{"instances", ""}}
	for _, metric := range metrics {
		head = append(head, column{metric + " error", "%"})
	}
	t := head.start()
	for len(all) > 0 {
		of := all[0]
		errors := map[string]string{}
		for len(all) > 0 && all[0].Method == of.Method && all[0].Instances == of.Instances {
			errors[all[0].Metric] = signed(all[0].Error)
			all = all[1:]
		}
		cells := []cell{plainCell(fmt.Sprint(of.Instances))}
		for _, metric := range metrics {
			cells = append(cells, plainCell(cmp.Or(errors[metric], "-")))
		}
		t.row(of.Method, cells...)
	}
	t.write(w)
}

func writeSummary(w io.Writer, all []experiment.Summary) {
	for _, s := range all {
		fmt.Fprintf(w, "  %-10s median %s %%, worst %s %%, noise floor %s %%, %d of %d inside the interval\n",
			s.Metric, floor(s.Median), floor(s.Worst), floor(s.Floor), s.Inside, s.Of)
	}
}
