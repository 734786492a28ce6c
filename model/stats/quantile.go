package stats

import (
	"math"
	"sort"

	"github.com/k9mil/velocitas/model"
	"gonum.org/v1/gonum/stat/distuv"
)

// Median of xs, which it leaves as they are; 0 for none.
func Median(xs []float64) float64 {
	s := append([]float64(nil), xs...)
	sort.Float64s(s)
	n := len(s)
	if n == 0 {
		return 0
	}
	return s[(n-1)/2] + (s[n/2]-s[(n-1)/2])/2
}

// QuantileRanks gives the ranks lo < hi, counted from 1, between which the
// quantile q lies with the given confidence: of n independent observations in
// order, the lo-th and the hi-th. Each side errs with at most half of
// 1-confidence. ok is false when n is too small. Autocorrelated latencies need
// replications instead: see [Mean].
func QuantileRanks(n int, q, confidence float64) (lo, hi int, ok bool) {
	if n < 1 || q <= 0 || q >= 1 {
		return 0, 0, false
	}
	below := distuv.Binomial{N: float64(n), P: q} // how many lie at or below the quantile
	side := (1 - confidence) / 2
	lo = sort.Search(n, func(k int) bool { return below.CDF(float64(k)) > side }) // P(below < lo) <= side
	hi = sort.Search(n, func(k int) bool { return below.CDF(float64(k)) >= 1-side }) + 1
	return lo, hi, lo >= 1 && hi <= n
}

// RankCoverage is the probability that the quantile q lies between the lo-th
// and the hi-th of n independent observations.
func RankCoverage(n int, q float64, lo, hi int) float64 {
	below := distuv.Binomial{N: float64(n), P: q}
	return below.CDF(float64(hi-1)) - below.CDF(float64(lo-1))
}

// Quantile is the quantile q of independent observations in rising order, with
// its order-statistic interval. ok is false, and the interval the whole range,
// when there are too few; sorted must not be empty.
func Quantile(sorted []float64, q, confidence float64) (e model.Estimate, ok bool) {
	n := len(sorted)
	rank := min(max(int(math.Ceil(q*float64(n))), 1), n)
	lo, hi, ok := QuantileRanks(n, q, confidence)
	if !ok {
		lo, hi = 1, n
	}
	return model.Estimate{Value: sorted[rank-1], Lo: sorted[lo-1], Hi: sorted[hi-1]}, ok
}

// SamplesForUpperBound is the least number of independent observations whose
// maximum is an upper bound of the quantile q with the given confidence:
// ln(1-confidence)/ln(q), rounded up.
func SamplesForUpperBound(q, confidence float64) int {
	return int(math.Ceil(math.Log(1-confidence) / math.Log(q)))
}
