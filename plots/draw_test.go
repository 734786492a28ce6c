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
	if err := add(Curve(dir, failingCurve(curves["knee"]), opt)); err != nil {
		return files, err
	}
	if err := add(Compare(dir, storm(curves["instance-dies"]), opt)); err != nil {
		return files, err
	}
	shop, err := read("shop")
	if err != nil {
		return files, err
	}
	if err := add(Curve(dir, shop, opt)); err != nil {
		return files, err
	}
	return files, add(Fit(dir, law(), opt))
}

// failingCurve is a curve of sizes that lie close together and far apart, of
// which the small ones fail most of their requests, with the scenario that a
// simulation writes.
func failingCurve(from *model.Curve) *model.Curve {
	c := *from
	c.Name = "failing"
	c.Scenario = json.RawMessage(`{"load": {"kind": "closed", "clients": 400}, "instance": {"cpus": 0.5, "demand": "profile"}, "host": {"count": 1, "cores": 8}}`)
	c.Points = append([]model.Point(nil), from.Points...)
	for i, n := range []int{1, 2, 5, 10, 50, 100, 101, 102}[:len(c.Points)] {
		p := &c.Points[i]
		p.Instances = n
		p.Errors.Rate = model.Estimate{Value: 0.98 / float64(1+i*i), Lo: 0.9 / float64(1+i*i), Hi: 1 / float64(1+i*i)}
	}
	return &c
}

// storm is a curve at one size that collapses when the load doubles, beside one
// that does not.
func storm(from *model.Curve) Comparison {
	scenario := json.RawMessage(`{"load": {"kind": "open", "rate": 160, "shape": {"kind": "flash", "at": "15s", "factor": 2, "hold": "5s"}}, "instance": {"cpus": 0, "demand": {}}, "balancer": {"cost": "0s", "connect": "0s"}, "events": [
		{"at": "2s", "do": "stop", "instance": 1}, {"at": "3s", "do": "start", "instance": 1}, {"at": "4s", "do": "stop", "instance": 2}, {"at": "5s", "do": "start", "instance": 2},
		{"at": "6s", "do": "pause", "instance": 3}, {"at": "7s", "do": "start", "instance": 3}, {"at": "8s", "do": "slow", "factor": 2, "for": "3s", "instance": 1}]}`)
	healthy, collapsed := *from, *from
	last := from.Points[len(from.Points)-1]
	one := last
	one.Errors.Rate = model.Exactly(0.8)
	one.Verdict = model.Saturated
	one.ThroughputRps = model.Estimate{Value: 50, Lo: 45, Hi: 55}
	one.Timeline = append([]model.Moment(nil), last.Timeline...)
	for i := range one.Timeline {
		m := &one.Timeline[i]
		m.P99Range = &model.Range95{Lo: m.P99Ms * 0.7, Hi: m.P99Ms * 1.4}
		m.ThroughputRange = &model.Range95{Lo: m.ThroughputRps * 0.9, Hi: m.ThroughputRps * 1.1}
		if m.TimeS >= 16 {
			m.ThroughputRps, m.ErrorsRps, m.P99Ms, m.P50Ms, m.P99Range, m.ThroughputRange = 2, 160, 0, 0, nil, nil
		}
	}
	healthy.Points, collapsed.Points = []model.Point{last}, []model.Point{one}
	healthy.Scenario, collapsed.Scenario = scenario, scenario
	return Comparison{
		Name: "storm", Curves: []*model.Curve{&collapsed, &healthy},
		Labels: []string{"as it is", "next_upstream=[error,timeout,http_503]"}, Baseline: "baseline",
		Timeline: "As it is it collapses; with next_upstream=[error,timeout,http_503] it recovers",
		Remarks:  []string{"What differs: balancer.next_upstream [error,timeout] → [error,timeout,http_503]."},
	}
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
