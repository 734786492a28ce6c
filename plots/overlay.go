package plots

import (
	"errors"
	"fmt"
	"slices"

	"github.com/k9mil/velocitas/internal/output"
	"github.com/k9mil/velocitas/model"
)

// Comparison is curves to lay over each other.
type Comparison struct {
	Name   string // of the files
	Curves []*model.Curve
	// Labels tell the curves apart; without them, their kinds and names do.
	Labels []string
	// Baseline is what the first curve is called as the one that the others are
	// compared with, such as "before"; empty where there is none.
	Baseline string
	// Throughput, Latency, Distribution and Timeline are the charts' titles, what
	// a reader should take from them; without one a title says what is shown.
	Throughput, Latency, Distribution, Timeline string
	// Remarks are sentences below each chart, such as what differs.
	Remarks []string
}

// Overlay draws predicted and measured curves over each other; see Compare.
func Overlay(dir, name string, curves []*model.Curve, opt Options) ([]output.File, error) {
	return Compare(dir, Comparison{Name: name, Curves: curves}, opt)
}

// Compare draws curves over each other: predicted ones as lines with the band
// of their intervals, measured and imported ones as points with bars, as
// NAME-throughput.png and NAME-latency.png (p50, p95 and p99, one above
// the other), or both as a row for each curve where there is but one size; then
// NAME-distribution.png and NAME-timeline.png where the curves are all of one
// kind and have these. Files and errors are as for [Curve].
func Compare(dir string, in Comparison, opt Options) ([]output.File, error) {
	if len(in.Curves) == 0 {
		return nil, errors.New("plots: no curves to overlay")
	}
	for i, c := range in.Curves {
		if c == nil || len(c.Points) == 0 {
			return nil, fmt.Errorf("plots: curve %d of %d has no points to draw", i+1, len(in.Curves))
		}
	}
	return drawn(dir, in.Name, in.charts(), opt)
}

func (in Comparison) charts() []chart {
	charts := []chart{{"throughput", in.throughput()}, {"latency", in.latency()}}
	if len(in.Curves) > 1 && len(allSizes(in.Curves)) == 1 {
		charts = []chart{{"throughput", in.throughputRows()}, {"latency", in.latencyRows()}}
	}
	if versus(in.Curves) != "" {
		return charts
	}
	if f := in.distribution(); f != nil {
		charts = append(charts, chart{"distribution", f})
	}
	if f := in.timeline(); f != nil {
		charts = append(charts, chart{"timeline", f})
	}
	return charts
}

// headed gives a chart its title and what all charts of a comparison say.
func (in Comparison) headed(f *figure, title, otherwise string) *figure {
	f.title = title
	if title == "" {
		f.title = otherwise
	}
	f.subtitle = overlaySubtitle(in.Name, in.Curves)
	for _, r := range in.Remarks {
		f.remarks = append(f.remarks, plain(r))
	}
	return f
}

func (in Comparison) throughput() *figure {
	all := in.series(throughput)
	sizes := allSizes(in.Curves)
	f := &figure{}
	f.panels = []panel{{
		y:      rateAxis("Throughput (requests/s", sizesAxis(sizes, frameWidth()), all),
		series: all, height: panelHeight, empty: noAnswers,
	}}
	f.addFailed(in.failed()...)
	f.overSizes(sizes)
	return in.headed(f, in.Throughput, "Throughput by number of instances"+versus(in.Curves))
}

func (in Comparison) latency() *figure {
	f := &figure{}
	for _, q := range quantiles {
		all := in.series(q.of)
		y := latencyAxis(q.name+ofAnswered(in.Curves...)+" (log scale)", all, 130)
		if ofAnswered(in.Curves...) == "" {
			y.title = "Latency, " + q.name + " (log scale)"
		}
		f.panels = append(f.panels, panel{y: y, series: all, height: 130, empty: noAnswers})
	}
	f.addFailed(in.failed()...)
	f.overSizes(allSizes(in.Curves))
	return in.headed(f, in.Latency, "Latency by number of instances"+versus(in.Curves))
}

// failed is the share of failed requests of each curve, in the looks that it has
// elsewhere.
func (in Comparison) failed() []series {
	all := in.series(func(p model.Point) model.Estimate { return p.Errors.Rate })
	for i := range all {
		uncrossed(all[i].points)
	}
	return all
}

// distribution lays latency distributions over each other, with the largest size
// that all curves have one of; nil for none.
func (in Comparison) distribution() *figure {
	var all []series
	sizes := allSizes(in.Curves)
	slices.Reverse(sizes)
	for _, n := range sizes {
		all = nil
		for i, c := range in.Curves {
			if p := pointAt(c, n); p != nil && len(p.Distribution) > 0 {
				all = append(all, quantileLine(in.label(i), in.look(i), *p))
			} else if p != nil && p.Errors.Rate.Value == 1 {
				all = append(all, series{name: in.label(i) + " (all fail)", look: in.look(i), width: 2.2, ends: true})
			}
		}
		if len(all) == len(in.Curves) {
			f := distributions(all)
			return in.headed(f, in.Distribution, "Latency distribution with "+instances(n))
		}
	}
	return nil
}

// timeline lays timelines over each other, with the size that shows most of what
// happens in the first curve; nil where they have none in common.
func (in Comparison) timeline() *figure {
	story := in.Curves[0].Story()
	if story == nil {
		return nil
	}
	var rates, times, errors []series
	answered := ""
	rates = append(rates, momentSeries(story.Timeline, momentLine{"offered", look{colour: rule, dash: []float64{5, 4}}, 1.6, offeredRps}))
	for i, c := range in.Curves {
		p := pointAt(c, story.Instances)
		if p == nil || len(p.Timeline) == 0 {
			return nil
		}
		l := in.look(i)
		l.marker = noMarker
		rates = append(rates, momentSeries(p.Timeline, momentLine{in.label(i), l, 2, throughputRps}))
		times = append(times, momentSeries(p.Timeline, momentLine{in.label(i), l, 2, p99Ms}))
		errors = append(errors, momentSeries(p.Timeline, momentLine{in.label(i), l, 2, errorsRps}))
		if p.Fails() {
			answered = " of answered requests"
		}
	}
	f := &figure{}
	f.over(story.Timeline, rates, times, errors, answered, events(in.Curves[0].Scenario))
	f.panels[1].y.title = "p99" + answered + " (log scale)"
	if otherSizes(in.Curves[0], story) != "" {
		f.remarks = append(f.remarks, otherSizes(in.Curves[0], story))
	}
	return in.headed(f, in.Timeline, "What happens over time with "+instances(story.Instances))
}

func pointAt(c *model.Curve, instances int) *model.Point {
	for i := range c.Points {
		if c.Points[i].Instances == instances {
			return &c.Points[i]
		}
	}
	return nil
}

// look is that of a curve; the baseline is black.
func (in Comparison) look(i int) look {
	switch {
	case in.Baseline == "":
		return lookOf(i)
	case i == 0:
		return look{colour: ink, marker: circle}
	}
	l := lookOf(i - 1)
	l.marker = markers[1+(i-1)%(len(markers)-1)]
	l.dash = dashPatterns[1+(i-1)%(len(dashPatterns)-1)]
	return l
}

// label tells a curve from the others.
func (in Comparison) label(i int) string {
	text := ""
	if len(in.Labels) == len(in.Curves) {
		text = plain(in.Labels[i])
	} else {
		text = label(i, in.Curves)
	}
	if in.Baseline != "" && i == 0 {
		text += " (" + in.Baseline + ")"
	}
	return text
}

// series is one for each curve.
func (in Comparison) series(of func(model.Point) model.Estimate) []series {
	var all []series
	for i, c := range in.Curves {
		s := series{name: in.label(i), look: in.look(i), points: marksOf(pointsOf(c), of)}
		if c.Kind == model.Predicted {
			s.width, s.interval = 2.2, band
			if versus(in.Curves) != "" {
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

// overlaySubtitle names the comparison, what is asked of all curves, and what
// the predictions rest on.
func overlaySubtitle(name string, curves []*model.Curve) []string {
	parts := []string{clip(plain(name), 48)}
	for _, word := range subtitle(curves[0])[1:] {
		if slices.Contains(curves[0].Asked().Words(), word) && askedOfAll(curves, word) {
			parts = append(parts, word)
		}
	}
	for _, c := range curves {
		asked := c.Asked().Words()
		for _, p := range subtitle(c)[1:] {
			if !slices.Contains(asked, p) && !slices.Contains(parts, p) {
				parts = append(parts, p)
			}
		}
	}
	return parts
}

func askedOfAll(curves []*model.Curve, word string) bool {
	return !slices.ContainsFunc(curves, func(c *model.Curve) bool { return !slices.Contains(c.Asked().Words(), word) })
}

func allSizes(curves []*model.Curve) []int {
	var points []model.Point
	for _, c := range curves {
		points = append(points, c.Points...)
	}
	return sizesOf(pointsOf(&model.Curve{Points: points}))
}
