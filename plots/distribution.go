package plots

import (
	"strings"

	"github.com/k9mil/velocitas/model"
)

// distribution is the latency below which a share of the requests stays, for
// the smallest, the middle and the largest size.
func distribution(c *model.Curve) *figure {
	var all []series
	var sizes []string
	last := 0.9
	for i, p := range chosen(pointsOf(c)) {
		s := series{name: instances(p.Instances), look: lookOf(i), width: 2.2}
		s.look.marker = noMarker
		for _, q := range p.Distribution {
			if percentile.holds(q.Q) {
				s.points = append(s.points, Mark{X: q.Q, Y: q.LatencyMs})
				last = max(last, q.Q)
			}
		}
		all = append(all, s)
		sizes = append(sizes, number(float64(p.Instances), 0))
	}
	y := latencyAxis("Latency (log scale)", all, panelHeight)
	title := "Latency distribution"
	if len(sizes) > 0 {
		title += " at " + list(sizes) + " instances"
		if strings.Join(sizes, "") == "1" {
			title = "Latency distribution at 1 instance"
		}
	}
	return &figure{
		title:    title,
		subtitle: subtitle(c),
		panels: []panel{{
			x: quantileAxis(last), y: y, series: all,
			height: panelHeight, empty: "No latency distribution in this curve: nothing to draw",
		}},
	}
}

// chosen is the first, the middle and the last of the points that have a
// distribution.
func chosen(points []model.Point) []model.Point {
	var some []model.Point
	for _, p := range points {
		if len(p.Distribution) > 0 {
			some = append(some, p)
		}
	}
	if len(some) <= 3 {
		return some
	}
	return []model.Point{some[0], some[(len(some)-1)/2], some[len(some)-1]}
}

// list joins words as in "1, 2 and 4".
func list(words []string) string {
	n := len(words)
	if n < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:n-1], ", ") + " and " + words[n-1]
}
