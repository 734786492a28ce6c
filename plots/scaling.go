package plots

import "github.com/k9mil/velocitas/model"

// scaling is throughput against instances, with the ideal line and what
// limits the points in words.
func scaling(c *model.Curve) *figure {
	points := pointsOf(c)
	measured := series{
		name: "throughput", look: lookOf(0), width: 2.2, interval: band,
		points: marksOf(points, throughput),
	}
	if c.Kind != model.Predicted {
		measured.interval = bars
	}
	all := []series{measured}
	x := sizesAxis(sizesOf(points), frameWidth())
	y := rateAxis("Throughput (requests/s", x, all)
	if ideal, ok := idealLine(points, 0); ok {
		// Headroom shows how far below the ideal a curve stays, but no more
		// than half of the chart's height again: the curve is what counts.
		end := ideal.points[1].Y
		y = rateAxis("Throughput (requests/s", x, []series{measured, {points: []Mark{{Y: min(end, 1.5*y.hi)}}}})
		ideal, _ = idealLine(points, y.hi)
		all = []series{ideal, measured}
	}
	x = sizesAxis(sizesOf(points), frameWidth(y))
	return &figure{
		title:    "Throughput by number of instances",
		subtitle: subtitle(c),
		panels: []panel{{
			x: x, y: y, series: all, notes: limits(points),
			height: panelHeight, empty: noAnswers,
		}},
	}
}

func throughput(p model.Point) model.Estimate { return p.ThroughputRps }

// idealLine is instances × the throughput per instance of the smallest size,
// from that size to the largest or to where it leaves a chart that ends at top.
func idealLine(points []model.Point, top float64) (series, bool) {
	first, last := points[0], points[len(points)-1]
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
		n := note{x: float64(p.Instances), text: "limited by " + limitWord(p.Limit)}
		if last != "" {
			n.text = "from " + number(float64(p.Instances), 0) + " on: " + limitWord(p.Limit)
			n.line = true
		}
		notes, last = append(notes, n), p.Limit
	}
	return notes
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
	case model.LimitLoad:
		return "the load"
	}
	return string(l)
}
