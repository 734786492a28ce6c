package evidence

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/k9mil/velocitas/model"
)

// Whatever a file holds, reading it ends, with one line that names it if it is
// wrong; what was read has figures that a curve can hold, words, and a trace.
func FuzzRead(f *testing.F) {
	for _, d := range documented {
		f.Add([]byte(d.text))
	}
	files, err := filepath.Glob(recorded + "*/*")
	if err != nil || len(files) < 20 {
		f.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		if s, err := From("f", bytes.NewReader(data)); err == nil && s.packed {
			if data, err = s.whole(f.Context()); err != nil {
				f.Fatal(err)
			}
		}
		f.Add(data[:min(len(data), 8<<10)])
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := From("f", bytes.NewReader(data))
		if err == nil {
			var r *Result
			if r, err = Read(t.Context(), s, Options{Arrivals: true}); err == nil {
				usable(t, r)
				return
			}
		}
		if line := err.Error(); !strings.HasPrefix(line, "f") || strings.ContainsFunc(line, unicode.IsControl) || len(line) > 2000 {
			t.Fatalf("not one line that names the file: %q", line)
		}
	})
}

func usable(t *testing.T, r *Result) {
	if text := r.Answer() + strings.Join(r.Findings(), " "); strings.Contains(text, "NaN") || strings.Contains(text, "%!") {
		t.Errorf("says %s", text)
	}
	if r.Requests < r.Failed || r.Failed < 0 {
		t.Errorf("%d of %d failed", r.Failed, r.Requests)
	}
	if _, err := model.Encode(r.Report()); err != nil {
		t.Error(err)
	}
	var trace bytes.Buffer
	if err := r.WriteTrace(&trace); err != nil {
		t.Error(err)
	}
	c, err := Curve("f", "", []Part{{r, 1}, {r, 1}})
	if err != nil {
		if !strings.HasPrefix(err.Error(), "f: ") {
			t.Error(err)
		}
		return
	}
	if _, err := model.CurveFile("c.json", c); err != nil {
		t.Error(err)
	}
}
