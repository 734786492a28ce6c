package plots

import (
	"slices"
	"strings"

	"github.com/k9mil/velocitas/model"
)

// distribution is the latency below which a share of the requests stays, for
// the smallest, the middle and the largest size.
func distribution(c *model.Curve) *figure {
	var all []series
	for i, p := range chosen(pointsOf(c)) {
		all = append(all, quantileLine(instances(p.Instances), lookOf(i), p))
	}
	f := distributions(all)
	f.title, f.subtitle = c.DistributionFinding(), subtitle(c)
	return f
}

// distributions lays lines of quantiles over each other.
func distributions(all []series) *figure {
	f := &figure{}
	last := 0.9
	for _, s := range all {
		for _, p := range s.points {
			last = max(last, p.X)
			if p.Failing && len(f.remarks) == 0 {
				f.remarks = []string{"A line that ends at a cross ends where no more requests are answered: the others failed."}
			}
		}
	}
	// The quickest of all requests would take half of the height.
	var most []series
	for _, s := range all {
		s.points = slices.DeleteFunc(slices.Clone(s.points), func(m Mark) bool { return m.X < leastShare && len(s.points) > 3 })
		most = append(most, s)
	}
	y := latencyAxis("Latency (log scale)", most, panelHeight)
	f.panels = []panel{{
		x: quantileAxis(last, frameWidth(y)), y: y, series: most,
		height: panelHeight, empty: "No latency distribution in this curve: nothing to draw",
	}}
	return f
}

// leastShare is the share of requests from which a distribution is drawn.
const leastShare = 0.009

// quantileLine is a point's latency distribution, of all requests: it ends with
// a cross at the share that is answered, where others failed.
func quantileLine(name string, l look, p model.Point) series {
	l.marker = noMarker
	s := series{name: name, look: l, width: 2.2, ends: true}
	for _, q := range p.OfAll() {
		if percentile.holds(q.Q) {
			s.points = append(s.points, Mark{X: q.Q, Y: q.LatencyMs})
		}
	}
	if n := len(s.points); p.Fails() && n > 0 {
		s.points[n-1].Failing = true
		s.name += " (" + failedShare(p.Errors.Rate.Value) + " fail)"
	}
	return s
}

// failedShare writes a share in percent with two digits.
func failedShare(v float64) string {
	switch p := 100 * v; {
	case p >= 99.95:
		return short(p) + " %"
	case p >= 10:
		return number(p, 0) + " %"
	case p >= 1:
		return number(p, 1) + " %"
	default:
		return number(p, 2) + " %"
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
