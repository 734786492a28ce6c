package model

import (
	"context"
	"fmt"

	"github.com/k9mil/velocitas/internal/output"
	"github.com/k9mil/velocitas/internal/strict"
)

// curveMost bounds a curve file in bytes.
const curveMost = 64 << 20

// ReadCurve reads a curve file. Its error names file, line and key, or is ctx's
// where that ends.
func ReadCurve(ctx context.Context, path string) (*Curve, error) {
	data, err := strict.ReadFile(ctx, path, curveMost)
	if err != nil {
		return nil, err
	}
	return ParseCurve(path, data)
}

// ParseCurve reads a curve that was read from file.
func ParseCurve(file string, data []byte) (*Curve, error) {
	doc, err := strict.JSON(file, data)
	if err != nil {
		return nil, err
	}
	c := &Curve{}
	if err := doc.Decode(c); err != nil {
		return nil, err
	}
	if key, problem := c.fault(); problem != "" {
		return nil, doc.Fault(key, "%s", problem)
	}
	return c, nil
}

// CurveFile is a curve as a file, for [output.Write]. It fails for a curve that
// [ReadCurve] would refuse.
func CurveFile(path string, c *Curve) (output.File, error) {
	if key, problem := c.fault(); problem != "" {
		return output.File{}, fmt.Errorf("%s: cannot be written: %s: %s", strict.Cut(c.Name, 80), key, problem)
	}
	data, err := Encode(c)
	if err == nil && (len(data) > curveMost || !strict.Fits(data)) {
		err = fmt.Errorf("%s: is too large for a file that can be read again; ask for fewer sizes at a time", strict.Cut(c.Name, 80))
	}
	return output.File{Path: path, Data: data}, err
}

// WriteCurve writes a curve file whole or not at all.
func WriteCurve(path string, c *Curve) error {
	f, err := CurveFile(path, c)
	if err != nil {
		return err
	}
	return output.Write(f)
}

// fault is the first thing wrong with a curve: a key and a problem, or nothing.
func (c *Curve) fault() (key, problem string) {
	switch {
	case c.Schema != CurveSchema:
		return "schema", fmt.Sprintf("wants %q, not %s", CurveSchema, strict.Quote(c.Schema))
	case c.Kind != Predicted && c.Kind != Measured && c.Kind != Imported:
		return "kind", fmt.Sprintf("wants predicted, measured or imported, not %s", strict.Quote(string(c.Kind)))
	case len(c.Points) == 0:
		return "points", "wants at least one point"
	}
	if key, problem := c.outside(); problem != "" {
		return key, problem
	}
	for i := range c.Points {
		n := c.Points[i].Instances
		if n < 1 || n > instancesMost || i > 0 && n <= c.Points[i-1].Instances {
			return fmt.Sprintf("points[%d].instances", i), fmt.Sprintf("wants numbers of instances from 1 to %d in ascending order", instancesMost)
		}
	}
	return "", ""
}
