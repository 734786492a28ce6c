package cmd

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/k9mil/velocitas/internal/extremes"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/model/fit"
)

func smallCurve(t testing.TB) []byte {
	t.Helper()
	data, err := os.ReadFile("../model/testdata/reported/robustness/curve-fit-points_0_throughput_rps_value-1e308.json")
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Replace(data, []byte("1e308"), []byte("16.4909"), 1)
}

// fittable fits what is a curve, and wants numbers and one line for an error.
func fittable(t testing.TB, what string, data []byte) {
	if !bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) {
		return // a table, which is fit's own to read
	}
	in, err := readFitInput(t.Context(), "-", bytes.NewReader(data), "")
	if err != nil {
		if line := err.Error(); strings.Contains(line, "\n") || len(line) > 10_000 {
			t.Errorf("%s: %.200q", what, line)
		}
		return
	}
	r, err := fit.Fit(in.table, fit.Options{})
	if err != nil {
		return
	}
	if _, err := model.Encode(r); err != nil {
		t.Errorf("%s: %v", what, err)
	}
	if err := r.WriteText(io.Discard, 80); err != nil {
		t.Errorf("%s: %v", what, err)
	}
	fitChart(in, r)
}

// Whatever a curve that can be read holds, fitting it makes no number that JSON
// cannot hold.
func TestFitOfExtremes(t *testing.T) {
	for _, c := range extremes.JSON(t, smallCurve(t)) {
		if strings.HasPrefix(c.Name, "every ") || strings.Contains(c.Name, ".throughput_rps") || strings.Contains(c.Name, ".mean") || strings.Contains(c.Name, ".instances=") {
			fittable(t, c.Name, c.Data)
		}
	}
}

func FuzzFitCurve(f *testing.F) {
	f.Add(smallCurve(f))
	f.Fuzz(func(t *testing.T, data []byte) { fittable(t, "", data) })
}

// Each is as it was found.
func TestReportedCurve(t *testing.T) {
	path := filepath.Join("..", "model", "testdata", "reported", "robustness", "curve-fit-points_0_throughput_rps_value-1e308.json")
	var out, errs bytes.Buffer
	for _, args := range [][]string{{"fit", path}, {"compare", path, path}} {
		root := newRoot()
		root.SetArgs(append(args, "--out", ""))
		root.SetOut(&out)
		code := report(&errs, root.ExecuteContext(t.Context()))
		if code != exitInput || strings.Count(errs.String(), "\n") != 1 || !strings.Contains(errs.String(), "throughput_rps: wants numbers up to 1e+15") || out.Len() > 0 {
			t.Errorf("%v: exit code %d, %s%s", args, code, &errs, &out)
		}
		errs.Reset()
	}
}
