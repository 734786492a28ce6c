package plots

import (
	"strings"

	"github.com/k9mil/velocitas/model"
)

// scaling is throughput against instances, with the ideal line and what
// limits the points in words.
func scaling(c *model.Curve) *figure {
	points := pointsOf(c)
	curve := series{
		name: "throughput", look: lookOf(0), width: 2.2, interval: band,
		points: marksOf(points, throughput),
	}
	if c.Kind != model.Predicted {
		curve.interval = bars
	}
	all := []series{curve}
	x := sizesAxis(sizesOf(points), frameWidth())
	y := rateAxis("Throughput (requests/s", x, all)
	var remarks []string
	if c.Asked().Open {
		all = []series{offered(points), curve}
		y = rateAxis("Throughput (requests/s", x, all)
	} else if base := c.IdealFrom(); base != nil {
		if ideal, ok := idealLine(base, points, 0); ok {
			// Headroom shows how far below the ideal a curve stays, but no more
			// than half of the chart's height again: the curve is what counts.
			end := ideal.points[1].Y
			y = rateAxis("Throughput (requests/s", x, []series{curve, {points: []Mark{{Y: min(end, 1.5*y.hi)}}}})
			ideal, _ = idealLine(base, points, y.hi)
			all = []series{ideal, curve}
			remarks = aboveIdeal(base, points)
		}
	} else if len(points) > 1 {
		remarks = append(remarks, "There is no ideal line: requests fail at every size.")
	}
	f := &figure{title: c.ScalingFinding(), subtitle: subtitle(c), remarks: remarks}
	f.panels = []panel{{y: y, series: all, notes: limits(points), height: panelHeight, empty: noAnswers}}
	f.addFailed(failed(points, look{colour: ink, marker: downTriangle}))
	f.overSizes(sizesOf(points))
	if _, lost := placeNotes(f.panels[0], f.left(), frameRight); lost > 0 {
		var all []string
		for _, n := range f.panels[0].notes {
			all = append(all, n.text)
		}
		f.remarks = append(f.remarks, "All limits: "+strings.Join(all, "; ")+".")
	}
	return f
}

// addFailed adds the panel of failed requests, if there is anything to see.
func (f *figure) addFailed(all ...series) {
	if p, ok := failedPanel(all); ok {
		for i := range p.series {
			if p.series[i].name == "" {
				p.series[i].name = "failed"
			}
		}
		f.panels = append(f.panels, p)
	}
}

// overSizes gives all panels the axis of the number of instances.
func (f *figure) overSizes(sizes []int) {
	var ys []axis
	for _, p := range f.panels {
		ys = append(ys, p.y)
	}
	x := sizesAxis(sizes, frameWidth(ys...))
	for i := range f.panels {
		f.panels[i].x = x
	}
}

// offered is what an open load asks for.
func offered(points []model.Point) series {
	s := series{
		name: "offered", width: 1.4, look: look{colour: rule, dash: []float64{5, 4}},
		points: uncrossed(marksOf(points, func(p model.Point) model.Estimate { return model.Exactly(p.OfferedRps) })),
	}
	if len(s.points) == 1 { // a line, too
		left, right := s.points[0], s.points[0]
		left.X, right.X = left.X-0.9, right.X+0.9
		s.points = []Mark{left, right}
	}
	return s
}

// aboveIdeal says that sizes do better than so many times the one that the ideal
// line goes on with.
func aboveIdeal(base *model.Point, points []model.Point) []string {
	per := base.ThroughputRps.Value / float64(base.Instances)
	for _, p := range points {
		if p.Instances > base.Instances && p.ThroughputRps.Value > 1.05*per*float64(p.Instances) {
			return []string{"Above the ideal line: " + instances(base.Instances) + " alone did worse than its share of what more do (" + limitNote(base.Limit) + ")."}
		}
	}
	return nil
}

func throughput(p model.Point) model.Estimate { return p.ThroughputRps }

// idealLine is instances × the throughput per instance of a size, from that
// size to the largest or to where it leaves a chart that ends at top.
func idealLine(first *model.Point, points []model.Point, top float64) (series, bool) {
	last := points[len(points)-1]
	perInstance := first.ThroughputRps.Value / float64(first.Instances)
	if first.Instances == last.Instances || !(perInstance > 0) || !linear.holds(perInstance) {
		return series{}, false
	}
	name := "ideal: N × one instance"
	if first.Instances > 1 {
		name = "ideal: N × throughput per instance at " + number(float64(first.Instances), 0)
	}
	from, to := float64(first.Instances), float64(last.Instances)
	if top > 0 && perInstance*to > top {
		to = top / perInstance
	}
	return series{
		name: name, width: 1.4, clip: true,
		look: look{colour: rule, dash: []float64{5, 4}},
		points: []Mark{
			{X: from, Y: perInstance * from},
			{X: to, Y: perInstance * to},
		},
	}, true
}

// limits says what limits the smallest size, and where that changes.
func limits(points []model.Point) []note {
	var notes []note
	var last model.Limit
	for _, p := range points {
		if p.Limit == "" || p.Limit == last {
			continue
		}
		n := note{x: float64(p.Instances), text: limitNote(p.Limit)}
		if last != "" {
			n.text = "from " + number(float64(p.Instances), 0) + " on: " + limitNote(p.Limit)
			n.line = true
		}
		notes, last = append(notes, n), p.Limit
	}
	return notes
}

// limitNote says what limits a point, if anything does.
func limitNote(l model.Limit) string {
	if l == model.LimitLoad {
		return "not limited"
	}
	return "limited by " + limitWord(l)
}

func limitWord(l model.Limit) string {
	switch l {
	case model.LimitCPULimit:
		return "the CPU limit"
	case model.LimitInstance:
		return "the instances"
	case model.LimitWriter:
		return "the store’s writer"
	case model.LimitHost:
		return "the host"
	case model.LimitNetwork:
		return "the network"
	case model.LimitBalancer:
		return "nginx"
	}
	return string(l)
}
