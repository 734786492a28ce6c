package plots

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image/png"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// pixelsPerPoint makes charts of 1,280 pixels' width, which are still legible
// at half of that.
const pixelsPerPoint = 2

func (f *figure) png() ([]byte, error) {
	pl := f.plan()
	c := vgimg.NewWith(
		vgimg.UseWH(paperWidth, vg.Length(snap(pl.height))),
		vgimg.UseDPI(72*pixelsPerPoint),
		vgimg.UseBackgroundColor(white),
	)
	f.draw(pen{c: c, raster: true}, pl)
	var b bytes.Buffer
	err := png.Encode(&b, c.Image())
	return b.Bytes(), err
}

func (f *figure) svg() ([]byte, error) {
	pl := f.plan()
	c := vgsvg.New(paperWidth, vg.Length(snap(pl.height)))
	var texts []written
	f.draw(pen{c: c, texts: &texts}, pl)
	var b bytes.Buffer
	if _, err := c.WriteTo(&b); err != nil {
		return nil, err
	}
	return f.described(anyFont(b.Bytes(), texts))
}

// described gives an SVG the title and the description that screen readers read
// and browsers show.
func (f *figure) described(svg []byte) ([]byte, error) {
	at := bytes.Index(svg, []byte("<svg "))
	end := bytes.IndexByte(svg[max(at, 0):], '>')
	if at < 0 || end < 0 {
		return nil, errors.New("an SVG without its element")
	}
	end += at
	var b bytes.Buffer
	b.Write(svg[:at])
	b.WriteString(`<svg role="img" aria-labelledby="title desc" `)
	b.Write(svg[at+len("<svg ") : end+1])
	b.WriteString("\n<title id=\"title\">")
	if err := xml.EscapeText(&b, []byte(plain(f.title))); err != nil {
		return nil, err
	}
	b.WriteString("</title>\n<desc id=\"desc\">")
	if err := xml.EscapeText(&b, []byte(f.description())); err != nil {
		return nil, err
	}
	b.WriteString("</desc>")
	b.Write(svg[end+1:])
	return b.Bytes(), nil
}

// description says in words what a chart shows: of what it is, which quantities
// against which, what the lines are, and what is remarked.
func (f *figure) description() string {
	var panels, lines []string
	for _, p := range f.panels {
		panels = append(panels, plain(p.y.title)+" by "+plain(p.x.title))
		for _, s := range p.series {
			if name := plain(s.name); name != "" && !slices.Contains(lines, name) {
				lines = append(lines, name)
			}
		}
	}
	text := strings.Join(panels, "; ") + "."
	if len(lines) > 0 {
		text += " Shown: " + list(lines) + "."
	}
	text += " " + strings.Join(f.subtitle, ", ") + "."
	return strings.Join(append([]string{text}, f.remarks...), " ")
}

// fallbacks are fonts with the widths of Liberation Sans, then any.
const fallbacks = "Liberation Sans,Arial,Arimo,Helvetica,Nimbus Sans,sans-serif"

// anyFont makes an SVG legible where Liberation is not installed: texts keep the
// shape of the font that is found, and stand at the end that they belong to.
func anyFont(svg []byte, texts []written) []byte {
	parts := bytes.Split(svg, []byte("<text "))
	var b bytes.Buffer
	for i, part := range parts {
		if i > 0 {
			b.WriteString("<text ")
			switch texts[i-1].align {
			case centred:
				b.WriteString(`text-anchor="middle" `)
			case toRight:
				b.WriteString(`text-anchor="end" `)
			}
		}
		b.Write(part)
	}
	return bytes.ReplaceAll(b.Bytes(), []byte("font-family:Liberation Sans;"), []byte("font-family:"+fallbacks+";"))
}
