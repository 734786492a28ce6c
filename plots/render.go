package plots

import (
	"bytes"
	"fmt"
	"image/png"

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
	var widths []float64
	f.draw(pen{c: c, texts: &widths}, pl)
	var b bytes.Buffer
	if _, err := c.WriteTo(&b); err != nil {
		return nil, err
	}
	return anyFont(b.Bytes(), widths), nil
}

// anyFont makes an SVG legible where Liberation is not installed: fonts with
// the same widths come next, and any other is made as wide as the text is to be.
func anyFont(svg []byte, widths []float64) []byte {
	parts := bytes.Split(svg, []byte("<text "))
	var b bytes.Buffer
	for i, part := range parts {
		if i > 0 {
			fmt.Fprintf(&b, `<text textLength="%.2f" lengthAdjust="spacingAndGlyphs" `, widths[i-1])
		}
		b.Write(part)
	}
	return bytes.ReplaceAll(b.Bytes(),
		[]byte("font-family:Liberation Sans;"),
		[]byte("font-family:Liberation Sans,Arial,Helvetica,sans-serif;"))
}
