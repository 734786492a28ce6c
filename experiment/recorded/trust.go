package recorded

import (
	"bufio"
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/k9mil/velocitas/experiment"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/model/stats"
)

// TrustTable is the table of docs/trust.md: median errors of the runs of the
// command by kind of load, beside what they would be by chance and the noise
// floor. dir has the runs with events, of which only the printed table was kept.
func TrustTable(all []*Validation, dir string) (string, error) {
	var closed, open []*Validation
	for _, v := range all {
		if strings.HasPrefix(v.Name, "open") {
			open = append(open, v)
		} else {
			closed = append(closed, v)
		}
	}
	events, err := printedRuns(filepath.Join(dir, "slow-instance*", "output.txt"))
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("| load | runs | throughput | p50 | p95 | p99 | in the 95 % interval |\n|---|--:|--:|--:|--:|--:|--:|\n")
	for _, kind := range []struct {
		name string
		runs []*Validation
	}{
		{"closed: clients wait for their answers", closed},
		{"open: a rate, whatever the answers do", open},
		{"event: an instance at a quarter of its speed for a while", events},
	} {
		var rows []experiment.Row
		for _, v := range kind.runs {
			rows = append(rows, v.Rows...)
		}
		inside := 0
		for _, r := range rows {
			if r.Inside {
				inside++
			}
		}
		fmt.Fprintf(&b, "| %s | %d |", kind.name, len(kind.runs))
		for _, metric := range LiveMetrics {
			fmt.Fprintf(&b, " %s |", trustCell(rows, metric))
		}
		fmt.Fprintf(&b, " %d of %d |\n", inside, len(rows))
	}
	return b.String(), nil
}

// trustCell is the median error of a metric, what it would be by chance, and the
// noise floor.
func trustCell(rows []experiment.Row, metric string) string {
	var errs, chances, floors []float64
	for _, r := range rows {
		if r.Metric == metric {
			errs, chances, floors = append(errs, math.Abs(r.Error)), append(chances, experiment.ByChance(r.Predicted)), append(floors, r.Floor)
		}
	}
	return fmt.Sprintf("**%s** / %s / %s", percent(stats.Median(errs)), percent(stats.Median(chances)), percent(stats.Median(floors)))
}

// printed is a line of the table that velocitas live prints.
var printed = regexp.MustCompile(`(throughput|p50|p95|p99) \S+ +([0-9.]+) ± +(>?)([0-9.]+) +([0-9.]+) ± +>?[0-9.]+ +([+-][0-9.]+) +([0-9.]+) +(yes|no)`)

// printedRuns reads the tables in files of what was printed.
func printedRuns(pattern string) ([]*Validation, error) {
	files, err := filepath.Glob(pattern)
	if err != nil {
		return nil, err
	}
	var all []*Validation
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		v := &Validation{Name: filepath.Base(filepath.Dir(file))}
		for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); {
			if m := printed.FindStringSubmatch(lines.Text()); m != nil {
				v.Rows = append(v.Rows, printedRow(m))
			}
		}
		if len(v.Rows) == 0 {
			return nil, fmt.Errorf("%s: no table of predicted and measured figures", file)
		}
		all = append(all, v)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s: no such file", pattern)
	}
	return all, nil
}

// printedRow is one line. An interval wider than its value reaches down to nothing.
func printedRow(m []string) experiment.Row {
	number := func(i int) float64 {
		x, _ := strconv.ParseFloat(m[i], 64) // the pattern lets numbers through only
		return x
	}
	value, half := number(2), number(4)
	lo := math.Max(value-half, value/100)
	if m[3] != "" {
		lo = value / 100
	}
	return experiment.Row{Metric: m[1], Predicted: model.Estimate{Value: value, Lo: lo, Hi: value + half},
		Measured: model.Exactly(number(5)), Error: number(6) / 100, Floor: number(7) / 100, Inside: m[8] == "yes"}
}
