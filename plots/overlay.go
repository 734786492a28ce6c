package plots

import (
	"errors"
	"fmt"
	"slices"

	"github.com/k9mil/velocitas/internal/output"
	"github.com/k9mil/velocitas/model"
)

// Overlay draws curves over each other: predicted ones as lines with the band
// of their intervals, measured and imported ones as points with bars, in
// NAME-throughput.png and NAME-latency.png (p50, p95 and p99, one above the
// other); files and errors are as for [Curve].
func Overlay(dir, name string, curves []*model.Curve, opt Options) ([]output.File, error) {
	if len(curves) == 0 {
		return nil, errors.New("plots: no curves to overlay")
	}
	for i, c := range curves {
		if c == nil || len(c.Points) == 0 {
			return nil, fmt.Errorf("plots: curve %d of %d has no points to draw", i+1, len(curves))
		}
	}
	charts := []chart{
		{"throughput", overlayThroughput(name, curves)},
		{"latency", overlayLatency(name, curves)},
	}
	return drawn(dir, name, charts, opt)
}

func overlayThroughput(name string, curves []*model.Curve) *figure {
	all := overlaid(curves, throughput)
	sizes := allSizes(curves)
	y := rateAxis("Throughput (requests/s", sizesAxis(sizes, frameWidth()), all)
	return &figure{
		title:    "Throughput by number of instances" + versus(curves),
		subtitle: overlaySubtitle(name, curves),
		panels: []panel{{
			x: sizesAxis(sizes, frameWidth(y)), y: y, series: all,
			height: panelHeight, empty: noAnswers,
		}},
	}
}

func overlayLatency(name string, curves []*model.Curve) *figure {
	f := &figure{
		title:    "Latency by number of instances" + versus(curves),
		subtitle: overlaySubtitle(name, curves),
	}
	var ys []axis
	for _, q := range quantiles {
		all := overlaid(curves, q.of)
		y := latencyAxis("Latency, "+q.name+" (log scale)", all, 130)
		f.panels = append(f.panels, panel{y: y, series: all, height: 130, empty: noAnswers})
		ys = append(ys, y)
	}
	x := sizesAxis(allSizes(curves), frameWidth(ys...))
	for i := range f.panels {
		f.panels[i].x = x
	}
	return f
}

// overlaid is one series for each curve.
func overlaid(curves []*model.Curve, of func(model.Point) model.Estimate) []series {
	var all []series
	for i, c := range curves {
		s := series{name: label(i, curves), look: lookOf(i), points: marksOf(pointsOf(c), of)}
		if c.Kind == model.Predicted {
			s.width, s.interval = 2.2, band
			if versus(curves) != "" {
				s.look.marker = noMarker // the points are the measured ones
			}
		} else {
			s.interval = bars
		}
		all = append(all, s)
	}
	return all
}

// label tells a curve from the others by its kind, its name, or both, and if
// that is not enough by its place.
func label(i int, curves []*model.Curve) string {
	c := curves[i]
	oneName, oneKind, twins := true, true, 0
	for _, o := range curves {
		oneName = oneName && o.Name == c.Name
		oneKind = oneKind && o.Kind == c.Kind
		if o.Name == c.Name && o.Kind == c.Kind {
			twins++
		}
	}
	text := nameOf(c) + ", " + string(c.Kind)
	switch {
	case oneKind && !oneName:
		text = nameOf(c)
	case oneName:
		text = string(c.Kind)
	}
	if twins > 1 {
		text = fmt.Sprintf("%d: %s", i+1, text)
	}
	return text
}

// versus says in the title that the chart holds prediction and measurement.
func versus(curves []*model.Curve) string {
	var predicted, others bool
	for _, c := range curves {
		predicted = predicted || c.Kind == model.Predicted
		others = others || c.Kind == model.Measured
	}
	if predicted && others {
		return ": predicted and measured"
	}
	return ""
}

// overlaySubtitle names the comparison and what the predictions rest on.
func overlaySubtitle(name string, curves []*model.Curve) []string {
	parts := []string{clip(plain(name), 48)}
	for _, c := range curves {
		var own []string
		if all := subtitle(c); len(all) > 1 {
			own = all[1:]
		}
		for _, p := range own {
			if !slices.Contains(parts, p) {
				parts = append(parts, p)
			}
		}
	}
	return parts
}

func allSizes(curves []*model.Curve) []int {
	var points []model.Point
	for _, c := range curves {
		points = append(points, c.Points...)
	}
	return sizesOf(pointsOf(&model.Curve{Points: points}))
}
