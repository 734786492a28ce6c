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

// Of a table that is too wide columns in which nothing changes go first, and its
// words where they are the same in each row: latencies stay.
func TestEvenColumnsGoFirst(t *testing.T) {
	for _, differs := range []bool{false, true} {
		g := table{{"instances", ""}, {"what if", ""}, {"throughput", "1/s"}, {"change", "%"}, {"p50", "ms"}, {"change", "%"},
			{"p95", "ms"}, {"change", "%"}, {"p99", "ms"}, {"change", "%"}, {"errors", "%"}}.start()
		for i, name := range []string{"policy=round_robin (baseline)", "policy=least_conn"} {
			word := "not limited"
			if differs && i == 1 {
				word = "cpu limit"
			}
			p := func(v string) cell { return cell{value: v, reach: "1.2"} }
			g.row(word, plainCell("8"), plainCell(name), p("560"), p("+0.3"), p("14.2"), p("-40.7"), p("62.3"), p("-43.0"), p("93.6"), p("-39.3"), plainCell("0"))
		}
		g.even = []string{"errors", "throughput"}
		var b strings.Builder
		g.textWithin(&b, 80)
		got := b.String()
		if widest(got) > 80 || strings.Contains(strings.Split(got, "\n")[0], "throughput") {
			t.Errorf("in 80 columns:\n%s", got)
		}
		for _, name := range []string{"p95", "p99", "change"} {
			if !strings.Contains(strings.Split(got, "\n")[0], name) {
				t.Errorf("%s is left out:\n%s", name, got)
			}
		}
		if said := strings.Contains(got, "not limited in each row"); said == differs {
			t.Errorf("words that differ %v:\n%s", differs, got)
		}
		if differs != strings.Contains(got, "cpu") {
			t.Errorf("words that differ %v:\n%s", differs, got)
		}
	}
}
