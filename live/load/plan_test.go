package load

import (
	"math"
	"slices"
	"testing"
	"time"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

func TestConstant(t *testing.T) {
	for _, row := range []struct {
		rate  float64
		until time.Duration
		want  []time.Duration
	}{
		{100, 25 * ms, []time.Duration{0, 10 * ms, 20 * ms}},
		{100, 20 * ms, []time.Duration{0, 10 * ms}}, // the end itself is out
		{0.5, time.Second, []time.Duration{0}},      // less than one a second
	} {
		if got := Constant(row.rate, row.until); !slices.Equal(got, row.want) {
			t.Errorf("Constant(%v, %v) = %v: want %v", row.rate, row.until, got, row.want)
		}
	}
	// A third of a second does not add up its rounding errors.
	if plan := Constant(3, time.Hour); len(plan) != 3*3600 {
		t.Errorf("%d requests an hour at 3/s: want %d", len(plan), 3*3600)
	}
}

// The gaps of a Poisson process are exponential: the Kolmogorov–Smirnov
// distance of n gaps exceeds 1.95/√n once in a thousand seeds; the seed is
// fixed, so the test either always passes or never.
func TestPoisson(t *testing.T) {
	const rate = 250.0
	plan := Poisson(rate, 100*time.Second, 1)
	gaps := make([]float64, len(plan))
	var before time.Duration
	for i, at := range plan {
		gaps[i], before = (at - before).Seconds(), at
	}
	n := float64(len(plan))
	if want := rate * 100; math.Abs(n-want) > 4*math.Sqrt(want) {
		t.Errorf("%v requests: want %v ± %v", n, want, 4*math.Sqrt(want))
	}
	slices.Sort(gaps)
	law := distuv.Exponential{Rate: rate}
	var distance float64
	for i, gap := range gaps {
		distance = max(distance, math.Abs(law.CDF(gap)-float64(i)/n), math.Abs(law.CDF(gap)-float64(i+1)/n))
	}
	if distance > 1.95/math.Sqrt(n) {
		t.Errorf("gaps are %v from exponential: want at most %v", distance, 1.95/math.Sqrt(n))
	}
}

// Gaps are independent, and counts in windows vary as a Poisson count does.
func TestPoissonIsMemoryless(t *testing.T) {
	plan := Poisson(100, 400*time.Second, 2)
	counts := make([]float64, 400)
	for _, at := range plan {
		counts[int(at.Seconds())]++
	}
	mean, variance := stat.MeanVariance(counts, nil)
	// The index of dispersion of 400 windows is 1 ± √(2/399).
	if index := variance / mean; math.Abs(index-1) > 4*math.Sqrt(2.0/399) {
		t.Errorf("index of dispersion %v: want 1", index)
	}
	if r := stat.Correlation(counts[1:], counts[:399], nil); math.Abs(r) > 4/math.Sqrt(399) {
		t.Errorf("neighbouring seconds correlate by %v", r)
	}
}

func TestPoissonSeeds(t *testing.T) {
	if !slices.Equal(Poisson(100, time.Second, 5), Poisson(100, time.Second, 5)) {
		t.Error("one seed, two plans")
	}
	if slices.Equal(Poisson(100, time.Second, 5), Poisson(100, time.Second, 6)) {
		t.Error("two seeds, one plan")
	}
	long := Poisson(100, 2*time.Second, 5)
	if short := Poisson(100, time.Second, 5); !slices.Equal(short, long[:len(short)]) {
		t.Error("a longer plan begins differently")
	}
}

func TestFromTrace(t *testing.T) {
	if got := FromTrace([]float64{0, 0.5, 1, 1.5}, 1500*ms); !slices.Equal(got, []time.Duration{0, 500 * ms, 1000 * ms}) {
		t.Errorf("got %v", got)
	}
}
