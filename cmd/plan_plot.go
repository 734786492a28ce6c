package cmd

import (
	"fmt"
	"path/filepath"

	"github.com/k9mil/velocitas/internal/output"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/plots"
	"github.com/k9mil/velocitas/sim/capacity"
)

// caseNames are how a picture calls the cases of a plan.
var caseNames = map[string]string{"rate": "at the rate", "peak": "at the peak", "loss": "after the loss"}

// writePlan writes the answer and its picture into a folder, if there is one.
func writePlan(f planFlags, q capacity.Question, a *capacity.Answer) ([]string, error) {
	if f.out == "" {
		return nil, nil
	}
	var r reportFiles
	r.add(model.EncodedFile(filepath.Join(f.out, output.Name(a.Name)+"-plan.json"), a))
	if d := planData(q, a); len(d.Panels) > 0 {
		r.addAll(plots.Plan(f.out, d, plots.Options{SVG: f.svg}))
	}
	return r.write()
}

// planData is the picture: each latency that has a limit, against the numbers of
// instances that were simulated closely.
func planData(q capacity.Question, a *capacity.Answer) plots.PlanData {
	d := plots.PlanData{Name: a.Name, Title: planTitle(q, a), Answer: a.Instances, Remarks: a.Warnings,
		Subtitle: []string{a.Name, listed(a.Objectives), "open load, " + plainNumber(q.RateRps) + "/s", "velocitas " + a.Version}}
	for _, o := range q.Objectives {
		if !o.Metric.Latency() {
			continue
		}
		p := plots.PlanPanel{Metric: string(o.Metric), LimitMs: o.Limit}
		for _, name := range []string{"rate", "peak", "loss"} {
			c := plots.PlanCase{Name: caseNames[name]}
			for i := range a.Rows {
				for j := range a.Rows[i].Cases {
					if at := &a.Rows[i].Cases[j]; at.Case == name {
						e := o.Of(&model.Point{LatencyMs: at.LatencyMs})
						c.Points = append(c.Points, plots.Mark{X: float64(a.Rows[i].Instances), Y: e.Value, Lo: e.Lo, Hi: e.Hi, Hollow: at.Verdict == model.Saturated})
					}
				}
			}
			if len(c.Points) > 0 {
				p.Cases = append(p.Cases, c)
			}
		}
		if len(p.Cases) > 0 {
			d.Panels = append(d.Panels, p)
		}
	}
	return d
}

// planTitle is the answer in a few words.
func planTitle(q capacity.Question, a *capacity.Answer) string {
	switch a.Instances {
	case 0:
		return fmt.Sprintf("No number of instances up to %d keeps the objectives", q.Max)
	case 1:
		return "One instance keeps the objectives"
	}
	return fmt.Sprintf("%d instances keep the objectives", a.Instances)
}
