package plots

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/k9mil/velocitas/internal/output"
	"github.com/k9mil/velocitas/model"
)

// drawTo names the folder into which the test binary, when it is set, draws
// all charts instead of testing: so that the binary of another processor can.
const drawTo = "VELOCITAS_PLOTS_DRAW_TO"

func TestMain(m *testing.M) {
	dir := os.Getenv(drawTo)
	if dir == "" {
		os.Exit(m.Run())
	}
	if _, err := drawAll(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// drawAll draws every kind of chart, with the curves in testdata.
func drawAll(dir string) ([]string, error) {
	var files []string
	opt := Options{SVG: true}
	add := func(fs []output.File, err error) error {
		files = append(files, output.Paths(fs)...)
		return errors.Join(err, output.Write(fs...))
	}
	curves := map[string]*model.Curve{}
	for _, name := range []string{"knee", "fleet", "instance-dies", "knee-measured"} {
		c, err := read(name)
		if err != nil {
			return files, err
		}
		curves[name] = c
	}
	for _, name := range []string{"knee", "fleet", "instance-dies"} {
		if err := add(Curve(dir, curves[name], opt)); err != nil {
			return files, err
		}
	}
	both := []*model.Curve{curves["knee"], curves["knee-measured"]}
	if err := add(Overlay(dir, "knee-overlay", both, opt)); err != nil {
		return files, err
	}
	return files, add(Fit(dir, law(), opt))
}

func read(name string) (*model.Curve, error) {
	data, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	if err != nil {
		return nil, err
	}
	var c model.Curve
	return &c, json.Unmarshal(data, &c)
}

// load reads a curve from testdata.
func load(t testing.TB, name string) *model.Curve {
	t.Helper()
	c, err := read(name)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// law is a made-up measurement with two laws near it.
func law() FitData {
	usl := func(n, sigma, kappa float64) float64 {
		return 20.1 * n / (1 + float64(sigma*(n-1)) + float64(float64(kappa*n)*(n-1)))
	}
	in := FitData{
		Name: "usl", Title: "Universal Scalability Law fitted to throughput",
		Subtitle: []string{"Scaling law of measured.csv", "λ = 20.1/s, σ = 0.034, κ = 0.0021", "velocitas 0.1.0"},
		XTitle:   "Instances", YTitle: "Throughput (requests/s)",
		PeakX: 21, PeakText: "peak at 21 instances", MeasuredTo: 32,
		Remarks: []string{"Beyond 64 instances the law is out of twice the measured range."},
	}
	noise := []float64{.2, -.5, 1.1, -1.9, 2.3, 1.2, -3.1, 2.2, -1}
	for i, n := range []float64{1, 2, 4, 6, 8, 12, 16, 24, 32} {
		y := usl(n, .034, .0021) + noise[i]
		in.Points = append(in.Points, Mark{X: n, Y: y, Lo: y - 6, Hi: y + 6})
	}
	for n := 1.0; n <= 40; n++ {
		y := usl(n, .034, .0021)
		half := 7 + max(0, n-32)*3
		in.Band = append(in.Band, Mark{X: n, Y: y, Lo: y - half, Hi: y + half})
	}
	for _, l := range []struct {
		name         string
		sigma, kappa float64
	}{{"Universal Scalability Law", .034, .0021}, {"Amdahl", .08, 0}} {
		c := FitCurve{Name: l.name}
		for n := 1.0; n <= 40; n += .5 {
			c.Points = append(c.Points, Mark{X: n, Y: usl(n, l.sigma, l.kappa)})
		}
		for _, p := range in.Points {
			c.Residuals = append(c.Residuals, Mark{X: p.X, Y: p.Y - usl(p.X, l.sigma, l.kappa)})
		}
		in.Curves = append(in.Curves, c)
	}
	return in
}

// same fails unless two folders hold the same files with the same bytes.
func same(t *testing.T, dirA, dirB string, files []string) {
	t.Helper()
	for _, f := range files {
		name := filepath.Base(f)
		a, errA := os.ReadFile(filepath.Join(dirA, name))
		b, errB := os.ReadFile(filepath.Join(dirB, name))
		switch {
		case errA != nil || errB != nil:
			t.Errorf("%s: %v, %v", name, errA, errB)
		case string(a) != string(b):
			t.Errorf("%s: not the same bytes (%s)", name, strings.TrimPrefix(filepath.Ext(name), "."))
		}
	}
}
