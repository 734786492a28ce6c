package plots

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/k9mil/velocitas/internal/output"
	"github.com/k9mil/velocitas/model"
)

// Options says what to draw besides PNG.
type Options struct {
	SVG bool // each chart as SVG too
}

// Curve draws the charts of a curve as files of a folder: NAME-scaling.png,
// NAME-latency.png, NAME-utilisation.png, NAME-distribution.png, for a service stated
// in steps NAME-breakdown.png and, for a curve with a timeline, NAME-timeline.png (of the size that shows most), in that
// order. NAME is the curve's, as [output.Name] writes it. The files are left to
// the caller to write, together with what belongs to them. Errors say what is
// wrong with the curve.
func Curve(dir string, c *model.Curve, opt Options) ([]output.File, error) {
	if c == nil || len(c.Points) == 0 {
		return nil, errors.New("plots: the curve has no points to draw")
	}
	charts := []chart{
		{"scaling", scaling(c)},
		{"latency", latencies(c)},
		{"distribution", distribution(c)},
	}
	if c.Kind != model.Imported { // other people's files do not say it
		charts = slices.Insert(charts, 2, chart{"utilisation", utilisations(c)})
	}
	if f := breakdown(c); f != nil {
		charts = append(charts, chart{"breakdown", f})
	}
	if f := timeline(c); f != nil {
		charts = append(charts, chart{"timeline", f})
	}
	return drawn(dir, c.Name, charts, opt)
}

// chart is a figure with the end of its file's name.
type chart struct {
	suffix string
	figure *figure
}

func drawn(dir, name string, charts []chart, opt Options) ([]output.File, error) {
	var files []output.File
	for _, ch := range charts {
		base := filepath.Join(dir, output.Name(name)+"-"+ch.suffix)
		data, err := ch.figure.png()
		if err != nil {
			return nil, fmt.Errorf("plots: %s.png: %w", base, err)
		}
		files = append(files, output.File{Path: base + ".png", Data: data})
		if !opt.SVG {
			continue
		}
		if data, err = ch.figure.svg(); err != nil {
			return nil, fmt.Errorf("plots: %s.svg: %w", base, err)
		}
		files = append(files, output.File{Path: base + ".svg", Data: data})
	}
	return files, nil
}
