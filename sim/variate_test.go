package sim

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/k9mil/velocitas/scenarios"
	"github.com/k9mil/velocitas/sim/random"
)

// Every kind of distribution has the mean, the coefficient of variation and the
// quantiles that it states, on a machine of half the speed twice as long. The
// exact values are closed forms, those of the gamma's quantiles from tables of
// the chi-squared distribution (with 1 and 6 degrees of freedom).
func TestDistributions(t *testing.T) {
	const ms = scenarios.Duration(time.Millisecond)
	lognormalAt := func(z, mean, cv float64) float64 {
		v := math.Log(1 + cv*cv)
		return mean * math.Exp(z*math.Sqrt(v)-v/2)
	}
	sigma := math.Log(300.0/40) / 2.3263478740408408
	for _, row := range []struct {
		name          string
		d             scenarios.Distribution
		mean, cv      float64 // ms
		p50, p90, p99 float64
	}{
		{"constant", scenarios.Distribution{Kind: "constant", Mean: 10 * ms}, 10, 0, 10, 10, 10},
		{"exponential", scenarios.Distribution{Kind: "exponential", Mean: 10 * ms}, 10, 1, 10 * math.Ln2, 10 * math.Log(10), 10 * math.Log(100)},
		{"lognormal", scenarios.Distribution{Kind: "lognormal", Mean: 10 * ms, CV: 0.6}, 10, 0.6, lognormalAt(0, 10, 0.6), lognormalAt(1.2815515655446004, 10, 0.6), lognormalAt(2.3263478740408408, 10, 0.6)},
		{"lognormal by quantiles", scenarios.Distribution{Kind: "lognormal", P50: 40 * ms, P99: 300 * ms}, 40 * math.Exp(sigma*sigma/2), math.Sqrt(math.Exp(sigma*sigma) - 1),
			40, 40 * math.Exp(1.2815515655446004*sigma), 300},
		{"lognormal by p90 and p95", scenarios.Distribution{Kind: "lognormal", P90: 20 * ms, P95: 30 * ms}, 0, 0, 20 * math.Pow(1.5, -1.2815515655446004/(1.6448536269514722-1.2815515655446004)), 20,
			20 * math.Pow(1.5, (2.3263478740408408-1.2815515655446004)/(1.6448536269514722-1.2815515655446004))},
		// Scaled chi-squared: with k degrees of freedom, mean k and cv √(2/k).
		{"gamma", scenarios.Distribution{Kind: "gamma", Mean: 10 * ms, CV: math.Sqrt2}, 10, math.Sqrt2, 10 * 0.454936, 10 * 2.705543, 10 * 6.634897},
		{"erlang", scenarios.Distribution{Kind: "erlang", Mean: 6 * ms, Stages: 3}, 6, 1 / math.Sqrt(3), 5.348121, 10.644641, 16.811894},
		{"uniform", scenarios.Distribution{Kind: "uniform", Min: 2 * ms, Max: 18 * ms}, 10, 16 / math.Sqrt(12) / 10, 10, 16.4, 17.84},
		{"quantiles", scenarios.Distribution{Kind: "quantiles", Quantiles: []scenarios.Duration{0, 10 * ms, 40 * ms}}, 15, math.Sqrt((100/3.0+(100+400+1600)/3.0)/2-225) / 15, 10, 34, 39.4},
		{"mixture", scenarios.Distribution{Kind: "mixture", Mixture: []scenarios.Distribution{
			{Share: 0.5, Kind: "uniform", Max: 10 * ms}, {Share: 0.25, Kind: "uniform", Min: 10 * ms, Max: 20 * ms}, {Share: 0.25, Kind: "uniform", Min: 20 * ms, Max: 40 * ms}}},
			2.5 + 3.75 + 7.5, math.Sqrt(0.5*100/3+0.25*700/3+0.25*2800/3-13.75*13.75) / 13.75, 10, 32, 39.2},
	} {
		for _, speed := range []float64{1, 0.5} {
			t.Run(fmt.Sprintf("%s at speed %g", row.name, speed), func(t *testing.T) {
				v := newVariate(&row.d, speed)
				const n = 400_000
				xs := make([]float64, n)
				var sum, sum2, sum4 float64
				rnd := random.New(seedOf(t.Name()), 0, "times", 0)
				for i := range xs {
					xs[i] = v.draw(&rnd) / 1e6 * speed
					sum += xs[i]
				}
				mean := sum / n
				for _, x := range xs {
					d2 := (x - mean) * (x - mean)
					sum2 += d2
					sum4 += d2 * d2
				}
				sd := math.Sqrt(sum2 / n)
				slices.Sort(xs)
				if row.mean > 0 {
					near(t, "mean", mean, row.mean, sd/math.Sqrt(n))
					near(t, "stated mean", v.mean/1e6*speed, row.mean, 1e-9)
					// The variance's own error, from the fourth moment.
					near(t, "standard deviation", sd, row.cv*row.mean, math.Sqrt(max(0, sum4/n-sd*sd*sd*sd)/n)/(2*sd+1e-9))
				}
				for _, q := range []struct{ at, want float64 }{{0.5, row.p50}, {0.9, row.p90}, {0.99, row.p99}} {
					below, _ := slices.BinarySearch(xs, q.want+1e-5)
					if row.d.Kind == "constant" {
						below = int(q.at * n)
						near(t, "constant", xs[0], q.want, 1e-9)
					}
					near(t, fmt.Sprintf("share below p%g", q.at*100), float64(below)/n, q.at, math.Sqrt(q.at*(1-q.at)/n))
				}
			})
		}
	}
}

// near wants a figure within four of its standard errors, and a nanosecond.
func near(t *testing.T, what string, got, want, se float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > standardErr*se+1e-6 {
		t.Errorf("%s: %v, want %v, %.1f standard errors off", what, got, want, (got-want)/se)
	}
}
