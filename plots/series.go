package plots

import "math"

// A Mark is a point of a chart with its 95 % interval; Lo and Hi equal Y where
// there is none.
type Mark struct {
	X, Y, Lo, Hi float64
	// Hollow marks are drawn as outlines: they are no steady state.
	Hollow bool
	// Failing marks are crossed out: what they show is not of all requests.
	Failing bool
}

// intervalForm is how the intervals of a series are shown.
type intervalForm int

const (
	noInterval intervalForm = iota
	band
	bars
	across // along the horizontal axis
	layer  // filled, from Lo to Hi
)

// series is one thing in a chart, with one entry in the legend.
type series struct {
	name     string
	look     look
	points   []Mark
	width    float64 // of the line, in points; 0 draws no line
	interval intervalForm
	ends     bool // ends where requests fail
	clip     bool // may leave the panel, and does not widen its axes
}

// area is a panel's place on paper with its axes.
type area struct {
	pen
	x, y                     axis
	left, right, bottom, top float64
}

func (a area) at(x, y float64) vec { return vec{a.atX(x), a.atY(y)} }

func (a area) atX(x float64) float64 {
	return a.left + float64(a.x.norm(x)*(a.right-a.left))
}

func (a area) atY(y float64) float64 {
	return a.bottom + float64(a.y.norm(y)*(a.top-a.bottom))
}

// runs cuts a series where a point has no place on the axes, so that a gap in
// the data is a gap in the chart.
func (a area) runs(points []Mark) [][]Mark {
	var runs [][]Mark
	open := false
	for _, p := range points {
		if !a.x.scale.holds(p.X) || !a.y.scale.holds(p.Y) {
			open = false
			continue
		}
		if !open {
			runs = append(runs, nil)
			open = true
		}
		runs[len(runs)-1] = append(runs[len(runs)-1], p)
	}
	return runs
}

// ends are where an interval is drawn. A bound without a place on the axis,
// as zero on a logarithmic one, becomes the axis' end.
func (a area) ends(p Mark) (lo, hi float64) {
	lo, hi = a.bottom, a.top
	if a.y.scale.holds(p.Lo) {
		lo = a.atY(p.Lo)
	}
	if a.y.scale.holds(p.Hi) {
		hi = a.atY(p.Hi)
	}
	return lo, hi
}

// dense puts points between those of a line on a logarithmic axis, where what
// is in proportion to it would look like a bend at each point. On two
// logarithmic axes proportions are straight already.
func (a area) dense(run []Mark) []Mark {
	if a.x.scale != logarithmic || a.y.scale != linear {
		return run
	}
	const apart = 6 // points of paper
	var all []Mark
	for i, p := range run {
		if i > 0 {
			last := run[i-1]
			n := int(math.Ceil((a.atX(p.X) - a.atX(last.X)) / apart))
			for k := 1; k < n; k++ {
				share := float64(k) / float64(n)
				x := last.X * math.Pow(p.X/last.X, share)
				part := (x - last.X) / (p.X - last.X)
				between := func(from, to float64) float64 { return from + float64((to-from)*part) }
				all = append(all, Mark{X: x, Y: between(last.Y, p.Y), Lo: between(last.Lo, p.Lo), Hi: between(last.Hi, p.Hi)})
			}
		}
		all = append(all, p)
	}
	return all
}

func (a area) drawBand(s series) {
	for _, run := range a.runs(s.points) {
		run = a.dense(run)
		if len(run) < 2 {
			a.drawBars(s.look, run)
			continue
		}
		var upper, lower []vec
		for _, p := range run {
			lo, hi := a.ends(p)
			upper = append(upper, vec{a.atX(p.X), hi})
			lower = append(lower, vec{a.atX(p.X), lo})
		}
		for i := len(lower) - 1; i >= 0; i-- {
			upper = append(upper, lower[i])
		}
		a.fill(s.look.band(), upper...)
	}
}

func (a area) drawBars(l look, points []Mark) {
	const cap = 3.5
	st := stroke{colour: l.colour, width: 1.3}
	for _, p := range points {
		lo, hi := a.ends(p)
		x := a.atX(p.X)
		if hi-lo < 1 {
			continue
		}
		a.line(st, vec{x, lo}, vec{x, hi})
		a.line(st, vec{x - cap, lo}, vec{x + cap, lo})
		a.line(st, vec{x - cap, hi}, vec{x + cap, hi})
	}
}

// drawAcross draws intervals along the horizontal axis.
func (a area) drawAcross(s series) {
	const cap = 3.5
	st := stroke{colour: s.look.colour, width: 1.3}
	for _, p := range s.points {
		lo, hi := a.left, a.right
		if a.x.scale.holds(p.Lo) {
			lo = a.atX(p.Lo)
		}
		if a.x.scale.holds(p.Hi) {
			hi = a.atX(p.Hi)
		}
		y := a.atY(p.Y)
		if !a.x.scale.holds(p.X) || hi-lo < 1 {
			continue
		}
		a.line(st, vec{lo, y}, vec{hi, y})
		a.line(st, vec{lo, y - cap}, vec{lo, y + cap})
		a.line(st, vec{hi, y - cap}, vec{hi, y + cap})
	}
}

func (a area) drawLine(s series) {
	st := stroke{s.look.colour, s.width, s.look.dash}
	for _, run := range a.runs(s.points) {
		var pts []vec
		for _, p := range a.dense(run) {
			pts = append(pts, a.at(p.X, p.Y))
		}
		a.line(st, pts...)
	}
}

// drawMarks draws the points. Along a line, points that would run into each
// other are thinned, since the line passes through them anyway; but the first,
// the last, and those at which something changes are drawn.
func (a area) drawMarks(s series) {
	for _, run := range a.runs(s.points) {
		shown := run
		if s.width > 0 {
			shown = a.thinned(run)
		}
		for _, p := range shown {
			at := a.at(p.X, p.Y)
			if p.Failing {
				a.cross(at) // its arms stick out from behind the mark
			}
			a.mark(s.look, at, p.Hollow)
		}
	}
}

// thinned leaves out points of a line.
func (a area) thinned(run []Mark) []Mark {
	var shown []Mark
	last := -1e9 // where the last stands
	for i, p := range run {
		x := a.atX(p.X)
		changes := i > 0 && (p.Hollow != run[i-1].Hollow || p.Failing != run[i-1].Failing)
		if x < last+leastApart && i < len(run)-1 && !changes {
			continue
		}
		if n := len(shown); i == len(run)-1 && n > 1 && x < last+leastApart && !changes {
			shown = shown[:n-1] // the last one matters more
		}
		shown, last = append(shown, p), x
	}
	return shown
}

// draw draws the series in the order that keeps points on top.
func (a area) draw(all []series) {
	for _, s := range all {
		if s.interval == layer {
			a.drawLayer(s)
		}
		if s.interval == band {
			a.drawBand(s)
		}
	}
	for _, s := range all {
		if s.width > 0 {
			a.drawLine(s)
		}
	}
	for _, s := range all {
		if s.interval == across {
			a.drawAcross(s)
		}
		if s.interval == bars {
			for _, run := range a.runs(s.points) {
				a.drawBars(s.look, run)
			}
		}
		a.drawMarks(s)
	}
}

// some reports whether any series has a point to draw.
func (a area) some(all []series) bool {
	for _, s := range all {
		if !s.clip && len(a.runs(s.points)) > 0 {
			return true
		}
	}
	return false
}
