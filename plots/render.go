package plots

import (
	"bytes"
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
	f.draw(pen{c: c}, pl)
	var b bytes.Buffer
	if _, err := c.WriteTo(&b); err != nil {
		return nil, err
	}
	// Where Liberation is not installed, fonts with the same widths will do.
	return bytes.ReplaceAll(b.Bytes(),
		[]byte("font-family:Liberation Sans;"),
		[]byte("font-family:Liberation Sans,Arial,Helvetica,sans-serif;")), nil
}
