package plots

import (
	"github.com/k9mil/velocitas/model"
)

// A comparison at one size has no lines over sizes: each curve gets a row
// instead, with its label, and what is compared runs from left to right.

const rowHeight = 26.0

// rowsPanel is a panel with a row for each curve, and a horizontal axis of its
// own.
func (in Comparison) rowsPanel(title string, x axis, all []series) panel {
	n := float64(len(in.Curves))
	y := axis{title: title, lo: 0.5, hi: n + 0.5}
	for i := range in.Curves {
		y.ticks = append(y.ticks, tick{in.row(i), tickType.fit(in.label(i), rowLabelMost)})
	}
	x.title = ""
	x = x.thinLabels(frameRight - margin - rowLabelMost)
	return panel{x: x, y: y, series: all, height: rowHeight * n, ownX: true, rows: true, empty: noAnswers}
}

// rowLabelMost is how wide the labels of rows may be.
const rowLabelMost = 240.0

// row is where a curve's row is: the first at the top.
func (in Comparison) row(i int) float64 { return float64(len(in.Curves) - i) }

// rowSeries is one value of each curve, in its row.
func (in Comparison) rowSeries(name string, look func(i int) look, of func(model.Point) model.Estimate) []series {
	var all []series
	for i, c := range in.Curves {
		e := of(c.Points[0])
		p := c.Points[0]
		m := Mark{X: e.Value, Y: in.row(i), Lo: e.Lo, Hi: e.Hi, Hollow: unsteady(p), Failing: p.Errors.Rate.Value >= failingFrom}
		all = append(all, series{name: name, look: look(i), points: []Mark{m}, interval: across})
	}
	return all
}

// turned swaps the axes of rows, to find the extent of what they show.
func turned(all []series) []series {
	var out []series
	for _, s := range all {
		t := s
		t.points = nil
		for _, p := range s.points {
			t.points = append(t.points, Mark{X: p.Y, Y: p.X, Lo: p.Lo, Hi: p.Hi})
		}
		out = append(out, t)
	}
	return out
}

func (in Comparison) throughputRows() *figure {
	all := in.rowSeries("", in.look, throughput)
	f := &figure{}
	x := linearAxis("", 0, extentOf(turned(all), linear).hi, number)
	f.panels = []panel{in.rowsPanel("Throughput (requests/s)", x, all)}
	f.addFailedRows(in)
	return in.headed(f, in.Throughput, "Throughput with "+instances(in.Curves[0].Points[0].Instances))
}

func (in Comparison) latencyRows() *figure {
	var all []series
	for k := range quantiles {
		all = append(all, in.rowSeries(quantiles[k].name, func(int) look { return quantileLook(k) }, quantiles[k].of)...)
	}
	f := &figure{}
	x := latencyAxis("", turned(all), frameRight-margin-rowLabelMost)
	f.panels = []panel{in.rowsPanel("Latency"+ofAnswered(in.Curves...)+" (log scale)", x, all)}
	f.addFailedRows(in)
	return in.headed(f, in.Latency, "Latency with "+instances(in.Curves[0].Points[0].Instances))
}

// addFailedRows adds the share of failed requests, if there is anything to see.
func (f *figure) addFailedRows(in Comparison) {
	all := in.rowSeries("", in.look, func(p model.Point) model.Estimate { return p.Errors.Rate })
	for i := range all {
		uncrossed(all[i].points)
	}
	hi := extentOf(withoutIntervals(turned(all)), linear).hi
	if !(hi > 0.001) {
		return
	}
	label := percent
	if hi < 0.05 {
		label = finePercent
	}
	f.panels = append(f.panels, in.rowsPanel("Failed requests (share of all)", linearAxis("", 0, hi, label), all))
}

// thinLabels takes labels away that would stand too close on a width, or be cut
// off at its end.
func (a axis) thinLabels(width float64) axis {
	end := -1e9
	for i, t := range a.ticks {
		half := tickType.width(t.label) / 2
		at := a.norm(t.value) * width
		if at-half < end+8 || at+half > width+28 {
			a.ticks[i].label = ""
			continue
		}
		if t.label != "" {
			end = at + half
		}
	}
	return a
}
