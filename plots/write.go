package plots

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/k9mil/velocitas/model"
)

// Options says what to write besides PNG.
type Options struct {
	SVG bool // each chart as SVG too
}

// Write draws the charts of a curve into a folder, which it makes if need be:
// NAME-scaling.png, NAME-latency.png, NAME-utilisation.png,
// NAME-distribution.png and, for a curve with a timeline, NAME-timeline.png (of
// the largest size that has one). NAME is the curve's; what is no letter,
// digit, dot, dash or underscore becomes a dash.
//
// It returns the files' paths, in that order. All charts are drawn before the
// first is written, and each file appears whole or not at all. Errors name the
// file or what is wrong with the curve.
func Write(dir string, c *model.Curve, opt Options) (files []string, err error) {
	if c == nil || len(c.Points) == 0 {
		return nil, errors.New("plots: the curve has no points to draw")
	}
	charts := []chart{
		{"scaling", scaling(c)},
		{"latency", latencies(c)},
		{"utilisation", utilisations(c)},
		{"distribution", distribution(c)},
	}
	if f := timeline(c); f != nil {
		charts = append(charts, chart{"timeline", f})
	}
	return writeAll(dir, c.Name, charts, opt)
}

// chart is a figure with the end of its file's name.
type chart struct {
	suffix string
	figure *figure
}

type file struct {
	path string
	data []byte
}

func writeAll(dir, name string, charts []chart, opt Options) ([]string, error) {
	var files []file
	for _, ch := range charts {
		base := filepath.Join(dir, fileName(name)+"-"+ch.suffix)
		data, err := ch.figure.png()
		if err != nil {
			return nil, fmt.Errorf("plots: %s.png: %w", base, err)
		}
		files = append(files, file{base + ".png", data})
		if !opt.SVG {
			continue
		}
		if data, err = ch.figure.svg(); err != nil {
			return nil, fmt.Errorf("plots: %s.svg: %w", base, err)
		}
		files = append(files, file{base + ".svg", data})
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("plots: cannot make the folder %s: %w", dir, cause(err))
	}
	var paths []string
	for _, f := range files {
		if err := f.write(); err != nil {
			return paths, fmt.Errorf("plots: cannot write %s: %w", f.path, cause(err))
		}
		paths = append(paths, f.path)
	}
	return paths, nil
}

// write makes the file appear at once: whole, or not at all.
func (f file) write() (err error) {
	tmp, err := os.CreateTemp(filepath.Dir(f.path), ".velocitas-*.tmp")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(tmp.Name())
		}
	}()
	_, err = tmp.Write(f.data)
	err = errors.Join(err, tmp.Chmod(0o644), tmp.Close())
	if err != nil {
		return err
	}
	return os.Rename(tmp.Name(), f.path)
}

// cause is a file error without the name of the temporary file.
func cause(err error) error {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &link):
		return link.Err
	}
	return err
}

// fileName makes a name that any file system takes.
func fileName(name string) string {
	clean := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '_', r == '-':
			return r
		}
		return '-'
	}, name)
	clean = strings.Trim(clean, ".-")
	if len(clean) > 80 {
		clean = strings.TrimRight(clean[:80], ".-")
	}
	if clean == "" {
		return "curve"
	}
	return clean
}
