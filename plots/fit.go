package plots

import (
	"errors"
	"fmt"
	"slices"

	"github.com/k9mil/velocitas/internal/output"
)

// FitData is points with the laws fitted to them. The caller samples the laws;
// the horizontal axis is a whole number (instances, clients, threads).
type FitData struct {
	Name     string   // of the file
	Chart    string   // the end of the file's name; "fit" when empty
	Title    string   // what the chart shows
	Subtitle []string // of what: source, version; joined in one line
	XTitle   string   // as "Instances"
	YTitle   string   // with the unit, as "Throughput (requests/s)"
	Points   []Mark   // what the laws are fitted to
	// PointsName is the points' name in the legend; "measured" when empty.
	PointsName string
	// BarsName is what their bars are in the legend; "95 % interval" when empty.
	BarsName string
	Curves   []FitCurve
	// Band bounds a new point at each X with 95 %.
	Band []Mark
	// MeasuredTo is where the points end and the laws go on by themselves; 0 where
	// they do not.
	MeasuredTo float64
	// PeakX marks a peak with PeakText, as "peak at 12"; 0 marks none.
	PeakX    float64
	PeakText string
	// Remarks are sentences below the chart.
	Remarks []string
}

// FitCurve is one law, from left to right, and what it leaves unexplained at
// the points, in the vertical axis' unit (measured − fitted).
type FitCurve struct {
	Name      string
	Points    []Mark
	Residuals []Mark
}

// Fit draws measured points, the laws fitted to them and, where any are given,
// their residuals, in NAME-fit.png; files and errors are as for [Curve]. A plain
// curve, such as the highest rate that each number of instances carries, is a
// FitData whose one law passes through the points.
func Fit(dir string, in FitData, opt Options) ([]output.File, error) {
	if len(in.Points) == 0 {
		return nil, errors.New("plots: no points to draw a fit of")
	}
	for i, c := range in.Curves {
		if len(c.Points) < 2 {
			return nil, fmt.Errorf("plots: curve %d (%s) of the fit has fewer than 2 points", i+1, plain(c.Name))
		}
	}
	suffix := in.Chart
	if suffix == "" {
		suffix = "fit"
	}
	return drawn(dir, in.Name, []chart{{suffix, fit(in)}}, opt)
}

func fit(in FitData) *figure {
	name := in.PointsName
	if name == "" {
		name = "measured"
	}
	var all, residuals []series
	if len(in.Band) > 1 {
		all = append(all, series{look: look{colour: greyInk}, points: in.Band, interval: band})
	}
	for i, c := range in.Curves {
		l := lookOf(i)
		points := look{l.colour, l.dash, l.marker}
		l.marker = noMarker
		within, beyond := c.split(in.MeasuredTo)
		all = append(all, series{name: c.Name, look: l, width: 2.2, points: within})
		if len(beyond) > 1 {
			l.dash = []float64{1.5, 3}
			all = append(all, series{look: l, width: 1.6, points: beyond})
		}
		if len(c.Residuals) > 0 {
			residuals = append(residuals, series{look: points, points: c.Residuals})
		}
	}
	dots := look{colour: ink, marker: circle}
	if len(in.Curves) == 1 && len(residuals) == 0 { // the line is that of the points
		dots.colour = lookOf(0).colour
	}
	// Bars are drawn after the points, whose dots would hide short ones.
	all = append(all, series{name: name, look: dots, points: in.Points},
		series{look: look{colour: ink}, points: in.Points, interval: bars})
	y := linearAxis(in.YTitle, min(0, extentOf(all, linear).lo), extentOf(all, linear).hi, number)
	f := &figure{bars: in.BarsName, title: in.Title, subtitle: plainAll(in.Subtitle), remarks: in.Remarks}
	f.panels = []panel{{y: y, series: all, height: panelHeight, empty: "No finite points: nothing to draw"}}
	if in.PeakX > 0 {
		f.panels[0].notes = []note{{x: in.PeakX, text: in.PeakText, line: true}}
	}
	if end := in.end(); in.MeasuredTo > 0 && end > in.MeasuredTo {
		f.panels[0].notes = append(f.panels[0].notes, note{x: in.MeasuredTo, text: "from here on extrapolated", line: true})
		f.panels[0].spans = []span{{in.MeasuredTo, end}}
	}
	ys := []axis{y}
	if len(residuals) > 0 {
		e := extentOf(residuals, linear)
		far := max(-e.lo, e.hi)
		ry := linearAxis("Residuals ("+name+" − fitted)", -far, far, number)
		f.panels = append(f.panels, panel{y: ry, series: residuals, height: 100})
		ys = append(ys, ry)
	}
	x := fitAxis(in, all, frameWidth(ys...))
	for i := range f.panels {
		f.panels[i].x = x
	}
	return f
}

// fitAxis is the horizontal axis, from just left of the first point to just
// right of the last.
func fitAxis(in FitData, all []series, width float64) axis {
	var e extent
	for _, s := range all {
		for _, p := range s.points {
			e.add(p.X, linear)
		}
	}
	if in.PeakX > 0 {
		e.add(in.PeakX, linear)
	}
	a := axis{title: in.XTitle, lo: e.lo, hi: max(e.hi, e.lo+1)}.padded(0.03)
	var sizes []int
	for _, p := range in.Points {
		if linear.holds(p.X) && float64(int(p.X)) == p.X {
			sizes = append(sizes, int(p.X))
		}
	}
	slices.Sort(sizes)
	return a.withTicks(wholeChoices(slices.Compact(sizes), int(e.lo), int(e.hi)), width)
}

// wholeChoices are sets of ticks from the fullest to the sparsest: every size,
// where they reach as far as the axis, and round numbers.
func wholeChoices(sizes []int, lo, hi int) [][]int {
	const most = 60
	var choices [][]int
	if n := len(sizes); n > 0 && n <= most && sizes[n-1] >= hi {
		choices = append(choices, sizes)
	}
	for unit := 1; unit <= max(hi, 1); unit *= 10 {
		for _, m := range []int{1, 2, 5} {
			if (hi-lo)/(m*unit) <= most {
				choices = append(choices, multiples(m*unit, lo, hi))
			}
		}
	}
	return choices
}

// end is the right end of the laws.
func (in FitData) end() float64 {
	end := 0.0
	for _, c := range in.Curves {
		end = max(end, c.Points[len(c.Points)-1].X)
	}
	return end
}

// split cuts a law where the points end; the cut is in both parts.
func (c FitCurve) split(at float64) (within, beyond []Mark) {
	i := len(c.Points)
	for at > 0 && i > 0 && c.Points[i-1].X > at {
		i--
	}
	if i == 0 {
		return nil, c.Points
	}
	return c.Points[:i], c.Points[i-1:]
}

func plainAll(all []string) []string {
	var out []string
	for _, s := range all {
		out = append(out, plain(s))
	}
	return out
}
