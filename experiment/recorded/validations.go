package recorded

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/k9mil/velocitas/experiment"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/model/stats"
)

// Validation is a run of velocitas live --validate, as it was written.
type Validation struct {
	// Name is the run's folder.
	Name string
	experiment.Report

	profile *model.Profile
}

// ReadValidations reads all runs of a folder, in order of their names. A run
// has a folder of its own with one file that ends in -validation.json and one
// that ends in -profile.json.
func ReadValidations(dir string) ([]*Validation, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*", "*-validation.json"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s: no run with a file *-validation.json", dir)
	}
	var all []*Validation
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		v := &Validation{Name: filepath.Base(filepath.Dir(file))}
		if err := json.Unmarshal(data, &v.Report); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		if v.profile, err = model.LoadProfile(context.Background(), strings.TrimSuffix(file, "-validation.json")+"-profile.json"); err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, nil
}

// Again predicts the run's unseen sizes with the simulator as it is now.
func (v *Validation) Again(ctx context.Context, predict experiment.Predictor) (*Validation, error) {
	now := *v
	var err error
	now.Rows, now.Mechanism, err = experiment.Again(ctx, predict, v.Measured, v.profile, v.Calibrated)
	return &now, err
}

// Median is that of the size of the errors of a metric.
func Median(rows []experiment.Row, metric string) float64 {
	var errors []float64
	for _, r := range rows {
		if r.Metric == metric {
			errors = append(errors, math.Abs(r.Error))
		}
	}
	return stats.Median(errors)
}

// LiveMetrics are the figures of a Validation, in order.
var LiveMetrics = []string{"throughput", "p50", "p95", "p99"}

// ValidationTables are the tables of docs/research/accuracy.md about such runs: one with
// the median errors of all, and for each run the error of each size, signed, and
// that of the baselines.
func ValidationTables(all []*Validation) string {
	var b strings.Builder
	b.WriteString("| median error | full: " + strings.Join(LiveMetrics, " | ") + " | mechanism: " + strings.Join(LiveMetrics, " | ") +
		" | inside, full |\n|---|" + strings.Repeat("--:|", 2*len(LiveMetrics)+1) + "\n")
	for _, v := range all {
		v.line(&b)
	}
	b.WriteString("\n")
	for _, v := range all {
		v.table(&b)
	}
	return b.String()
}

// line is a run's median errors.
func (v *Validation) line(b *strings.Builder) {
	fmt.Fprintf(b, "| %s |", v.Name)
	for _, rows := range [][]experiment.Row{v.Rows, v.Mechanism} {
		for _, metric := range LiveMetrics {
			fmt.Fprintf(b, " %s |", percent(Median(rows, metric)))
		}
	}
	inside := 0
	for _, r := range v.Rows {
		if r.Inside {
			inside++
		}
	}
	fmt.Fprintf(b, " %d of %d |\n", inside, len(v.Rows))
}

func (v *Validation) table(b *strings.Builder) {
	var sizes []int
	for _, r := range v.Rows {
		if r.Metric == LiveMetrics[0] {
			sizes = append(sizes, r.Instances)
		}
	}
	fmt.Fprintf(b, "**%s**\n\n| figure | error |", v.Name)
	for _, n := range sizes {
		fmt.Fprintf(b, " %d instances |", n)
	}
	b.WriteString(" noise floor | inside | straight line | USL | M/M/c |\n|---|---|" + strings.Repeat("--:|", len(sizes)+5) + "\n")
	for _, metric := range LiveMetrics {
		for _, side := range []struct {
			name string
			rows []experiment.Row
		}{{"full", v.Rows}, {"mechanism", v.Mechanism}} {
			fmt.Fprintf(b, "| %s | %s |%s", metric, side.name, cells(side.rows, metric))
			for _, method := range []string{"straight line", "USL", "M/M/c"} {
				said := "–"
				if side.name == "full" {
					said = v.baseline(method, metric)
				}
				fmt.Fprintf(b, " %s |", said)
			}
			b.WriteString("\n")
		}
	}
	b.WriteString("\n")
}

// cells are a metric's error for each size, the median noise floor and how
// many measured values lie inside the predicted interval.
func cells(rows []experiment.Row, metric string) string {
	var b strings.Builder
	var floors []float64
	inside := 0
	for _, r := range rows {
		if r.Metric != metric {
			continue
		}
		fmt.Fprintf(&b, " %s |", signed(r.Error))
		floors = append(floors, r.Floor)
		if r.Inside {
			inside++
		}
	}
	fmt.Fprintf(&b, " %s | %d of %d |", percent(stats.Median(floors)), inside, len(floors))
	return b.String()
}

// baseline is its error for each size.
func (v *Validation) baseline(method, metric string) string {
	var said []string
	for _, b := range v.Baselines {
		if b.Method == method && b.Metric == metric {
			said = append(said, signed(b.Error))
		}
	}
	if said == nil {
		return "–"
	}
	return strings.Join(said, ", ")
}

// signed writes a relative error in percent.
func signed(x float64) string {
	return strings.Replace(fmt.Sprintf("%+.1f %%", 100*x), "-", "−", 1)
}
