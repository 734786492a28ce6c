package cmd

import (
	"fmt"
	"io"
	"strings"

	"github.com/k9mil/velocitas/model"
)

// writeTable writes a curve as a table, a line for each number of instances,
// and its warnings below.
func writeTable(w io.Writer, c *model.Curve) {
	base := c.Points[0]
	t := table{{"instances", ""}, {"throughput", "1/s"}, {"efficiency", "%"}, {"p50", "ms"}, {"p95", "ms"}, {"p99", "ms"},
		{"busy", "%"}, {"nginx", "%"}, {"host", "%"}, {"errors", "%"}}.start()
	for i := range c.Points {
		p := &c.Points[i]
		u := &p.Utilisation
		t.row(limit(p),
			plainCell(fmt.Sprint(p.Instances)),
			estimateCell(p.ThroughputRps),
			plainCell(efficiency(&base, p)),
			estimateCell(p.LatencyMs.P50), estimateCell(p.LatencyMs.P95), estimateCell(p.LatencyMs.P99),
			plainCell(percent(u.Instances.Value)), plainCell(percent(u.Balancer.Value)), plainCell(percent(u.Host.Value)),
			plainCell(rare(p.Errors.Rate.Value)))
	}
	t.write(w)
	if base.Instances > 1 && len(c.Points) > 1 {
		fmt.Fprintf(w, "\nefficiency is against %d instances, the smallest number here\n", base.Instances)
	}
	if list := warnings(c); len(list) > 0 {
		fmt.Fprintln(w)
		for _, text := range list {
			fmt.Fprintln(w, wrap("warning: "+text, "  "))
		}
	}
}

// efficiency is throughput against that of as many times the first point.
func efficiency(base, p *model.Point) string {
	each := base.ThroughputRps.Value / float64(base.Instances)
	if each == 0 {
		return "-"
	}
	return fmt.Sprintf("%.0f", 100*p.ThroughputRps.Value/(each*float64(p.Instances)))
}

// limit is what limits a point, and whether it is a steady state.
func limit(p *model.Point) string {
	if p.Verdict == model.Stable || p.Verdict == "" {
		return string(p.Limit)
	}
	return fmt.Sprintf("%s, %s", p.Limit, p.Verdict)
}

// warnings are those of the curve, and those of its points with the sizes that
// they hold for.
func warnings(c *model.Curve) []string {
	list := append([]string(nil), c.Warnings...)
	var order []string
	sizes := map[string][]int{}
	for i := range c.Points {
		for _, text := range c.Points[i].Warnings {
			if sizes[text] == nil {
				order = append(order, text)
			}
			sizes[text] = append(sizes[text], c.Points[i].Instances)
		}
	}
	for _, text := range order {
		list = append(list, fmt.Sprintf("with %s: %s", instances(sizes[text]), text))
	}
	return list
}

func instances(sizes []int) string {
	if len(sizes) == 1 && sizes[0] == 1 {
		return "1 instance"
	}
	words := strings.Fields(strings.Trim(fmt.Sprint(sizes), "[]"))
	last := len(words) - 1
	if last > 0 {
		return strings.Join(words[:last], ", ") + " and " + words[last] + " instances"
	}
	return words[0] + " instances"
}
