package plots

import (
	"image/color"
	"sort"
	"strings"
	"unicode"

	stdfont "golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/font/liberation"
	"gonum.org/v1/plot/vg"
)

// typeface is a size and a colour of Liberation Sans.
type typeface struct {
	size   float64 // points
	bold   bool
	colour color.NRGBA
}

var (
	titleType  = typeface{size: 17, bold: true, colour: ink}
	headType   = typeface{size: 12, bold: true, colour: ink}
	labelType  = typeface{size: 12, colour: ink}
	tickType   = typeface{size: 12, colour: greyInk}
	noteType   = typeface{size: 12, colour: greyInk}
	remarkType = typeface{size: 11.5, colour: greyInk}
)

var fonts = font.NewCache(liberation.Collection())

func (t typeface) face() font.Face {
	f := font.Font{Typeface: "Liberation", Variant: "Sans"}
	if t.bold {
		f.Weight = stdfont.WeightBold
	}
	return fonts.Lookup(f, vg.Length(t.size))
}

// perUnit is the length of a unit of the font, in points.
func (t typeface) perUnit() float64 {
	return t.size / float64(t.face().Face.UnitsPerEm())
}

// width is how long s gets, in points.
func (t typeface) width(s string) float64 {
	units := eachGlyph(t.face().Face, s, func(sfnt.GlyphIndex, int) {})
	return float64(units) * t.perUnit()
}

// fit shortens s with an ellipsis until it is at most width points long.
func (t typeface) fit(s string, width float64) string {
	if t.width(s) <= width {
		return s
	}
	letters := []rune(s)
	short := func(n int) string { return strings.TrimRight(string(letters[:n]), " ") + "…" }
	// The first length that is too long; s itself is.
	n := sort.Search(len(letters), func(n int) bool { return t.width(short(n)) > width })
	if n == 0 {
		return ""
	}
	return short(n - 1)
}

// wrap sets parts, joined by a middle dot, in as many lines as they need.
func (t typeface) wrap(parts []string, width float64) []string {
	const dot = "\u00a0 · \u00a0" // hard spaces, since SVG drops repeated ones
	var lines []string
	for _, part := range parts {
		part = t.fit(part, width)
		last := len(lines) - 1
		if last >= 0 && t.width(lines[last]+dot+part) <= width {
			lines[last] += dot + part
		} else {
			lines = append(lines, part)
		}
	}
	return lines
}

// plain makes one line of printable letters of s.
func plain(s string) string {
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, s)), " ")
}
