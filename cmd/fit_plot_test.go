package cmd

import (
	"math"
	"slices"
	"testing"

	"github.com/k9mil/velocitas/model/fit"
	"github.com/k9mil/velocitas/model/fit/tables"
	"github.com/k9mil/velocitas/plots"
)

func chartOf(t *testing.T, n, x []float64, o fit.Options) (plots.FitData, fit.Report) {
	t.Helper()
	table := tables.At("t.csv", n, x)
	r, err := fit.Fit(table, o)
	if err != nil {
		t.Fatal(err)
	}
	return fitChart(fitInput{name: "t", table: table}, r), r
}

// Each law goes from the smallest size to the largest that can be trusted,
// through its corner, and residuals are what is left of the measurements.
func TestFitChart(t *testing.T) {
	for _, c := range []struct {
		about    string
		n, x     []float64
		predict  []float64
		names    []string
		from, to float64
		peak     string
	}{
		{"a ceiling, and the peak that the USL sees (SPEC SDM91)", // published: 1884 at 96.52
			[]float64{1, 18, 36, 72, 108, 144, 216}, []float64{64.9, 995.9, 1652.4, 1853.2, 1828.9, 1775, 1702.2}, nil,
			[]string{"hard ceiling (predicts best)", "Universal Scalability Law"}, 1, 324, "peak of the Universal Scalability Law: 1,884 at N = 96.5"},
		{"one line for Amdahl and the USL, drawn as far as asked, but not beyond twice the largest size",
			[]float64{1, 4, 8, 12, 16, 20, 24, 28, 32, 48, 64}, []float64{20, 78, 130, 170, 190, 200, 210, 230, 260, 280, 310}, []float64{96, 200},
			[]string{"Amdahl = Universal Scalability Law (predicts best)"}, 1, 96, ""},
		{"two sizes leave no choice, so nothing predicts best", []float64{4, 2}, []float64{1170, 1035.7}, nil,
			[]string{"straight line", "Universal Scalability Law"}, 2, 6, ""},
		{"a peak within what was measured (0.02, 0.02, 1: 7 over 1.96 at 7)", []float64{1, 2, 4, 6, 8, 10}, []float64{1, 1.8868, 3.0769, 3.5294, 3.5398, 3.3557}, nil,
			[]string{"Universal Scalability Law (predicts best)"}, 1, 15, "peak of the Universal Scalability Law: 3.57 at N = 7.00"},
	} {
		d, r := chartOf(t, c.n, c.x, fit.Options{Predict: c.predict})
		var names []string
		for _, curve := range d.Curves {
			names = append(names, curve.Name)
			if a, b := curve.Points[0].X, curve.Points[len(curve.Points)-1].X; a != c.from || b != c.to {
				t.Errorf("%s: %s from %v to %v, want %v to %v", c.about, curve.Name, a, b, c.from, c.to)
			}
			if !slices.IsSortedFunc(curve.Points, func(a, b plots.Mark) int { return int(math.Copysign(1, a.X-b.X)) }) {
				t.Errorf("%s: %s goes back", c.about, curve.Name)
			}
		}
		if !slices.Equal(names, c.names) {
			t.Errorf("%s: laws %q, want %q", c.about, names, c.names)
		}
		if d.PeakText != c.peak || (d.PeakX > 0) != (c.peak != "") {
			t.Errorf("%s: %q at %v, want %q", c.about, d.PeakText, d.PeakX, c.peak)
		}
		best, _ := r.Law(r.Best)
		for i, m := range d.Curves[0].Residuals {
			if want := c.x[i] - best.Throughput(c.n[i]); m.X != c.n[i] || m.Y != want {
				t.Errorf("%s: residual %+v, want %v", c.about, m, want)
			}
		}
		if knee, ok := best.Param("knee"); ok && !slices.ContainsFunc(d.Curves[0].Points, func(m plots.Mark) bool { return m.X == knee.Value }) {
			t.Errorf("%s: the corner at %v is cut", c.about, knee.Value)
		}
	}
}
