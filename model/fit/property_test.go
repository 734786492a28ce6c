package fit

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/k9mil/velocitas/model/fit/tables"
	"pgregory.net/rapid"
)

// exact makes noise-free points of a law.
func exact(l law, lambda float64, shape, sizes []float64) tables.Table {
	x := make([]float64, len(sizes))
	for i, n := range sizes {
		x[i] = lambda * l.h(n, shape)
	}
	return tables.At("exact", sizes, x)
}

func drawSizes(t *rapid.T) []float64 {
	set := rapid.SliceOfNDistinct(rapid.IntRange(1, 300), 6, 20, rapid.ID[int]).Draw(t, "sizes")
	slices.Sort(set)
	var out []float64
	for _, n := range set {
		out = append(out, float64(n))
	}
	return out
}

// Noise-free parameters come back to 1e-6, whatever the noise is taken for.
func TestRecoversExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sizes := drawSizes(t)
		top := sizes[len(sizes)-1]
		lambda := math.Pow(10, rapid.Float64Range(-3, 6).Draw(t, "log lambda"))
		noise := rapid.SampledFrom([]Noise{"", Constant, Proportional}).Draw(t, "noise")
		l := rapid.SampledFrom([]law{linearLaw, amdahlLaw, gustafsonLaw, ceilingLaw, uslLaw}).Draw(t, "law")
		var shape []float64
		switch l.name {
		case Amdahl:
			shape = []float64{rapid.Float64Range(0.01, 20).Draw(t, "sigma") / top}
		case Gustafson:
			shape = []float64{rapid.Float64Range(0.01, 0.9).Draw(t, "serial")}
		case Ceiling:
			shape = []float64{sizes[1] + rapid.Float64Range(0.1, 0.9).Draw(t, "knee")*(sizes[len(sizes)-2]-sizes[1])}
		case USL:
			shape = []float64{rapid.Float64Range(0.01, 10).Draw(t, "sigma") / top, rapid.Float64Range(0.01, 10).Draw(t, "kappa") / top / top}
		}
		tab := exact(l, lambda, shape, sizes)
		if noise == "" {
			noise, _ = chooseNoise(tab.Rows)
		}
		f, ok := solve(l, newSample(tab.Rows, noise))
		if !ok || math.Abs(f.lambda/lambda-1) > 1e-6 {
			t.Fatalf("lambda %v, want %v", f.lambda, lambda)
		}
		for i := range shape {
			if math.Abs(f.shape[i]-shape[i]) > 1e-6*math.Max(shape[i], 1e-3) {
				t.Fatalf("%s: %v, want %v", l.name, f.shape, shape)
			}
		}
	})
}

// A curve made by a law is recognised as that law.
func TestChoosesTheLaw(t *testing.T) {
	sizes := []float64{1, 2, 3, 4, 6, 8, 12, 16}
	for _, c := range []struct {
		law   law
		shape []float64
	}{
		{linearLaw, nil}, {amdahlLaw, []float64{0.08}}, {gustafsonLaw, []float64{0.3}}, {ceilingLaw, []float64{5.5}}, {uslLaw, []float64{0.02, 0.005}},
	} {
		if r := fitted(t, exact(c.law, 120, c.shape, sizes), Options{}); r.Best != c.law.name {
			t.Errorf("exact: %s is taken for %s", c.law.name, r.Best)
		}
		rng := rand.New(rand.NewPCG(1, 2))
		right := 0
		const trials = 20
		for range trials {
			r := fitted(t, noisy(rng, c.law, 120, c.shape, sizes, 4, 0.01), Options{})
			if r.Best == c.law.name || c.law.name == Linear && slices.Contains([]string{Amdahl, Gustafson, USL, Ceiling}, r.Best) {
				right++
			}
		}
		if right < trials*8/10 { // a linear curve may be called nearly linear
			t.Errorf("1 %% noise: %s is recognised in %d of %d", c.law.name, right, trials)
		}
	}
}

// noisy repeats each size with multiplicative noise.
func noisy(rng *rand.Rand, l law, lambda float64, shape, sizes []float64, repeats int, sd float64) tables.Table {
	var n, x []float64
	for _, s := range sizes {
		for range repeats {
			n = append(n, s)
			x = append(x, lambda*l.h(s, shape)*(1+sd*rng.NormFloat64()))
		}
	}
	return tables.At("noisy", n, x)
}

func upTo(n, step int) (out []float64) {
	for i := 1; i <= n; i += step {
		out = append(out, float64(i))
	}
	return out
}

// With 5 % noise the 95 % intervals cover the truth in 93 to 97 % of 1,000
// trials, at several designs, with the noise found by the fit itself. The last
// have few measurements and no repeats, so their noise is known only where it is
// stated; see also TestCoverageOfEither.
func TestCoverage(t *testing.T) {
	powers := []float64{1, 2, 4, 8, 16, 32}
	for _, c := range []struct {
		what    string
		sizes   []float64
		repeats int
		noise   Noise
		truth   []float64 // lambda, sigma, kappa
		law     law
	}{
		{"powers of two, 3 repeats", powers, 3, "", []float64{100, 0.05, 0.002}, uslLaw},
		{"1 to 8, 6 repeats", upTo(8, 1), 6, "", []float64{12, 0.1, 0.02}, uslLaw},
		{"1 to 16, 3 repeats", upTo(16, 1), 3, "", []float64{900, 0.02, 0.004}, uslLaw},
		{"Amdahl, 1 to 8, 4 repeats", upTo(8, 1), 4, "", []float64{100, 0.1}, amdahlLaw},
		{"free, kappa 0, 1 to 16, 3 repeats", upTo(16, 1), 3, "", []float64{100, 0.05, 0}, uslFreeLaw()},
		{"1 to 32, found by the residuals", upTo(32, 1), 1, "", []float64{100, 0.05, 0.002}, uslLaw},
		{"powers of two, no repeats", powers, 1, Proportional, []float64{100, 0.05, 0.002}, uslFreeLaw()},
		{"1 to 8, no repeats", upTo(8, 1), 1, Proportional, []float64{100, 0.05, 0.002}, uslFreeLaw()},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(3, 4))
			const trials = 1000
			hits := make([]int, len(c.truth))
			for range trials {
				tab := noisy(rng, c.law, c.truth[0], c.truth[1:], c.sizes, c.repeats, 0.05)
				covered(t, c.law, tab.Rows, c.noise, c.truth, hits)
			}
			for i, h := range hits {
				if h < 930 || h > 970 {
					t.Errorf("parameter %d covered in %d of %d", i, h, trials)
				}
			}
		})
	}
}

// covered counts the parameters whose interval holds the truth.
func covered(t *testing.T, l law, rows []tables.Row, noise Noise, truth []float64, hits []int) {
	t.Helper()
	asked := noise != ""
	if !asked {
		noise, _ = chooseNoise(rows)
	}
	all, ok := views(l, samples(rows, noise, asked))
	if !ok {
		t.Fatal("no fit")
	}
	for i, p := range describe(all).Params {
		if p.Lo != nil && *p.Lo <= truth[i] && truth[i] <= *p.Hi {
			hits[i]++
		}
	}
}

// A few measurements without repeats do not tell whether they scatter by the same
// percentage or by the same amount. Whichever it is, the intervals cover the truth
// in at least 93 %, the price being that it is nearly always for some.
func TestCoverageOfEither(t *testing.T) {
	truth := []float64{100, 0.05, 0.002}
	for _, l := range []law{uslLaw, uslFreeLaw()} {
		for _, sizes := range [][]float64{{1, 2, 4, 8, 16, 32}, upTo(8, 1)} {
			for _, scatter := range []Noise{Proportional, Constant} {
				t.Run(fmt.Sprintf("%s, %v, %s", l.name, sizes, scatter), func(t *testing.T) {
					t.Parallel()
					rng := rand.New(rand.NewPCG(7, 8))
					hits := make([]int, len(truth))
					for range 1000 {
						tab := noisy(rng, l, truth[0], truth[1:], sizes, 1, 0.05)
						if scatter == Constant {
							tab = shaken(rng, l, truth[0], truth[1:], sizes, 5)
						}
						covered(t, l, tab.Rows, "", truth, hits)
					}
					t.Logf("covered %v of 1000", hits)
					if slices.Min(hits) < 930 {
						t.Errorf("covered %v of 1000", hits)
					}
				})
			}
		}
	}
}

// shaken has noise of the same size, in requests per second, at each N.
func shaken(rng *rand.Rand, l law, lambda float64, shape, sizes []float64, sd float64) tables.Table {
	x := make([]float64, len(sizes))
	for i, n := range sizes {
		x[i] = lambda*l.h(n, shape) + sd*rng.NormFloat64()
	}
	return tables.At("shaken", sizes, x)
}

// Answers are consistent: X at the N for x is x, beyond the peak nothing is
// reached, losses and efficiency add up to one.
func TestAnswersProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := Law{Name: rapid.SampledFrom([]string{Linear, Amdahl, Gustafson, Ceiling, USL}).Draw(t, "law")}
		draw := func(name string, hi float64) {
			l.Params = append(l.Params, Param{Name: name, Value: rapid.Float64Range(0, hi).Draw(t, name)})
		}
		l.Params = []Param{{Name: "lambda", Value: rapid.Float64Range(0.1, 1000).Draw(t, "lambda")}}
		switch l.Name {
		case Amdahl:
			draw("sigma", 0.9)
		case Gustafson:
			draw("serial", 0.9)
		case Ceiling:
			draw("knee", 100)
		case USL:
			draw("sigma", 0.9)
			draw("kappa", 0.1)
		}
		n := rapid.Float64Range(1, 200).Draw(t, "n")
		f := l.solution()
		peak, top, peaked := f.peak()
		if peaked && n > peak || l.Name == Ceiling && n > l.value("knee") {
			if _, ok := l.SizeFor(1.0001 * top); ok && peaked {
				t.Fatal("reaches more than its peak")
			}
			return
		}
		x := l.Throughput(n)
		if got, ok := l.SizeFor(x); !ok || math.Abs(l.Throughput(got)/x-1) > 1e-9 || got > n*(1+1e-6) {
			t.Fatalf("X(%v) = %v, but N(X) = %v, %v", n, x, got, ok)
		}
		contention, coherency := l.Loss(n)
		if l.Name == Amdahl || l.Name == USL {
			if math.Abs(contention+coherency+l.Efficiency(n)-1) > 1e-9 {
				t.Fatalf("losses %v, %v and efficiency %v", contention, coherency, l.Efficiency(n))
			}
			if r := l.Latency(n); n > 1.5 {
				if got, ok := l.SizeForLatency(r); l.value("sigma") > 1e-6 && (!ok || math.Abs(got/n-1) > 1e-6) {
					t.Fatalf("R(%v) = %v, but N(R) = %v", n, r, got)
				}
			}
		}
	})
}

// Whatever positive numbers come in, a report or an error comes out, and the
// report is valid JSON that says the same when read again.
func TestReportProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.OneOf(rapid.Map(rapid.IntRange(1, 64), func(n int) float64 { return float64(n) }), rapid.Float64Range(1e-3, 1e9))
		n := rapid.SliceOfN(size, 1, 12).Draw(t, "n")
		var x []float64
		for range n {
			x = append(x, math.Pow(10, rapid.Float64Range(-6, 9).Draw(t, "log x")))
		}
		r, err := Fit(tables.At("any", n, x), Options{Predict: []float64{1, 1e6}, Reach: []float64{1, 1e9}})
		if err != nil {
			return
		}
		data, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		var again Report
		if err := json.Unmarshal(data, &again); err != nil {
			t.Fatal(err)
		}
		twice, _ := json.Marshal(again)
		if string(twice) != string(data) {
			t.Fatal("the report changes when it is read again")
		}
		var b strings.Builder
		if err := r.WriteText(&b, 80); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(b.String(), "NaN") || strings.Contains(b.String(), "Inf") || strings.Contains(b.String(), "%!") {
			t.Fatalf("the text has no-numbers:\n%s", b.String())
		}
	})
}
