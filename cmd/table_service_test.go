package cmd

import (
	"bytes"
	"strings"
	"testing"

	"github.com/k9mil/velocitas/model"
)

// A service in steps is shown at its telling sizes, in every format, within 80
// columns; a curve without classes gets nothing.
func TestServiceTables(t *testing.T) {
	point := func(n int, limit model.Limit, pool float64) model.Point {
		return model.Point{Instances: n, ThroughputRps: model.Exactly(100), Limit: limit,
			Classes: []model.ClassPoint{{Class: "list", ThroughputRps: model.Exactly(80), LatencyMs: model.Latency{P50: model.Exactly(12.5), P95: model.Exactly(40), P99: model.Exactly(80)}, ErrorRate: model.Exactly(0.02)},
				{Class: "buy", ErrorRate: model.Exactly(1)}},
			Held: []model.Held{{What: "pool", Name: "db", Utilisation: model.Exactly(pool)}, {What: "tier", Name: "free"}},
			Breakdown: &model.Breakdown{Parts: []model.BreakdownPart{{Part: "computing", MeanMs: 4.5, SlowestMs: 9},
				{Part: "waiting for a connection", MeanMs: 8, SlowestMs: 71}}}}
	}
	c := &model.Curve{Points: []model.Point{point(1, model.LimitCPULimit, 0.5), point(2, model.LimitCPULimit, 0.6), point(3, "pool db", 0.95), point(4, "pool db", 0.99)}}
	print := func(format string) string {
		p := &page{format: format, width: 80}
		writeService(p, c)
		var out, aside bytes.Buffer
		if err := p.print(&out, &aside); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	text := print(asTable)
	golden(t, "testdata/table_service.golden", []byte(text))
	for _, line := range strings.Split(text, "\n") {
		if columnsOf(line) > 80 {
			t.Errorf("wider than 80 columns: %s", line)
		}
	}
	for format, want := range map[string]string{
		asCSV:      "with 1 (mean ms),with 1 (slow ms),with 3 (mean ms),with 3 (slow ms),with 4 (mean ms),with 4 (slow ms),part\n4.5,9,4.5,9,4.5,9,computing\n",
		asMarkdown: "| 50 | 95 | 99 | pool db |",
	} {
		if got := print(format); !strings.Contains(got, want) {
			t.Errorf("%s: without %q:\n%s", format, want, got)
		}
	}
	for i := range c.Points {
		c.Points[i].Classes = nil
	}
	if got := print(asTable); got != "" {
		t.Errorf("a curve without classes: %q", got)
	}
}
