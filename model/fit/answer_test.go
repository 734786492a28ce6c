package fit

import (
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/k9mil/velocitas/model/fit/tables"
)

// The answer comes first and is right, for each shape of table, exact and with
// noise; no limit is denied beyond what was measured.
func TestAnswers(t *testing.T) {
	of := func(h func(float64) float64, sizes []float64) tables.Table {
		x := make([]float64, len(sizes))
		for i, n := range sizes {
			x[i] = h(n)
		}
		return tables.At("t.csv", sizes, x)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct {
		what  string
		h     func(n float64) float64
		sizes []float64
		shape string
		at    float64 // within a fifth
		says  string
	}{
		{"flat", func(float64) float64 { return 500 }, upTo(8, 1), Flat, 1, "More of them bring nothing: throughput is 500 (500 to 500) at every size from N = 1 to N = 8, so its limit is reached at N = 1 already."},
		{"flat from 3 on, for it was not measured below", func(float64) float64 { return 20 }, []float64{3, 6, 12}, Flat, 3, "its limit is reached at N = 3"},
		{"flat with noise of 3 %", func(float64) float64 { return 100 * (1 + .03*rng.NormFloat64()) }, upTo(10, 1), Flat, 1, "More of them bring nothing"},
		{"growing by 1 % a size is flat to whoever pays", func(n float64) float64 { return 100 + n }, upTo(6, 1), Flat, 1, "More of them bring nothing"},
		{"falling", func(n float64) float64 { return 100 / (1 + .1*(n-1)) }, upTo(6, 1), Falling, 1, "More of them make it slower: throughput falls from 100 at N = 1 to 66.67 at N = 6"},
		{"falling with noise", func(n float64) float64 { return 100 / (1 + .2*(n-1)) * (1 + .02*rng.NormFloat64()) }, upTo(8, 1), Falling, 1, "make it slower"},
		{"peaked", func(n float64) float64 { return 100 * uslLaw.h(n, []float64{.02, .02}) }, upTo(16, 1), Peaked, 7, "Throughput peaks near N = 7"},
		{"a ceiling", func(n float64) float64 { return 10 * math.Min(n, 4) }, upTo(10, 1), LevelsOff, 4, "stays near 40"},
		{"linear", func(n float64) float64 { return 12.34567 * n * (1 + .02*rng.NormFloat64()) }, upTo(8, 1), Growing, 8, "no limit was seen up to N = 8"},
		{"Gustafson", func(n float64) float64 { return 100 * (n - .3*(n-1)) }, upTo(8, 1), Growing, 8, "no limit was seen up to N = 8"},
		{"Amdahl", func(n float64) float64 { return 100 * n / (1 + .05*(n-1)) }, doubling(16), Growing, 16, "no limit was seen up to N = 16"},
	} {
		r := fitted(t, of(c.h, c.sizes), Options{})
		if r.Shape != c.shape || math.Abs(r.ShapeAt/c.at-1) > 0.2 {
			t.Errorf("%s: %s at %v, want %s at %v", c.what, r.Shape, r.ShapeAt, c.shape, c.at)
		}
		if first := r.Answer[0]; !strings.Contains(first, c.says) {
			t.Errorf("%s: answers %q, want %q", c.what, first, c.says)
		}
		said := slices.Concat(r.Answer, r.Reading, r.Warnings)
		for _, wrong := range []string{"has no limit", "no peak and", "has no peak"} {
			if has(said, wrong) {
				t.Errorf("%s: says %q: %q", c.what, wrong, said)
			}
		}
		if !has(r.Answer, "(95 %)") {
			t.Errorf("%s: nothing of what comes next: %q", c.what, r.Answer)
		}
	}
}

// Tables that were reported, and what is right.
func TestReported(t *testing.T) {
	for name, c := range map[string]struct {
		best string
		says []string
	}{
		"flat.csv":           {Ceiling, []string{"at every size from N = 1 to N = 6, so its limit is reached at N = 1", "or the load does"}},
		"avg_rps.csv":        {"", []string{"340 there, 3.4 times what N = 1 gives", `x is "avg rps" (per second)`}},
		"latency_nounit.csv": {"", []string{"340 there", "was taken as ms: with x = 100 and n = 1 Little's law (n = x r) gives 10 ms"}},
		"nxr.csv":            {"", []string{"833 there", "the columns do not fit together"}},
		"headers_units.csv":  {"", []string{"340 there", `r is "Mean latency (ms)" (ms)`, `not used: "Notes"`}},
	} {
		f, err := os.Open(filepath.Join("testdata", "reported", name))
		if err != nil {
			t.Fatal(err)
		}
		tab, err := tables.Read(f, name)
		f.Close()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		r := fitted(t, tab, Options{})
		var b strings.Builder
		if err := r.WriteText(&b, 80); err != nil {
			t.Fatal(err)
		}
		text := strings.Join(strings.Fields(b.String()), " ")
		if !strings.HasPrefix(text, name+": "+r.Answer[0]) {
			t.Errorf("%s: does not begin with its answer: %.200s", name, text)
		}
		for _, want := range c.says {
			if !strings.Contains(text, want) {
				t.Errorf("%s: does not say %q:\n%s", name, want, b.String())
			}
		}
		if c.best != "" && r.Best != c.best {
			t.Errorf("%s: best is %s", name, r.Best)
		}
	}
	if r := fitted(t, tables.At("flat", upTo(6, 1), []float64{100, 98, 101, 99, 100, 101}), Options{}); math.Abs(*lawOf(t, r, Ceiling).Limit-99.8) > 0.5 {
		t.Errorf("limit %v, want 100", *lawOf(t, r, Ceiling).Limit)
	}
}

// The table's losses are those of the law that it and the text are about.
func TestLossesAreOfTheBestLaw(t *testing.T) {
	r := fitted(t, recordedTable(t, "raytracer"), Options{})
	best := lawOf(t, r, r.Best)
	for _, c := range r.Curve {
		contention, coherency := best.Loss(c.N)
		if c.Contention != contention || c.Coherency != coherency || math.Abs(c.Efficiency+contention+coherency-1) > 1e-9 {
			t.Errorf("%+v: losses %v and %v", c, contention, coherency)
		}
	}
}

// A law that bends elsewhere than the data is said to, and one that fits is not,
// but for one in twenty.
func TestMisfit(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	said := func(h func(n float64) float64, sizes []float64, sd float64) bool {
		x := make([]float64, len(sizes))
		for i, n := range sizes {
			x[i] = h(n) * (1 + sd*rng.NormFloat64())
		}
		r := fitted(t, tables.At("t", sizes, x), Options{})
		return has(r.Warnings, "the residuals run") || has(r.Warnings, "does not describe")
	}
	// A staircase: every four sizes share what the first of them needs.
	if !said(func(n float64) float64 { return 100 * math.Ceil(n/4) }, upTo(24, 1), 0.005) {
		t.Error("nobody says that a staircase is no law")
	}
	if !said(func(n float64) float64 { return 100*n + 60*n*math.Sin(n/3) }, upTo(24, 1), 0.005) {
		t.Error("nobody says that a wave is no law")
	}
	wrong := 0
	for range 30 {
		if said(func(n float64) float64 { return 100 * uslLaw.h(n, []float64{.05, .002}) }, upTo(16, 1), 0.03) {
			wrong++
		}
	}
	if wrong > 5 {
		t.Errorf("a law that fits is doubted in %d of 30", wrong)
	}
}

// Many sizes and extreme ones take a bounded time.
func TestFitIsBounded(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	var n, x []float64
	for i := range tables.MaxRows {
		n = append(n, float64(i+1))
		x = append(x, 100*amdahlLaw.h(n[i], []float64{.01})*(1+.02*rng.NormFloat64()))
	}
	r := fitted(t, tables.At("many", n, x), Options{})
	if sigma := lawOf(t, r, Amdahl).value("sigma"); math.Abs(sigma/.01-1) > 0.02 {
		t.Errorf("sigma %v, want 0.01", sigma)
	}
	fitted(t, tables.At("far", []float64{1, 2, 1e15}, []float64{10, 19, 20}), Options{})
	for _, wrong := range []float64{0, -1, 1e308, math.NaN(), math.Inf(1), 1e-300} {
		if _, err := Fit(tables.At("wrong", []float64{1, 2, 3}, []float64{10, wrong, 20}), Options{}); err == nil || !strings.Contains(err.Error(), "row 2") {
			t.Errorf("a throughput of %v: %v", wrong, err)
		}
	}
}

func TestNum(t *testing.T) {
	for v, want := range map[float64]string{1: "1", 99.8333: "99.83", 1234.5: "1,235", 1e7: "10,000,000", 0.012345: "0.01235", 6.5: "6.5", 1e15: "1e+15", 999.96: "1,000"} {
		if got := num(v); got != want {
			t.Errorf("%v: %s, want %s", v, got, want)
		}
	}
}
