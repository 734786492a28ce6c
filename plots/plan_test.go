package plots

import (
	"bytes"
	"image/png"
	"testing"
)

// A plan has a panel for each objective, each with its limit and the answer, and
// the same place for each number of instances; one number alone can be drawn.
func TestPlan(t *testing.T) {
	point := func(n, v float64) Mark { return Mark{X: n, Y: v, Lo: v * 0.9, Hi: v * 1.1} }
	in := PlanData{Name: "x", Title: "5 instances keep the objectives", Answer: 5, Panels: []PlanPanel{
		{Metric: "p50", LimitMs: 100, Cases: []PlanCase{{Name: "at the rate", Points: []Mark{point(4, 150), point(5, 90), point(6, 50)}}}},
		{Metric: "p99", LimitMs: 300, Cases: []PlanCase{
			{Name: "at the rate", Points: []Mark{point(4, 400), point(5, 200), point(6, 100)}},
			{Name: "after the loss", Points: []Mark{point(9, 250)}}}},
	}}
	f := planned(in)
	if len(f.panels) != 2 {
		t.Fatalf("%d panels", len(f.panels))
	}
	for i, p := range f.panels {
		limit := p.series[len(p.series)-1]
		if limit.name != "limit" || limit.points[0].Y != in.Panels[i].LimitMs || limit.points[0].X != 4 || limit.points[1].X != 9 {
			t.Errorf("the limit is %+v", limit)
		}
		if len(p.notes) != 1 || p.notes[0].x != 5 || p.notes[0].text != "answer: 5" {
			t.Errorf("the answer is %+v", p.notes)
		}
		if p.x.lo != f.panels[0].x.lo || p.x.hi != f.panels[0].x.hi || p.y.lo > in.Panels[i].LimitMs || p.y.hi < in.Panels[i].LimitMs {
			t.Errorf("panel %d: x from %g to %g, y from %g to %g", i, p.x.lo, p.x.hi, p.y.lo, p.y.hi)
		}
	}
	in.Panels[0].Cases[0].Points = in.Panels[0].Cases[0].Points[:1]
	in.Panels, in.Answer = in.Panels[:1], 0
	files, err := Plan("dir", in, Options{SVG: true})
	if err != nil || len(files) != 2 || files[0].Path != "dir/x-plan.png" {
		t.Fatalf("%d files, %v", len(files), err)
	}
	if _, err := png.Decode(bytes.NewReader(files[0].Data)); err != nil {
		t.Error(err)
	}
	if _, err := Plan("dir", PlanData{Name: "x"}, Options{}); err == nil {
		t.Error("a plan of nothing is drawn")
	}
}
