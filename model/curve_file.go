package model

import (
	"context"
	"fmt"

	"github.com/k9mil/velocitas/internal/output"
	"github.com/k9mil/velocitas/model/strict"
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
		return output.File{}, &strict.Error{File: c.Name, Key: key, Problem: problem}
	}
	data, err := Encode(c)
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
	for i := range c.Points {
		p, at := &c.Points[i], fmt.Sprintf("points[%d]", i)
		if p.Instances < 1 || (i > 0 && p.Instances <= c.Points[i-1].Instances) {
			return at + ".instances", "wants numbers of instances from 1 in ascending order"
		}
		for _, e := range p.estimates() {
			if e.Lo > e.Hi || e.Value < 0 {
				return at + "." + e.key, "wants a value of at least 0 and lo not above hi"
			}
		}
	}
	return "", ""
}

type namedEstimate struct {
	key string
	Estimate
}

func (p *Point) estimates() []namedEstimate {
	l, u := &p.LatencyMs, &p.Utilisation
	return []namedEstimate{
		{"throughput_rps", p.ThroughputRps},
		{"latency_ms.mean", l.Mean}, {"latency_ms.p50", l.P50}, {"latency_ms.p90", l.P90},
		{"latency_ms.p95", l.P95}, {"latency_ms.p99", l.P99}, {"latency_ms.p999", l.P999}, {"latency_ms.max", l.Max},
		{"in_system", p.InSystem},
		{"utilisation.instances", u.Instances}, {"utilisation.balancer", u.Balancer}, {"utilisation.host", u.Host},
		{"errors.rate", p.Errors.Rate},
	}
}
