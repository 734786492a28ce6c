package stats

import (
	"encoding/csv"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"github.com/k9mil/velocitas/model"
	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"
)

func num(s string) float64 {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		panic(err)
	}
	return v
}

func within(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s: got %.9g, want %.9g +- %g", what, got, want, tolerance)
	}
}

// inside fails unless count of n trials lies within 4 standard errors of p.
func inside(t *testing.T, what string, count, n int, p float64) {
	t.Helper()
	within(t, what, float64(count)/float64(n), p, 4*math.Sqrt(p*(1-p)/float64(n)))
}

// The section on statistics of the recorded values, which took z and t to seven
// digits. The run lengths are formulas of z, so z as TQuantile has it for many
// degrees of freedom answers them.
func TestTheoryValues(t *testing.T) {
	f, err := os.Open("../../testdata/theory/values.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	z2 := TQuantile(0.975, 1e9) * TQuantile(0.975, 1e9)
	rules := []struct {
		pattern string
		value   func(g []string) float64
	}{
		{`^M/M/1 rho=(\S+) service times for L \+-1% \(95%\)(?: \| (.*))?$`, func(g []string) float64 {
			r := num(g[0])
			times := z2 * 2 * (1 + r) / (r * (1 - r) * (1 - r) * 1e-4)
			wait := r / (1 - r)
			asymptotic := r * (2 + 5*r - 4*r*r + r*r*r) / math.Pow(1-r, 4)
			return map[string]float64{"": times, "arrivals": r * times,
				"asym var of mean Wq (per customer)": asymptotic,
				"customers for Wq +-1%":              z2 * asymptotic / (wait * wait * 1e-4)}[g[1]]
		}},
		{`^iid exponential: n for p(\S+) `, func(g []string) float64 {
			q := num(g[0]) / 100
			x := -math.Log(1 - q)
			return z2 * q / (1 - q) / (x * x * 1e-4)
		}},
		{`^smallest n: max is a 95% upper bound`, func([]string) float64 { return math.Log(0.05) / math.Log(0.99) }},
		{`^smallest n: \.\.\. 97.5%$`, func([]string) float64 { return math.Log(0.025) / math.Log(0.99) }},
		{`^10 replications, sd (\S+)%`, func(g []string) float64 {
			xs := spread(10, 100, num(g[0]))
			e, err := Mean(xs, 0.95)
			if err != nil {
				t.Fatal(err)
			}
			return e.Hi - e.Value
		}},
	}
	covered := 0
	for _, row := range rows[1:] {
		if row[0] != "S" {
			continue
		}
		for _, r := range rules {
			if g := regexp.MustCompile(r.pattern).FindStringSubmatch(row[1]); g != nil {
				covered++
				within(t, row[1], r.value(g[1:]), num(row[2]), 4e-7*math.Max(1, num(row[2])))
			}
		}
	}
	if covered != 21 {
		t.Errorf("%d rows covered, want all 21", covered)
	}
}

// spread makes n values with exactly this mean and standard deviation.
func spread(n int, mean, sd float64) []float64 {
	xs := make([]float64, n)
	for i := range xs {
		xs[i] = float64(i)
	}
	m, s := MeanSd(xs)
	for i := range xs {
		xs[i] = mean + (xs[i]-m)/s*sd
	}
	return xs
}

func TestTQuantile(t *testing.T) {
	// Printed in every table of Student's t.
	for _, c := range []struct{ p, df, want float64 }{
		{0.975, 1, 12.7062}, {0.975, 4, 2.7764}, {0.975, 9, 2.2622}, {0.975, 30, 2.0423}, {0.95, 10, 1.8125}, {0.995, 5, 4.0321},
	} {
		within(t, "t", TQuantile(c.p, c.df), c.want, 5e-5)
	}
}

func TestMeanCoverage(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	hit, paired, narrower := 0, 0, 0
	const trials = 4000
	for range trials {
		a, b := make([]float64, 8), make([]float64, 8)
		for i := range a {
			shared := rng.NormFloat64()
			a[i] = 5 + shared
			b[i] = 5.5 + shared + 0.3*rng.NormFloat64()
		}
		e, err := Mean(a, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		d, err := PairedDifference(a, b, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		if e.Lo <= 5 && 5 <= e.Hi {
			hit++
		}
		if d.Lo <= 0.5 && 0.5 <= d.Hi {
			paired++
		}
		if d.Hi-d.Lo < e.Hi-e.Lo {
			narrower++
		}
	}
	inside(t, "mean", hit, trials, 0.95)
	inside(t, "paired", paired, trials, 0.95)
	if narrower < trials*9/10 {
		t.Errorf("common random numbers narrowed only %d of %d", narrower, trials)
	}
}

func TestTooFew(t *testing.T) {
	if e, err := Mean([]float64{3}, 0.95); !errors.Is(err, ErrTooFew) || e != model.Exactly(3) {
		t.Errorf("one observation: %v, %v", e, err)
	}
	if _, err := PairedDifference([]float64{1, 2}, []float64{1}, 0.95); err == nil {
		t.Error("unequal numbers pass as pairs")
	}
	if _, err := Backlog(make([]float64, 9)); !errors.Is(err, ErrTooFew) {
		t.Errorf("nine batches: %v", err)
	}
	if _, ok := MSER5(make([]float64, 19)); ok {
		t.Error("19 observations pass for a cut")
	}
}

func TestMoreReplications(t *testing.T) {
	xs := spread(10, 100, 2) // +-1.43 % with ten
	for _, c := range []struct {
		precision float64
		want      int
	}{
		{0.015, 10}, // reached
		{0.01, 18},  // t_17 * 2/sqrt(18) = 0.9946, t_16 * 2/sqrt(17) = 1.0283
		{1e-9, 500}, // out of reach: the bound
	} {
		if got := MoreReplications(xs, 0.95, c.precision, 500); got != c.want {
			t.Errorf("precision %v: %d replications, want %d", c.precision, got, c.want)
		}
	}
}

// A decaying start of 300 observations is cut, and nothing from a steady run.
func TestMSER5(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	early, late := 0, 0
	for range 200 {
		xs := make([]float64, 3000)
		for i := range xs {
			xs[i] = rng.NormFloat64() + 10*math.Exp(-float64(i)/60)
		}
		cut, ok := MSER5(xs)
		if !ok {
			late++
		}
		if cut < 100 {
			early++
		}
	}
	if early > 0 || late > 20 {
		t.Errorf("of 200 decaying starts %d cut too early, %d not at all", early, late)
	}
	trend := make([]float64, 1000)
	for i := range trend {
		trend[i] = float64(i)
	}
	if _, ok := MSER5(trend); ok {
		t.Error("a run that never gets steady passes")
	}
	if cut, ok := MSER5(slices.Repeat([]float64{1, 2, 3, 4, 5}, 100)); cut != 0 || !ok {
		t.Errorf("a run with equal batches is cut at %d, %v", cut, ok)
	}
}

// The one-pass form equals the definition.
func TestMSER5Property(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		xs := rapid.SliceOfN(rapid.Float64Range(-10, 10), 20, 200).Draw(t, "xs")
		z := BatchMeans(xs, len(xs)/5)
		scoreAt := func(d int) float64 {
			_, sd := MeanSd(z[d:])
			n := float64(len(z) - d)
			return sd * sd * (n - 1) / (n * n)
		}
		least := math.Inf(1)
		for d := range len(z)/2 + 1 {
			least = math.Min(least, scoreAt(d))
		}
		cut, _ := MSER5(xs)
		if scoreAt(cut/5) > least+1e-9 {
			t.Fatalf("cut at %d scores %v, least is %v", cut, scoreAt(cut/5), least)
		}
	})
}

func TestBatchMeansAndLag1(t *testing.T) {
	if got := BatchMeans([]float64{1, 3, 5, 7, 100}, 2); !slices.Equal(got, []float64{2, 6}) {
		t.Errorf("batches %v", got)
	}
	if got := BatchMeans([]float64{1}, 2); got != nil {
		t.Errorf("batches of nothing %v", got)
	}
	within(t, "alternating", Lag1([]float64{1, -1, 1, -1}), -0.75, 0)
	within(t, "constant", Lag1([]float64{2, 2, 2}), 0, 0)
	rng := rand.New(rand.NewPCG(5, 6))
	xs, x := make([]float64, 100000), 0.0
	for i := range xs {
		x = 0.7*x + rng.NormFloat64()
		xs[i] = x
	}
	within(t, "AR(1) 0.7", Lag1(xs), 0.7, 4*math.Sqrt((1-0.49)/1e5))
}

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		xs   []float64
		want float64
	}{{nil, 0}, {[]float64{4}, 4}, {[]float64{3, 1, 2}, 2}, {[]float64{4, 1, 3, 2}, 2.5}} {
		within(t, "median", Median(c.xs), c.want, 0)
	}
}

func TestRankCoverage(t *testing.T) {
	for _, c := range []struct {
		n      int
		q      float64
		lo, hi int
		want   float64
	}{
		// the least and the greatest around the median: 1 - 2^(1-n)
		{3, 0.5, 1, 3, 0.75}, {4, 0.5, 1, 4, 0.875}, {5, 0.5, 1, 5, 0.9375}, {6, 0.5, 1, 6, 0.96875},
		// computed independently for p99
		{1000, 0.99, 983, 998, 0.9835}, {10000, 0.99, 9880, 9921, 0.9609}, {30000, 0.99, 29666, 29735, 0.9548},
	} {
		within(t, "coverage", RankCoverage(c.n, c.q, c.lo, c.hi), c.want, 5e-5)
	}
	if got := [2]int{SamplesForUpperBound(0.99, 0.95), SamplesForUpperBound(0.99, 0.975)}; got != [2]int{299, 368} {
		t.Errorf("samples for an upper bound %v", got)
	}
	if _, _, ok := QuantileRanks(5, 0.5, 0.95); ok {
		t.Error("five observations pass for a 95 % interval of the median")
	}
	if lo, hi, ok := QuantileRanks(6, 0.5, 0.95); lo != 1 || hi != 6 || !ok {
		t.Errorf("six: %d..%d %v", lo, hi, ok)
	}
}

// Ranks keep their promise on each side, and are the narrowest that do.
func TestQuantileRanksProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 5000).Draw(t, "n")
		q := rapid.Float64Range(0.01, 0.999).Draw(t, "q")
		lo, hi, ok := QuantileRanks(n, q, 0.95)
		if !ok {
			return
		}
		below := distuv.Binomial{N: float64(n), P: q}
		const side = 0.025 + 1e-12
		if below.CDF(float64(lo-1)) > side || 1-below.CDF(float64(hi-1)) > side {
			t.Fatalf("ranks %d..%d of %d err too often", lo, hi, n)
		}
		if below.CDF(float64(lo)) < side-2e-12 || 1-below.CDF(float64(hi-2)) < side-2e-12 {
			t.Fatalf("ranks %d..%d of %d are wider than needed", lo, hi, n)
		}
	})
}

func TestQuantileCoverage(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	hit := 0
	const trials, n = 2000, 1000
	lo, hi, _ := QuantileRanks(n, 0.95, 0.95)
	for range trials {
		xs := make([]float64, n)
		for i := range xs {
			xs[i] = rng.ExpFloat64()
		}
		slices.Sort(xs)
		if e, ok := Quantile(xs, 0.95, 0.95); ok && e.Lo <= -math.Log(0.05) && -math.Log(0.05) <= e.Hi {
			hit++
		}
	}
	inside(t, "p95", hit, trials, RankCoverage(n, 0.95, lo, hi))
	if e, ok := Quantile([]float64{1, 2}, 0.5, 0.95); ok || e != (model.Estimate{Value: 1, Lo: 1, Hi: 2}) {
		t.Errorf("two observations: %v %v", e, ok)
	}
}

// Half of all pairs of runs differ by less than the floor.
func TestNoiseFloor(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	groups := make([][]float64, 400)
	for i := range groups {
		level := 10 + 100*rng.Float64()
		for range 5 {
			groups[i] = append(groups[i], level*math.Exp(0.05*rng.NormFloat64()))
		}
	}
	within(t, "log sd", LogSd(groups...), 0.05, 4*0.05/math.Sqrt(2*1600))
	floor, closer := NoiseFloor(groups...), 0
	for _, g := range groups {
		if math.Abs(math.Log(g[0]/g[1])) < floor {
			closer++
		}
	}
	inside(t, "pairs below the floor", closer, len(groups), 0.5)
	if LogSd([]float64{3}) != 0 {
		t.Error("one run shows noise")
	}
}

// backlogs simulates M/M/1 with unit demand over the given time and returns the
// means of the number in system in 20 batches. A stable one starts in its
// steady state, another one empty with a tenth of the window cut.
func backlogs(rng *rand.Rand, rho, window float64) []float64 {
	out := make([]float64, 20)
	now, n, start := 0.0, 0.0, window/10
	if rho < 1 {
		start = 0
		for rng.Float64() < rho {
			n++
		}
	}
	batch := window / 20
	for now < start+window {
		rate := rho
		if n > 0 {
			rate++
		}
		next := now + rng.ExpFloat64()/rate
		for i := range out {
			lo := start + float64(i)*batch
			out[i] += n * math.Max(0, math.Min(next, lo+batch)-math.Max(now, lo)) / batch
		}
		now = next
		if rng.Float64()*rate < rho {
			n++
		} else {
			n--
		}
	}
	return out
}

func TestBacklogVerdict(t *testing.T) {
	for _, c := range []struct {
		rho, window             float64
		stable, near, saturated float64 // at least this share of runs is called so
		maxStable, maxSaturated float64 // and at most this one
	}{
		{0.5, 2000, 0.95, 0, 0, 1, 0.01},     // far from it
		{0.8, 10000, 0.95, 0, 0, 1, 0.01},    // busy but stable
		{0.98, 2000, 0, 0.75, 0, 0.25, 0.06}, // the run is as short as its memory
		{1.0, 5000, 0, 0.75, 0, 0.25, 0.10},  // exactly critical: not shown either way
		{1.1, 10000, 0, 0, 0.97, 0.01, 1},    // grows
		{1.3, 2000, 0, 0, 0.97, 0.01, 1},     // grows fast
	} {
		rng := rand.New(rand.NewPCG(11, 12))
		counts, share := map[model.Verdict]int{}, map[model.Verdict]float64{}
		const trials = 200
		for range trials {
			d, err := Backlog(backlogs(rng, c.rho, c.window))
			if err != nil {
				t.Fatal(err)
			}
			counts[d.Verdict()]++
		}
		for v, n := range counts {
			share[v] = float64(n) / trials
		}
		if share[model.Stable] < c.stable || share[model.NearSaturation] < c.near || share[model.Saturated] < c.saturated ||
			share[model.Stable] > c.maxStable || share[model.Saturated] > c.maxSaturated {
			t.Errorf("rho %v over %v: %v of %d", c.rho, c.window, counts, trials)
		}
	}
}

func TestBacklogKnown(t *testing.T) {
	line := make([]float64, 20)
	for i := range line {
		line[i] = float64(3 * i)
	}
	d, err := Backlog(line)
	if err != nil || d.Verdict() != model.Saturated || d.Growth != (model.Estimate{Value: 57, Lo: 57, Hi: 57}) {
		t.Errorf("a straight line: %+v, %v", d, err)
	}
	if d, _ := Backlog(make([]float64, 20)); d.Verdict() != model.Stable {
		t.Errorf("an idle system: %+v", d)
	}
}

// The logarithms 0, 1, 2 have mean 1 and standard deviation 1, whose t interval
// with 2 degrees of freedom reaches 4.30265/√3 (tables) to either side.
func TestFactor(t *testing.T) {
	got, err := Factor([]float64{1, math.E, math.E * math.E}, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	within(t, "factor", got, math.Exp(4.30265/math.Sqrt(3)), 1e-3)
	if got, err := Factor([]float64{5}, 0.95); got != 1 || err == nil {
		t.Errorf("one observation: %v, %v", got, err)
	}
}
