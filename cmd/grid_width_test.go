package cmd

import (
	"bytes"
	"strings"
	"testing"

	"github.com/k9mil/velocitas/model"
)

// wideGrid has what a table of an open or closed load has at its widest.
func wideGrid(names ...string) *grid {
	g := table{{"instances", ""}, {"what if", ""}, {"throughput", "1/s"}, {"efficiency", "%"}, {"p50", "ms"}, {"p95", "ms"}, {"p99", "ms"},
		{"busy", "%"}, {"nginx", "%"}, {"host", "%"}, {"errors", "%"}}.start()
	e := estimateCell(model.Estimate{Value: 1185, Lo: 600, Hi: 1700})
	for _, name := range names {
		g.row("failures: client timeout, collapse", plainCell("1"), plainCell(name), e, plainCell("93"), e, e, e,
			plainCell("100"), plainCell("3"), plainCell("41"), plainCell("29.5"))
	}
	return g
}

// What is least important goes first: the host, nginx and efficiency before any
// quantile, and quantiles last of all.
func TestQuantilesStay(t *testing.T) {
	var out bytes.Buffer
	wideGrid("a").textWithin(&out, 80)
	for _, want := range []string{"throughput", "p50", "p95", "p99", "errors", "limit"} {
		if heading, _, _ := strings.Cut(out.String(), "\n"); !strings.Contains(heading, want) {
			t.Errorf("no %s in\n%s", want, out.String())
		}
	}
}

// A table fits however long the names in it are, and loses none of their letters.
func TestLongNames(t *testing.T) {
	for _, name := range []string{"policy=round_robin (baseline)", strings.Repeat("x", 200), "balancer.next_upstream=[error,timeout,http_503]"} {
		var out bytes.Buffer
		wideGrid(name, "b").textWithin(&out, 80)
		for _, line := range strings.Split(out.String(), "\n") {
			if columnsOf(line) > 80 {
				t.Errorf("%d columns: %s", columnsOf(line), line)
			}
		}
		if got := strings.Join(broken(name, 16), ""); got != strings.ReplaceAll(name, " ", "") {
			t.Errorf("%s is broken into %s", name, got)
		}
	}
}
