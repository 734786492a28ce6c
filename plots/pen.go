package plots

import (
	"image/color"
	"math"

	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"gonum.org/v1/plot/vg"
)

// vec is a place on paper in points, from the bottom left corner.
type vec struct{ x, y float64 }

// stroke is how a line is drawn; lengths in points.
type stroke struct {
	colour color.NRGBA
	width  float64
	dash   []float64 // drawn, left out, drawn, ...; nil is a solid line
}

// pen draws on a canvas so that the result is the same on every processor.
//
// Coordinates come from sums of products and from logarithms, whose last bit
// may differ between processors. So each is put on a grid first, and from there
// on all that follows in the rasteriser is exact: it adds, and multiplies by
// one. Two things would not be: its dashes and curves of third order, and its
// text; on a raster the pen does these itself.
type pen struct {
	c      vg.Canvas
	raster bool
	texts  *[]written // collects what was written, unless on a raster
}

// align is which end of a text stands at its place.
type align int

const (
	fromLeft align = iota
	centred
	toRight
)

// written is a text's width, and which end of it stands at its place.
type written struct {
	width float64
	align align
}

// snap puts a coordinate on the grid of 1/32 point. The threshold between two
// places is not in the middle, where round numbers fall, but a little beside
// it, so that a difference in the last bit decides nothing.
func snap(v float64) float64 {
	const grid = 32
	return math.Floor(v*grid+0.5123) / grid
}

func (v vec) point() vg.Point {
	return vg.Point{X: vg.Length(snap(v.x)), Y: vg.Length(snap(v.y))}
}

func (p pen) line(s stroke, pts ...vec) {
	if len(pts) < 2 {
		return
	}
	p.c.SetColor(s.colour)
	p.c.SetLineWidth(vg.Length(s.width))
	if !p.raster {
		p.c.SetLineDash(lengths(s.dash), 0)
	}
	if !p.raster || s.dash == nil {
		p.c.Stroke(outline(pts))
		return
	}
	for _, piece := range dashes(pts, s.dash) {
		p.c.Stroke(outline(piece))
	}
}

func lengths(dash []float64) []vg.Length {
	var ls []vg.Length
	for _, d := range dash {
		ls = append(ls, vg.Length(d))
	}
	return ls
}

// outline makes a path of the points on the grid, leaving out repeated ones.
func outline(pts []vec) vg.Path {
	path := make(vg.Path, 0, len(pts)+1)
	var last vg.Point
	for i, v := range pts {
		pt := v.point()
		switch {
		case i == 0:
			path.Move(pt)
		case pt != last || i == 1:
			path.Line(pt)
		}
		last = pt
	}
	return path
}

// dashes cuts a line into the pieces that a dash pattern draws.
func dashes(pts []vec, pattern []float64) [][]vec {
	var pieces [][]vec
	i, left, piece := 0, pattern[0], []vec{pts[0]}
	for k := 1; k < len(pts); k++ {
		a, b := pts[k-1], pts[k]
		length := math.Sqrt(float64((b.x-a.x)*(b.x-a.x)) + float64((b.y-a.y)*(b.y-a.y)))
		done := 0.0
		for length-done > left {
			done += left
			t := done / length
			cut := vec{a.x + float64((b.x-a.x)*t), a.y + float64((b.y-a.y)*t)}
			if i%2 == 0 {
				pieces = append(pieces, append(piece, cut))
			}
			i, piece = i+1, []vec{cut}
			left = pattern[i%len(pattern)]
		}
		left -= length - done
		piece = append(piece, b)
	}
	if i%2 == 0 && len(piece) > 1 {
		pieces = append(pieces, piece)
	}
	return pieces
}

func (p pen) fill(c color.NRGBA, pts ...vec) {
	if len(pts) < 3 {
		return
	}
	path := outline(pts)
	path.Close()
	p.c.SetColor(c)
	p.c.Fill(path)
}

// disc fills a circle, as eight arcs of second order.
func (p pen) disc(c color.NRGBA, at vec, r float64) {
	const (
		d = 0.7071067811865476 // cos(π/4)
		a = 0.4142135623730951 // tan(π/8), for the control points
	)
	ends := [8]vec{{1, 0}, {d, d}, {0, 1}, {-d, d}, {-1, 0}, {-d, -d}, {0, -1}, {d, -d}}
	mids := [8]vec{{1, a}, {a, 1}, {-a, 1}, {-1, a}, {-1, -a}, {-a, -1}, {a, -1}, {1, -a}}
	place := func(v vec) vg.Point {
		return vec{at.x + float64(v.x*r), at.y + float64(v.y*r)}.point()
	}
	var path vg.Path
	path.Move(place(ends[0]))
	for i := range ends {
		path.QuadTo(place(mids[i]), place(ends[(i+1)%8]))
	}
	path.Close()
	p.c.SetColor(c)
	p.c.Fill(path)
}

// text draws s with its baseline starting at the given place.
func (p pen) text(t typeface, at vec, s string) { p.textTo(t, at, fromLeft, s) }

// textTo draws s with its baseline starting, centred or ending at the given place.
func (p pen) textTo(t typeface, at vec, to align, s string) {
	if s == "" {
		return
	}
	p.c.SetColor(t.colour)
	// Whole pixels upwards keep the baseline sharp.
	at.y = math.Floor(at.y*2+0.5123) / 2
	if !p.raster {
		p.c.FillString(t.face(), at.point(), s)
		*p.texts = append(*p.texts, written{t.width(s), to})
		return
	}
	at.x -= t.width(s) * [...]float64{fromLeft: 0, centred: 0.5, toRight: 1}[to]
	eachGlyph(t.face().Face, s, func(g sfnt.GlyphIndex, advance int) {
		p.glyph(t, g, vec{at.x + float64(float64(advance)*t.perUnit()), at.y})
	})
}

// glyph fills the outline of one letter. The rasteriser of x/image for text
// works in float32 and may fuse; that for paths counts in integers.
func (p pen) glyph(t typeface, g sfnt.GlyphIndex, at vec) {
	var buf sfnt.Buffer
	ppem := fixed.Int26_6(t.size * pixelsPerPoint * 64)
	segments, err := t.face().Face.LoadGlyph(&buf, g, ppem, nil)
	if err != nil || len(segments) == 0 {
		return // a space, or a letter that the font lacks altogether
	}
	origin := at.point()
	place := func(q fixed.Point26_6) vg.Point {
		return vg.Point{
			X: origin.X + vg.Length(q.X)/(64*pixelsPerPoint),
			Y: origin.Y - vg.Length(q.Y)/(64*pixelsPerPoint),
		}
	}
	var path vg.Path
	for _, s := range segments {
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			path.Move(place(s.Args[0]))
		case sfnt.SegmentOpLineTo:
			path.Line(place(s.Args[0]))
		case sfnt.SegmentOpQuadTo:
			path.QuadTo(place(s.Args[0]), place(s.Args[1]))
		case sfnt.SegmentOpCubeTo: // not in TrueType fonts
			path.CubeTo(place(s.Args[0]), place(s.Args[1]), place(s.Args[2]))
		}
	}
	p.c.Fill(path)
}

// eachGlyph calls do for the letters of s with where each starts, in units of
// the font.
func eachGlyph(f *sfnt.Font, s string, do func(g sfnt.GlyphIndex, advance int)) (width int) {
	var buf sfnt.Buffer
	var last sfnt.GlyphIndex
	ppem := fixed.Int26_6(f.UnitsPerEm())
	for i, r := range s {
		g, err := f.GlyphIndex(&buf, r)
		if err != nil {
			continue
		}
		if i > 0 {
			if kern, err := f.Kern(&buf, last, g, ppem, 0); err == nil {
				width += int(kern)
			}
		}
		do(g, width)
		if advance, err := f.GlyphAdvance(&buf, g, ppem, 0); err == nil {
			width += int(advance)
		}
		last = g
	}
	return width
}
