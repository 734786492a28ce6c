package cmd

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/k9mil/velocitas/internal/output"
	"github.com/k9mil/velocitas/model/fit"
	"github.com/k9mil/velocitas/model/fit/tables"
	"github.com/k9mil/velocitas/plots"
)

// drawFit draws a fit as files of a folder.
func drawFit(dir string, in fitInput, r fit.Report, svg bool) ([]output.File, error) {
	return plots.Fit(dir, fitChart(in, r), plots.Options{SVG: svg})
}

// fitChart has the measurements, the picked law and the Universal Scalability
// Law, and the interval within which a new measurement is.
func fitChart(in fitInput, r fit.Report) plots.FitData {
	d := plots.FitData{Name: in.name, Title: fitTitle(r),
		Subtitle: []string{in.table.Name, measurementsText(r), "velocitas " + version},
		XTitle:   axisTitle(r, "n", "N: what was scaled"), YTitle: axisTitle(r, "x", "Throughput (per second)"), Remarks: r.Warnings}
	for _, row := range r.Rows {
		d.Points = append(d.Points, plots.Mark{X: row.N, Y: row.X, Lo: row.X, Hi: row.X})
	}
	if c := in.curve; c != nil {
		d.XTitle, d.YTitle, d.PointsName = "Instances", "Throughput (requests/s)", string(c.Kind)
		for i, row := range r.Rows {
			x := c.Points[row.Line-1].ThroughputRps
			d.Points[i].Lo, d.Points[i].Hi = x.Lo, x.Hi
		}
	}
	from, measured, to := fitRange(r)
	d.MeasuredTo = measured
	for _, l := range drawnLaws(r) {
		d.Curves = append(d.Curves, fitCurve(l, lawLabel(l, r), r.Rows, from, measured, to))
	}
	d.Band = fitBand(r, from, measured, to)
	d.PeakX, d.PeakText = markedPeak(r, to)
	return d
}

// fitTitle says what was found, in short.
func fitTitle(r fit.Report) string {
	if r.Sizes < 3 {
		return "Throughput at two sizes, which cannot tell laws apart"
	}
	at := strconv.FormatFloat(math.Round(10*r.ShapeAt)/10, 'f', -1, 64)
	if r.ShapeAt >= 10 {
		at = shortGrouped(math.Round(r.ShapeAt))
	}
	switch r.Shape {
	case fit.Flat:
		return "Throughput is the same at every size: more of them bring nothing"
	case fit.Falling:
		return "Throughput falls with every size added"
	case fit.Peaked:
		return "Throughput peaks near N = " + at + " and falls beyond"
	case fit.LevelsOff:
		return "Throughput levels off near N = " + at
	}
	return "Throughput grows, without a limit seen up to N = " + at
}

// axisTitle is the heading of the column that has a meaning, where it says more
// than a letter.
func axisTitle(r fit.Report, meaning, otherwise string) string {
	for _, c := range r.Columns {
		if c.Meaning == meaning && len(c.Heading) > 1 {
			if c.Unit != "" && !strings.ContainsAny(c.Heading, "/([") {
				return c.Heading + " (" + c.Unit + ")"
			}
			return c.Heading
		}
	}
	return otherwise
}

// fitBand is the interval from the smallest size drawn to the largest.
func fitBand(r fit.Report, from, measured, to float64) []plots.Mark {
	const steps = 48
	var out []plots.Mark
	best, _ := r.Law(r.Best)
	add := func(n float64) {
		if lo, hi, ok := r.Interval(n); ok {
			out = append(out, plots.Mark{X: n, Y: best.Throughput(n), Lo: lo, Hi: hi})
		}
	}
	for i := range steps + 1 {
		n := from + float64(i)/steps*(to-from)
		if i > 0 && n > measured && n-(to-from)/steps < measured {
			add(measured)
		}
		add(n)
	}
	return out
}

func measurementsText(r fit.Report) string {
	if r.Predicted {
		return fmt.Sprintf("predictions for %d sizes", r.Sizes)
	}
	if len(r.Rows) == r.Sizes {
		return fmt.Sprintf("%d sizes, no repeats", r.Sizes)
	}
	return fmt.Sprintf("%d measurements at %d sizes", len(r.Rows), r.Sizes)
}

var lawNames = map[string]string{
	fit.Linear: "straight line", fit.Amdahl: "Amdahl", fit.Gustafson: "Gustafson", fit.Ceiling: "hard ceiling", fit.USL: "Universal Scalability Law",
}

// drawnLaws are the picked law and the Universal Scalability Law, which is drawn
// once where the two are one line.
func drawnLaws(r fit.Report) []fit.Law {
	best, _ := r.Law(r.Best)
	usl, ok := r.Law(fit.USL)
	if !ok || r.Best == fit.USL || r.Shape == fit.Flat || oneLine(r, best, usl) {
		return []fit.Law{best}
	}
	return []fit.Law{best, usl}
}

// oneLine says whether two laws are nowhere further apart than a line is wide.
func oneLine(r fit.Report, a, b fit.Law) bool {
	for _, row := range r.Rows {
		if math.Abs(a.Throughput(row.N)/b.Throughput(row.N)-1) > 1e-3 {
			return false
		}
	}
	return true
}

// lawLabel names a law in the legend, and says of the picked one that it predicts
// best where there was a choice.
func lawLabel(l fit.Law, r fit.Report) string {
	name := lawNames[l.Name]
	if l.Name != r.Best {
		return name
	}
	if usl, ok := r.Law(fit.USL); ok && usl.Name != l.Name && oneLine(r, l, usl) {
		name += " = " + lawNames[fit.USL]
	}
	judged := 0
	for _, o := range r.Laws {
		if o.CrossValidated != nil {
			judged++
		}
	}
	if judged > 1 && r.Shape != fit.Flat {
		name += " (predicts best)"
	}
	return name
}

// fitRange is from the smallest size measured to half as far again as the
// largest, to the largest asked for, and to the peak of the picked law, as long as
// these are not beyond twice what was measured.
func fitRange(r fit.Report) (from, measured, to float64) {
	from = r.Rows[0].N
	for _, row := range r.Rows {
		from, measured = min(from, row.N), max(measured, row.N)
	}
	to = 1.5 * measured
	for _, p := range r.Predictions {
		if !p.Untrusted {
			to = max(to, p.N)
		}
	}
	if l, _ := r.Law(r.Best); l.PeakN != nil && *l.PeakN <= 2*measured {
		to = max(to, *l.PeakN)
	}
	return from, measured, to
}

// curveSteps is how finely a law is drawn.
const curveSteps = 240

func fitCurve(l fit.Law, name string, rows []tables.Row, from, measured, to float64) plots.FitCurve {
	c := plots.FitCurve{Name: name}
	add := func(n float64) {
		x := l.Throughput(n)
		c.Points = append(c.Points, plots.Mark{X: n, Y: x, Lo: x, Hi: x})
	}
	knee, _ := l.Param("knee") // where the line has a corner
	corners := []float64{min(knee.Value, measured), max(knee.Value, measured)}
	for i := range curveSteps {
		n := from + float64(i)/curveSteps*(to-from)
		add(n)
		for _, c := range corners {
			if n < c && c < n+(to-from)/curveSteps && c < to {
				add(c)
			}
		}
	}
	add(to)
	for _, row := range rows {
		y := row.X - l.Throughput(row.N)
		c.Residuals = append(c.Residuals, plots.Mark{X: row.N, Y: y, Lo: y, Hi: y})
	}
	return c
}

// markedPeak is the peak of the picked law, or else of the Universal Scalability
// Law, where the chart reaches it.
func markedPeak(r fit.Report, to float64) (x float64, text string) {
	for _, name := range []string{r.Best, fit.USL} {
		if l, ok := r.Law(name); ok && l.PeakN != nil && *l.PeakN <= to {
			return *l.PeakN, fmt.Sprintf("peak of the %s: %s at N = %s", lawNames[name], shortGrouped(*l.PeakX), short(*l.PeakN))
		}
	}
	return 0, ""
}

// shortGrouped is short with commas between thousands.
func shortGrouped(v float64) string {
	if v < 1000 {
		return short(v)
	}
	return grouped(int(math.Round(v)))
}
