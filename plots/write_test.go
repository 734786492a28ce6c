package plots

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/k9mil/velocitas/model"
)

func names(files []string) []string {
	var ns []string
	for _, f := range files {
		ns = append(ns, filepath.Base(f))
	}
	return ns
}

func TestFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "here")
	files, err := Write(dir, load(t, "instance-dies"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"instance-dies-scaling.png", "instance-dies-latency.png", "instance-dies-utilisation.png",
		"instance-dies-distribution.png", "instance-dies-timeline.png",
	}
	if !slices.Equal(names(files), want) {
		t.Errorf("wrote %v, want %v", names(files), want)
	}
	onDisk, err := os.ReadDir(dir)
	if err != nil || len(onDisk) != len(want) {
		t.Errorf("%d files in the folder, %v; want %d", len(onDisk), err, len(want))
	}
	files, err = Write(dir, load(t, "knee"), Options{SVG: true})
	if err != nil || len(files) != 8 { // four charts, no timeline
		t.Errorf("%v, %v; want 8 files", names(files), err)
	}
}

// TestConform: PNGs decode to 1,280 pixels' width, SVGs are XML, and both have
// the same proportions.
func TestConform(t *testing.T) {
	files, err := drawAll(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if filepath.Ext(f) == ".svg" {
			checkSVG(t, f, data)
			continue
		}
		c, err := png.DecodeConfig(bytes.NewReader(data))
		if err != nil || c.Width != 1280 || c.Height < 700 || c.Height > 1600 {
			t.Errorf("%s: %d × %d, %v", f, c.Width, c.Height, err)
		}
		if len(data) > 300_000 {
			t.Errorf("%s: %d bytes are many for a report", f, len(data))
		}
	}
}

func checkSVG(t *testing.T, name string, data []byte) {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(data))
	texts := 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "text" {
			texts++
			if e.Attr[0].Name.Local != "textLength" || e.Attr[0].Value == "0.00" {
				t.Errorf("%s: a text without its width: %v", name, e.Attr)
			}
		}
	}
	if texts < 8 || bytes.Contains(data, []byte("NaN")) || bytes.Contains(data, []byte("Inf")) {
		t.Errorf("%s: %d texts, or a coordinate that is no number", name, texts)
	}
}

func TestFileName(t *testing.T) {
	for in, want := range map[string]string{
		"first":                  "first",
		"../../etc/passwd":       "etc-passwd",
		"":                       "curve",
		"...":                    "curve",
		"a b/c":                  "a-b-c",
		strings.Repeat("x", 300): strings.Repeat("x", 80),
		".hidden":                "hidden",
		"naïve":                  "na-ve",
	} {
		if got := fileName(in); got != want {
			t.Errorf("fileName(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestRefusals(t *testing.T) {
	dir := t.TempDir()
	blocked := filepath.Join(dir, "file")
	if err := os.WriteFile(blocked, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	taken := filepath.Join(dir, "taken")
	if err := os.MkdirAll(filepath.Join(taken, "one-host-knee-scaling.png", "x"), 0o755); err != nil {
		t.Fatal(err)
	}
	one := func(_ []string, err error) error { return err }
	for _, row := range []struct {
		err  error
		want string
	}{
		// Nothing to draw.
		{one(Write(dir, nil, Options{})), "no points"},
		{one(Write(dir, &model.Curve{}, Options{})), "no points"},
		{one(Overlay(dir, "x", nil, Options{})), "no curves"},
		{one(Overlay(dir, "x", []*model.Curve{load(t, "knee"), {}}, Options{})), "curve 2 of 2 has no points"},
		{one(Fit(dir, FitData{}, Options{})), "no points"},
		{one(Fit(dir, FitData{Points: []Mark{{X: 1}}, Curves: []FitCurve{{Name: "USL"}}}, Options{})), "curve 1 (USL)"},
		// A file where the folder should be.
		{one(Write(blocked, load(t, "knee"), Options{})), "cannot make the folder " + blocked + ": not a directory"},
		// A folder where a file should be.
		{one(Write(taken, load(t, "knee"), Options{})), "cannot write " + filepath.Join(taken, "one-host-knee-scaling.png")},
	} {
		if row.err == nil || !strings.Contains(row.err.Error(), row.want) || strings.Contains(row.err.Error(), "\n") {
			t.Errorf("error %q, want one line with %q", row.err, row.want)
		}
	}
	left, err := os.ReadDir(taken)
	if err != nil || len(left) != 1 {
		t.Errorf("%d entries left behind, %v; want only the folder in the way", len(left), err)
	}
}
