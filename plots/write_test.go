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

	"github.com/k9mil/velocitas/internal/output"
	"github.com/k9mil/velocitas/model"
)

func names(files []output.File) []string {
	var ns []string
	for _, f := range files {
		ns = append(ns, filepath.Base(f.Path))
	}
	return ns
}

func TestFiles(t *testing.T) {
	files, err := Curve("reports", load(t, "instance-dies"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"instance-dies-scaling.png", "instance-dies-latency.png", "instance-dies-utilisation.png",
		"instance-dies-distribution.png", "instance-dies-timeline.png",
	}
	if !slices.Equal(names(files), want) || filepath.Dir(files[0].Path) != "reports" {
		t.Errorf("drew %v in %s, want %v in reports", names(files), filepath.Dir(files[0].Path), want)
	}
	files, err = Curve("reports", load(t, "knee"), Options{SVG: true})
	if err != nil || len(files) != 8 { // four charts, no timeline
		t.Errorf("%v, %v; want 8 files", names(files), err)
	}
}

// Curves whose names differ only where a name of a file must be made plain have
// pictures of their own.
func TestDistinctNames(t *testing.T) {
	seen := map[string]string{}
	for _, name := range []string{"ü", "ö", "a/b", "a-b", "a:b", "", ".", "\x1b[2J", "\x1b[3J"} {
		c := load(t, "knee")
		c.Name = name
		files, err := Curve("reports", c, Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if other, taken := seen[f.Path]; taken {
				t.Errorf("%q and %q are both drawn as %s", other, name, f.Path)
			}
			seen[f.Path] = name
		}
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
		if err != nil || c.Width != 1280 || c.Height < 600 || c.Height > 1600 {
			t.Errorf("%s: %d × %d, %v", f, c.Width, c.Height, err)
		}
		if len(data) > 300_000 {
			t.Errorf("%s: %d bytes are many for a report", f, len(data))
		}
	}
}

func checkSVG(t *testing.T, name string, data []byte) {
	t.Helper()
	var root struct {
		Role  string `xml:"role,attr"`
		Title string `xml:"title"`
		Desc  string `xml:"desc"`
	}
	if err := xml.Unmarshal(data, &root); err != nil || root.Role != "img" || root.Title == "" || root.Desc == "" {
		t.Errorf("%s: wants a role, a title and a description: %+v, %v", name, root, err)
	}
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
			for _, a := range e.Attr {
				if a.Name.Local == "textLength" {
					t.Errorf("%s: a text that is squeezed in another font: %v", name, e.Attr)
				}
			}
		}
	}
	if texts < 8 || bytes.Contains(data, []byte("NaN")) || bytes.Contains(data, []byte("Inf")) {
		t.Errorf("%s: %d texts, or a coordinate that is no number", name, texts)
	}
}

func TestRefusals(t *testing.T) {
	const dir = "reports"
	one := func(_ []output.File, err error) error { return err }
	for _, row := range []struct {
		err  error
		want string
	}{
		// Nothing to draw.
		{one(Curve(dir, nil, Options{})), "no points"},
		{one(Curve(dir, &model.Curve{}, Options{})), "no points"},
		{one(Overlay(dir, "x", nil, Options{})), "no curves"},
		{one(Overlay(dir, "x", []*model.Curve{load(t, "knee"), {}}, Options{})), "curve 2 of 2 has no points"},
		{one(Fit(dir, FitData{}, Options{})), "no points"},
		{one(Fit(dir, FitData{Points: []Mark{{X: 1}}, Curves: []FitCurve{{Name: "USL"}}}, Options{})), "curve 1 (USL)"},
	} {
		if row.err == nil || !strings.Contains(row.err.Error(), row.want) || strings.Contains(row.err.Error(), "\n") {
			t.Errorf("error %q, want one line with %q", row.err, row.want)
		}
	}
}
