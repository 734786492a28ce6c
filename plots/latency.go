package plots

import "github.com/k9mil/velocitas/model"

// quantile is a latency quantile that charts show.
type quantile struct {
	name string
	of   func(model.Point) model.Estimate
}

var quantiles = []quantile{
	{"p50", func(p model.Point) model.Estimate { return p.LatencyMs.P50 }},
	{"p95", func(p model.Point) model.Estimate { return p.LatencyMs.P95 }},
	{"p99", func(p model.Point) model.Estimate { return p.LatencyMs.P99 }},
}

// latencies is latency quantiles against instances.
func latencies(c *model.Curve) *figure {
	points := pointsOf(c)
	var all []series
	// From the highest to the lowest, as the lines lie.
	for i := len(quantiles) - 1; i >= 0; i-- {
		s := series{
			name: quantiles[i].name, look: quantileLook(i), width: 2.2, interval: band,
			points: marksOf(points, quantiles[i].of),
		}
		if c.Kind != model.Predicted {
			s.interval = bars
		}
		all = append(all, s)
	}
	f := &figure{title: c.LatencyFinding(), subtitle: subtitle(c)}
	f.panels = []panel{{
		y:      latencyAxis("Latency"+ofAnswered(c)+" (log scale)", all, panelHeight),
		series: all, height: panelHeight, empty: noAnswers,
	}}
	f.addFailed(failed(points, look{colour: ink, marker: downTriangle}))
	f.overSizes(sizesOf(points))
	return f
}

// quantileLook is blue, green and vermillion for p50, p95 and p99.
func quantileLook(i int) look {
	l := lookOf([]int{0, 2, 1}[i])
	l.dash = nil
	return l
}
