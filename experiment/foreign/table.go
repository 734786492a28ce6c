package foreign

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"strings"
)

// printed are the baselines that the table has, in order.
var printed = []struct{ key, name string }{
	{"own cpu", "a simulator of 169 lines, the run's own CPU time"},
	{"all", "the same, calibrated"},
	{"mva+host", "exact MVA, cut at the host's cores"},
	{"mmc", "M/M/c"},
	{"usl", "Universal Scalability Law (closed loads alone)"},
	{"line", "straight line (closed loads alone)"},
}

// Table is the summary and every row as Markdown.
func Table(rows []Row, baselines ...map[string][3]float64) string {
	const cores = 2
	sum := Summarise(rows, cores)
	var b strings.Builder
	fmt.Fprintf(&b, "| median error over %d unseen runs | throughput | p50 | p95 | p99 |\n|---|--:|--:|--:|--:|\n", len(rows))
	line := func(name string, e [4]float64) {
		fmt.Fprintf(&b, "| %s | %.1f %% | %.1f %% | %.1f %% | %.1f %% |\n", name, 100*e[0], 100*e[1], 100*e[2], 100*e[3])
	}
	line("velocitas, the run's own CPU time", sum.Mechanism)
	line("velocitas, calibrated", sum.Full)
	line("a right model, calibrated, by chance", sum.Chance)
	all := map[string][3]float64{}
	for _, some := range baselines {
		maps.Copy(all, some)
	}
	for _, p := range printed {
		if e, ok := all[p.key]; ok {
			fmt.Fprintf(&b, "| %s | %.0f %% | %.0f %% | %.0f %% | |\n", p.name, e[0], e[1], e[2])
		}
	}
	fmt.Fprintf(&b, "\n%d of %d figures lie inside their 95 %% interval; the limiting part is right in %d of %d runs.\n\n", sum.Inside, sum.Figures, sum.Limits, sum.Rows)
	b.WriteString("| run | limited by | said | throughput 1/s | p50 ms | p95 ms | p99 ms |\n|---|---|---|--:|--:|--:|--:|\n")
	for _, r := range rows {
		fmt.Fprintf(&b, "| %s | %s | %s |", r.Block.Name(), r.Block.Limit(cores), r.Full.Limit)
		for i, f := range r.Block.figures() {
			fmt.Fprintf(&b, " %.3g: %s, %s |", f, off(r.Mechanism.Figures[i], f), off(r.Full.Figures[i], f))
		}
		b.WriteString("\n")
	}
	return b.String()
}

// off is a prediction's error.
func off(predicted, measured float64) string {
	return fmt.Sprintf("%+.0f %%", math.Round(100*(predicted/measured-1)))
}

// Report is the table of the recorded runs in dir, beside the baselines there.
func Report(ctx context.Context, dir string) (string, error) {
	e, err := ReadEvidence(dir)
	if err != nil {
		return "", err
	}
	var baselines []map[string][3]float64
	for _, name := range []string{"baselines.txt", "simple.txt"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return "", err
		}
		some, err := Baselines(bytes.NewReader(text))
		if err != nil {
			return "", err
		}
		baselines = append(baselines, some)
	}
	rows, err := e.Evaluate(ctx)
	if err != nil {
		return "", err
	}
	return Table(rows, baselines...), nil
}
