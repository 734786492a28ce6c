package cmd

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/k9mil/velocitas/model"
)

// writeService writes what is known of a service stated in steps, at the sizes
// that tell most: what limits it in a sentence, then its classes, where the
// time goes, and how much of what can run out is taken. Other curves get nothing.
func writeService(w io.Writer, c *model.Curve) {
	points := slices.DeleteFunc(c.Telling(), func(p *model.Point) bool { return len(p.Classes) == 0 })
	if len(points) == 0 {
		return
	}
	if text := c.ServiceFinding(); text != "" {
		fmt.Fprintf(w, "\n%s.\n", text)
	}
	fmt.Fprintf(w, "\nclasses of requests:\n")
	classTable(points).write(w)
	if g := breakdownTable(points); len(g.cells) > 0 {
		fmt.Fprintf(w, "\nwhere the time goes: the mean of all answered requests, and of the slow, the slowest hundredth:\n")
		g.write(w)
	}
	if g := heldTable(points); len(g.cells) > 0 {
		fmt.Fprintf(w, "\nhow much of what can run out is taken, of the busiest one:\n")
		g.write(w)
	}
}

func classTable(points []*model.Point) *grid {
	g := table{{"instances", ""}, {"answered", "1/s"}, {"p50", "ms"}, {"p95", "ms"}, {"p99", "ms"}, {"errors", "%"}}.start()
	g.last = "class"
	for _, p := range points {
		for i := range p.Classes {
			k := &p.Classes[i]
			g.row(k.Class, plainCell(fmt.Sprint(p.Instances)), estimateCell(k.ThroughputRps),
				latencyCell(k.LatencyMs.P50), latencyCell(k.LatencyMs.P95), latencyCell(k.LatencyMs.P99), rareCell(k.ErrorRate.Value))
		}
	}
	return g
}

// breakdownTable has a row for each part, in the order in which they are stated.
func breakdownTable(points []*model.Point) *grid {
	var columns table
	for _, p := range points {
		columns = append(columns, column{fmt.Sprintf("with %d", p.Instances), "mean ms"}, column{"", "slow ms"})
		columns[len(columns)-1].name = columns[len(columns)-2].name
	}
	g := columns.start()
	g.last = "part"
	for _, name := range partsOf(points) {
		var cells []cell
		for _, p := range points {
			mean, slowest := plainCell("-"), plainCell("-")
			if p.Breakdown != nil {
				for _, part := range p.Breakdown.Parts {
					if part.Part == name {
						mean, slowest = numberCell(part.MeanMs, short(part.MeanMs)), numberCell(part.SlowestMs, short(part.SlowestMs))
					}
				}
			}
			cells = append(cells, mean, slowest)
		}
		g.row(name, cells...)
	}
	return g
}

// partsOf are the parts that any of the points has.
func partsOf(points []*model.Point) []string {
	var names []string
	for _, p := range points {
		if p.Breakdown == nil {
			continue
		}
		for _, part := range p.Breakdown.Parts {
			if !slices.Contains(names, part.Part) {
				names = append(names, part.Part)
			}
		}
	}
	return names
}

// heldTable leaves out what has no bound: nothing of it is ever taken.
func heldTable(points []*model.Point) *grid {
	var columns table
	for _, p := range points {
		columns = append(columns, column{fmt.Sprintf("with %d", p.Instances), "%"})
	}
	g := columns.start()
	g.last = "what"
	for i, h := range points[0].Held {
		var cells []cell
		most := 0.0
		for _, p := range points {
			if i >= len(p.Held) {
				cells = append(cells, plainCell("-"))
				continue
			}
			most = max(most, p.Held[i].Utilisation.Value)
			cells = append(cells, percentCell(p.Held[i].Utilisation.Value))
		}
		if most > 0 {
			g.row(strings.TrimSpace(h.What+" "+h.Name), cells...)
		}
	}
	return g
}
