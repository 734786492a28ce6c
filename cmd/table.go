package cmd

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/k9mil/velocitas/model"
)

// writeTable writes a curve as a table, a line for each number of instances,
// and below it what its columns mean where that is not plain, failures by their
// cause, and its warnings. Efficiency is shown of closed loads, whose throughput
// says what a system can do; that of an open one says what it was asked.
func writeTable(w io.Writer, c *model.Curve, shown []percentile) {
	base := c.Points[0]
	open := openLoad(c)
	columns := table{{"instances", ""}, {"throughput", "1/s"}, {"efficiency", "%"}}
	if open {
		columns = table{{"instances", ""}, {"offered", "1/s"}, {"answered", "1/s"}}
	}
	for _, p := range shown {
		columns = append(columns, column{p.name, "ms"})
	}
	t := append(columns, table{{"busy", "%"}, {"nginx", "%"}, {"host", "%"}, {"errors", "%"}}...).start()
	for i := range c.Points {
		p := &c.Points[i]
		u := &p.Utilisation
		load := []cell{estimateCell(p.ThroughputRps), efficiency(&base, p)}
		if open {
			load = []cell{numberCell(p.OfferedRps, short(p.OfferedRps)), estimateCell(p.ThroughputRps)}
		}
		cells := append([]cell{plainCell(fmt.Sprint(p.Instances))}, load...)
		for _, q := range shown {
			cells = append(cells, latencyCell(q.of(p)))
		}
		t.row(limit(p, open), append(cells,
			percentCell(u.Instances.Value), percentCell(u.Balancer.Value), percentCell(u.Host.Value),
			rareCell(p.Errors.Rate.Value))...)
	}
	t.write(w)
	notes := tableNotes(c, open, shown)
	if len(notes) > 0 {
		fmt.Fprintln(w)
	}
	for _, text := range notes {
		fmt.Fprintln(w, wrap(text, "  "))
	}
	if list := warnings(c); len(list) > 0 {
		fmt.Fprintln(w)
		for _, text := range list {
			fmt.Fprintln(w, wrap("warning: "+text, "  "))
		}
	}
}

// openLoad tells whether a curve is of an open load.
func openLoad(c *model.Curve) bool {
	var s struct {
		Load struct {
			Kind string `json:"kind"`
		} `json:"load"`
	}
	return json.Unmarshal(c.Scenario, &s) == nil && s.Load.Kind == "open"
}

// latencyCell is a dash where nothing was answered.
func latencyCell(e model.Estimate) cell {
	if e.Value == 0 {
		return plainCell("-")
	}
	return estimateCell(e)
}

// efficiency is throughput against that of as many times the first point. Where
// one of the two is a collapse it says nothing.
func efficiency(base, p *model.Point) cell {
	each := base.ThroughputRps.Value / float64(base.Instances)
	if each == 0 || base.Verdict == model.Collapsed || p.Verdict == model.Collapsed {
		return plainCell("-")
	}
	share := p.ThroughputRps.Value / (each * float64(p.Instances))
	return numberCell(100*share, fmt.Sprintf("%.0f", 100*share))
}

// limit is what limits a point, and whether it is a steady state.
func limit(p *model.Point, open bool) string {
	word := string(p.Limit)
	switch cause, _ := p.Errors.Leading(); {
	case p.Limit == model.LimitLoad && open && p.Verdict == model.NearSaturation:
		return string(p.Verdict)
	case p.Limit == model.LimitLoad && open:
		word = "not limited"
	case p.Limit == model.LimitFailures && cause != "":
		word = "failures: " + cause
	}
	if p.Verdict == model.Stable || p.Verdict == "" {
		return word
	}
	return fmt.Sprintf("%s, %s", word, p.Verdict)
}

// tableNotes say what a table's figures mean where that is not plain.
func tableNotes(c *model.Curve, open bool, shown []percentile) (notes []string) {
	var unlimited bool
	var partly, recovered []int
	var failed []string
	at := map[string][]int{}
	for i := range c.Points {
		p := &c.Points[i]
		unlimited = unlimited || open && p.Limit == model.LimitLoad && p.Verdict == model.Stable
		if p.Errors.Rate.Value >= model.Failing {
			failed = append(failed, fmt.Sprintf("with %s: %s", instances([]int{p.Instances}), causes(p)))
			if p.LatencyMs.P50.Value > 0 {
				partly = append(partly, p.Instances)
			}
		}
		if p.RecoveredS > 0 {
			recovered = append(recovered, p.Instances)
			text := fmt.Sprintf("the backlog is gone %s s after the start of load", short(p.RecoveredS))
			at[text] = append(at[text], p.Instances)
		}
	}
	if base := c.Points[0]; !open && base.Instances > 1 && len(c.Points) > 1 {
		notes = append(notes, fmt.Sprintf("efficiency is against %d instances, the smallest number here", base.Instances))
	}
	if unlimited {
		notes = append(notes, "not limited: all offered load is served")
	}
	if len(partly) > 0 {
		notes = append(notes, fmt.Sprintf("with %s, %s of answered requests only", instances(partly), areOf(percentileNames(shown))))
	}
	for _, text := range failed {
		notes = append(notes, "failed requests "+text)
	}
	for i := range recovered {
		for text, sizes := range at {
			if sizes[0] == recovered[i] {
				notes = append(notes, "recovered with "+instances(sizes)+": "+text)
			}
		}
	}
	return notes
}

// causes are why requests failed, each with its share of all finished requests.
func causes(p *model.Point) string {
	all := p.Errors.Causes()
	var failed int64
	for _, c := range all {
		failed += c.Count
	}
	var words []string
	for _, c := range all {
		words = append(words, fmt.Sprintf("%s %s %%", c.Name, rare(p.Errors.Rate.Value*float64(c.Count)/float64(failed))))
	}
	if words == nil {
		return rare(p.Errors.Rate.Value) + " %"
	}
	return listed(words)
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
