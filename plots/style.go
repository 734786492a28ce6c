package plots

import "image/color"

var (
	white   = color.NRGBA{0xff, 0xff, 0xff, 0xff}
	ink     = color.NRGBA{0x1a, 0x1a, 0x1a, 0xff}
	greyInk = color.NRGBA{0x59, 0x59, 0x59, 0xff}
	rule    = color.NRGBA{0x8c, 0x8c, 0x8c, 0xff}
	hair    = color.NRGBA{0xe2, 0xe2, 0xe2, 0xff}
	shade   = color.NRGBA{0x00, 0x00, 0x00, 0x12}
)

// The palette of Okabe and Ito (2008), "Color Universal Design", which people
// with any common colour vision tell apart; without its yellow, which is lost
// on white.
var palette = []color.NRGBA{
	{0x00, 0x72, 0xb2, 0xff}, // blue
	{0xd5, 0x5e, 0x00, 0xff}, // vermillion
	{0x00, 0x9e, 0x73, 0xff}, // bluish green
	{0xcc, 0x79, 0xa7, 0xff}, // reddish purple
	{0xe6, 0x9f, 0x00, 0xff}, // orange
	{0x56, 0xb4, 0xe9, 0xff}, // sky blue
	{0x00, 0x00, 0x00, 0xff}, // black
}

// Colour is never the only difference: dashes and markers go with it.
var dashPatterns = [][]float64{nil, {8, 3}, {2.5, 2.5}, {8, 3, 2.5, 3}}

// marker is the shape of a point.
type marker int

const (
	noMarker marker = iota
	circle
	square
	triangle
	diamond
	downTriangle
)

var markers = []marker{circle, square, triangle, diamond, downTriangle}

// look is a series' colour, dashes and marker.
type look struct {
	colour color.NRGBA
	dash   []float64
	marker marker
}

// lookOf is the i-th look. Colours, dashes and markers repeat after different
// numbers, so the first 140 differ.
func lookOf(i int) look {
	return look{palette[i%len(palette)], dashPatterns[i%len(dashPatterns)], markers[i%len(markers)]}
}

func (l look) band() color.NRGBA {
	c := l.colour
	c.A = 0x33
	return c
}

const markerRadius = 4.2

// mark draws a point, filled or hollow.
func (p pen) mark(l look, at vec, hollow bool) {
	if l.marker == noMarker {
		return
	}
	if l.marker == circle {
		p.disc(white, at, markerRadius+1)
		p.disc(l.colour, at, markerRadius)
		if hollow {
			p.disc(white, at, markerRadius-1.6)
		}
		return
	}
	p.fill(white, corners(l.marker, at, markerRadius+1.2)...)
	p.fill(l.colour, corners(l.marker, at, markerRadius)...)
	if hollow {
		p.fill(white, corners(l.marker, at, markerRadius-1.9)...)
	}
}

// cross crosses a point out.
func (p pen) cross(at vec) {
	const r = markerRadius + 2.4
	for _, s := range []stroke{{white, 4, nil}, {ink, 2, nil}} {
		p.line(s, vec{at.x - r, at.y - r}, vec{at.x + r, at.y + r})
		p.line(s, vec{at.x - r, at.y + r}, vec{at.x + r, at.y - r})
	}
}

// corners gives shapes of about the same area as a circle of radius r.
func corners(m marker, at vec, r float64) []vec {
	var shape []vec
	switch m {
	case square:
		shape = []vec{{-0.88, -0.88}, {0.88, -0.88}, {0.88, 0.88}, {-0.88, 0.88}}
	case triangle:
		shape = []vec{{-1.16, -0.75}, {1.16, -0.75}, {0, 1.25}}
	case downTriangle:
		shape = []vec{{-1.16, 0.75}, {1.16, 0.75}, {0, -1.25}}
	case diamond:
		shape = []vec{{-1.25, 0}, {0, -1.25}, {1.25, 0}, {0, 1.25}}
	}
	for i, v := range shape {
		shape[i] = vec{at.x + float64(v.x*r), at.y + float64(v.y*r)}
	}
	return shape
}
