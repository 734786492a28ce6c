package plots

import (
	"errors"
	"fmt"
	"slices"

	"github.com/k9mil/velocitas/internal/output"
)

// PlanData is what numbers of instances do to the latencies that they are to
// keep, in each case that they have to bear.
type PlanData struct {
	Name     string   // of the file
	Title    string   // the answer
	Subtitle []string // of what: scenario, load, version; joined in one line
	Panels   []PlanPanel
	// Answer is marked in each panel; 0 is none.
	Answer int
	// Remarks are sentences below the chart.
	Remarks []string
}

// PlanPanel is one objective.
type PlanPanel struct {
	Metric  string  // as "p99"
	LimitMs float64 // what it may be at most, > 0
	Cases   []PlanCase
}

// PlanCase is one case: a latency in ms for each number of instances. Hollow
// marks are of numbers with no steady state.
type PlanCase struct {
	Name   string
	Points []Mark
}

// Plan draws each objective's latency against the number of instances, with its
// limit and the answer. It makes NAME-plan.png; files and errors are as for
// [Curve].
func Plan(dir string, in PlanData, opt Options) ([]output.File, error) {
	if len(in.Panels) == 0 {
		return nil, errors.New("plots: no latency to draw a plan of")
	}
	return drawn(dir, in.Name, []chart{{"plan", planned(in)}}, opt)
}

func planned(in PlanData) *figure {
	f := &figure{title: in.Title, subtitle: plainAll(in.Subtitle), remarks: in.Remarks}
	sizes := in.sizes()
	for _, p := range in.Panels {
		var all []series
		for i, c := range p.Cases {
			all = append(all, series{name: c.Name, look: lookOf(i), width: 2.2, points: c.Points, interval: bars})
		}
		limit := series{name: "limit", look: look{colour: ink, dash: []float64{6, 4}, marker: noMarker}, width: 1.4}
		if len(sizes) > 0 {
			first, last := float64(sizes[0]), float64(sizes[len(sizes)-1])
			if first == last {
				first, last = first-1, last+1
			}
			for _, x := range []float64{first, last} {
				limit.points = append(limit.points, Mark{X: x, Y: p.LimitMs, Lo: p.LimitMs, Hi: p.LimitMs})
			}
		}
		all = append(all, limit)
		panel := panel{y: latencyAxis(p.Metric+" of latency (log scale)", all, panelHeight), series: all, height: panelHeight, empty: noAnswers}
		if in.Answer > 0 {
			panel.notes = []note{{x: float64(in.Answer), text: fmt.Sprintf("answer: %d", in.Answer), line: true}}
		}
		f.panels = append(f.panels, panel)
	}
	var ys []axis
	for _, p := range f.panels {
		ys = append(ys, p.y)
	}
	if len(sizes) == 0 {
		sizes = []int{max(1, in.Answer)}
	}
	for i := range f.panels {
		f.panels[i].x = sizesAxis(sizes, frameWidth(ys...))
	}
	return f
}

// sizes are the numbers of instances that there is something of, in order.
func (in PlanData) sizes() []int {
	var all []int
	for _, p := range in.Panels {
		for _, c := range p.Cases {
			for _, m := range c.Points {
				all = append(all, int(m.X))
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
