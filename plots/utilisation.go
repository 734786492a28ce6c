package plots

import "github.com/k9mil/velocitas/model"

// utilisations is how much of each part's capacity is in use. Parts without a
// capacity of their own are left out.
func utilisations(c *model.Curve) *figure {
	points := pointsOf(c)
	var all []series
	for i, part := range []quantile{
		{"instances", func(p model.Point) model.Estimate { return p.Utilisation.Instances }},
		{"nginx", func(p model.Point) model.Estimate { return p.Utilisation.Balancer }},
		{"host", func(p model.Point) model.Estimate { return p.Utilisation.Host }},
	} {
		s := series{
			name: part.name, look: lookOf(i), width: 2.2, interval: band,
			points: uncrossed(marksOf(points, part.of)),
		}
		if c.Kind != model.Predicted {
			s.interval = bars
		}
		if extentOf([]series{s}, linear).hi > 0 {
			all = append(all, s)
		}
	}
	top := 1.0
	if e := extentOf(withoutIntervals(all), linear); e.hi > 1.005 {
		top = e.hi
	}
	y := linearAxis("Utilisation (share of capacity in use)", 0, top, percent)
	return &figure{
		title:    c.UtilisationFinding(),
		subtitle: subtitle(c),
		panels: []panel{{
			x: sizesAxis(sizesOf(points), frameWidth(y)), y: y, series: all,
			height: panelHeight, empty: "No part reports its utilisation: nothing to draw",
		}},
	}
}

// withoutIntervals is series whose intervals don't widen an axis.
func withoutIntervals(all []series) []series {
	bare := append([]series(nil), all...)
	for i := range bare {
		bare[i].interval = noInterval
	}
	return bare
}
