package plots

import (
	"slices"

	"github.com/k9mil/velocitas/model"
)

// breakdown is where the time goes, part upon part, against instances: on
// average, and of the slowest hundredth. It is nil where no point tells.
func breakdown(c *model.Curve) *figure {
	points := pointsOf(c)
	var names []string
	for _, p := range points {
		if p.Breakdown == nil {
			continue
		}
		for _, part := range p.Breakdown.Parts {
			if !slices.Contains(names, part.Part) {
				names = append(names, part.Part)
			}
		}
	}
	if len(names) == 0 {
		return nil
	}
	f := &figure{title: c.BreakdownFinding(), subtitle: subtitle(c)}
	for _, of := range []struct {
		title string
		ms    func(model.BreakdownPart) float64
	}{
		{"Mean latency" + ofAnswered(c) + " (ms)", func(p model.BreakdownPart) float64 { return p.MeanMs }},
		{"Latency of the slowest hundredth, on average (ms)", func(p model.BreakdownPart) float64 { return p.SlowestMs }},
	} {
		layers, top := stacked(points, names, of.ms)
		f.panels = append(f.panels, panel{y: linearAxis(of.title, 0, top, number), series: layers, height: breakdownHeight, empty: noAnswers})
	}
	f.overSizes(sizesOf(points))
	return f
}

const breakdownHeight = 190.0

// stacked are layers, the first name lowest, and the height of the highest stack.
// The legend has the highest first, as they lie.
func stacked(points []model.Point, names []string, ms func(model.BreakdownPart) float64) (all []series, top float64) {
	sums := make([]float64, len(points))
	for i, name := range names {
		s := series{name: name, look: layerLook(i), interval: layer}
		for k, p := range points {
			if p.Breakdown == nil {
				continue
			}
			lo := sums[k]
			for _, part := range p.Breakdown.Parts {
				if part.Part == name {
					sums[k] += ms(part)
				}
			}
			top = max(top, sums[k])
			s.points = append(s.points, Mark{X: float64(p.Instances), Y: sums[k], Lo: lo, Hi: sums[k]})
		}
		all = append(all, s)
	}
	slices.Reverse(all)
	return all, top
}

// layerLook is the fill of a layer. Beyond the colours of the palette there are
// stripes, so that no two layers look alike.
func layerLook(i int) look {
	l := look{colour: palette[i%(len(palette)-1)], marker: noMarker}
	if i >= len(palette)-1 {
		l.dash = []float64{3, 3}
	}
	return l
}

// layerWidth is that of a bar at one size.
const layerWidth = 34.0

// drawLayer draws a layer as a bar at each size, with white between layers. Bars
// stand for themselves: nothing was simulated between two sizes.
func (a area) drawLayer(s series) {
	half := layerWidth / 2
	for i := 1; i < len(s.points); i++ {
		half = min(half, 0.4*(a.atX(s.points[i].X)-a.atX(s.points[i-1].X)))
	}
	for _, p := range s.points {
		lo, hi := a.atY(p.Lo), a.atY(p.Hi)
		if hi-lo < 0.25 {
			continue
		}
		if hi-lo > 2 {
			lo += 0.75
		}
		x := a.atX(p.X)
		a.swatch(s.look, x-half, x+half, lo, hi)
	}
}

// swatch fills a rectangle, with stripes across where the look has dashes.
func (p pen) swatch(l look, left, right, bottom, top float64) {
	p.fill(l.colour, vec{left, bottom}, vec{right, bottom}, vec{right, top}, vec{left, top})
	if l.dash == nil {
		return
	}
	for y := bottom + l.dash[0]; y < top; y += l.dash[0] + l.dash[1] {
		p.line(stroke{white, 1, nil}, vec{left, y}, vec{right, y})
	}
}
