package plots

import (
	"errors"
	"fmt"

	"github.com/k9mil/velocitas/internal/output"
)

// FitData is points with the laws fitted to them. The caller samples the laws;
// the horizontal axis is a whole number (instances, clients, threads).
type FitData struct {
	Name     string   // of the file
	Title    string   // what the chart shows
	Subtitle []string // of what: source, version; joined in one line
	XTitle   string   // as "Instances"
	YTitle   string   // with the unit, as "Throughput (requests/s)"
	Points   []Mark   // what the laws are fitted to
	// PointsName is the points' name in the legend; "measured" when empty.
	PointsName string
	Curves     []FitCurve
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
// their residuals, in NAME-fit.png; files and errors are as for [Curve]. A plain curve, such as the highest rate that each
// number of instances carries, is a FitData whose one law passes through the
// points.
func Fit(dir string, in FitData, opt Options) ([]output.File, error) {
	if len(in.Points) == 0 {
		return nil, errors.New("plots: no points to draw a fit of")
	}
	for i, c := range in.Curves {
		if len(c.Points) < 2 {
			return nil, fmt.Errorf("plots: curve %d (%s) of the fit has fewer than 2 points", i+1, plain(c.Name))
		}
	}
	return drawn(dir, in.Name, []chart{{"fit", fit(in)}}, opt)
}

func fit(in FitData) *figure {
	measured := series{name: in.PointsName, look: look{colour: ink, marker: circle}, points: in.Points, interval: bars}
	if in.PointsName == "" {
		measured.name = "measured"
	}
	var laws, residuals []series
	for i, c := range in.Curves {
		l := lookOf(i)
		points := look{l.colour, l.dash, l.marker}
		l.marker = noMarker
		laws = append(laws, series{name: c.Name, look: l, width: 2.2, points: c.Points})
		if len(c.Residuals) > 0 {
			residuals = append(residuals, series{name: c.Name, look: points, points: c.Residuals})
		}
	}
	all := append(laws, measured)
	y := linearAxis(in.YTitle, min(0, extentOf(all, linear).lo), extentOf(all, linear).hi, number)
	f := &figure{title: in.Title, subtitle: plainAll(in.Subtitle), remarks: in.Remarks}
	f.panels = []panel{{y: y, series: all, height: panelHeight, empty: "No finite points: nothing to draw"}}
	if in.PeakX > 0 {
		f.panels[0].notes = []note{{x: in.PeakX, text: in.PeakText, line: true}}
	}
	ys := []axis{y}
	if len(residuals) > 0 {
		e := extentOf(residuals, linear)
		far := max(-e.lo, e.hi)
		ry := linearAxis("Residuals (measured − fitted)", -far, far, number)
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
	if n := len(sizes); n == 0 || float64(sizes[n-1]) < e.hi {
		sizes = multiples(1, int(e.lo), int(e.hi)) // beyond what was measured
	}
	return a.withTicks(tickChoices(sizes, int(e.lo), int(e.hi), linear), width)
}

func plainAll(all []string) []string {
	var out []string
	for _, s := range all {
		out = append(out, plain(s))
	}
	return out
}
