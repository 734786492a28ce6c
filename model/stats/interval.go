package stats

import (
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/k9mil/velocitas/model"
	"gonum.org/v1/gonum/stat/distuv"
)

// ErrTooFew is returned where there are too few observations for an interval.
var ErrTooFew = errors.New("too few observations for an interval")

// TQuantile is the quantile p in (0, 1) of Student's t with df > 0 degrees of
// freedom (not necessarily whole), to nine digits.
func TQuantile(p, df float64) float64 {
	q := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: df}.Quantile(p)
	r, err := strconv.ParseFloat(strconv.FormatFloat(q, 'g', 9, 64), 64)
	if err != nil {
		panic(fmt.Sprintf("stats: t quantile %v with %v degrees of freedom is %v", p, df, q))
	}
	return r
}

// Mean is the mean of independent observations (one per replication, round or
// batch) with its t interval at the given confidence in (0, 1). It needs two.
func Mean(xs []float64, confidence float64) (model.Estimate, error) {
	m, sd := MeanSd(xs)
	if len(xs) < 2 {
		return model.Exactly(m), fmt.Errorf("%w: %d, need 2", ErrTooFew, len(xs))
	}
	n := float64(len(xs))
	half := TQuantile((1+confidence)/2, n-1) * sd / math.Sqrt(n)
	return model.Estimate{Value: m, Lo: m - half, Hi: m + half}, nil
}

// MeanSd is the mean and the standard deviation (divisor n-1; 0 below two
// observations). The mean of none is 0.
func MeanSd(xs []float64) (mean, sd float64) {
	if len(xs) == 0 {
		return 0, 0
	}
	for _, x := range xs {
		mean += x
	}
	mean /= float64(len(xs))
	if len(xs) < 2 {
		return mean, 0
	}
	ss := 0.0
	for _, x := range xs {
		ss += float64((x - mean) * (x - mean))
	}
	return mean, math.Sqrt(ss / float64(len(xs)-1))
}

// Factor is by what factor, of at least 1, the geometric mean of positive
// observations may be off in either direction at the given confidence in (0, 1),
// to six digits. It needs two.
func Factor(xs []float64, confidence float64) (float64, error) {
	logs := make([]float64, len(xs))
	for i, x := range xs {
		logs[i] = math.Log(x)
	}
	e, err := Mean(logs, confidence)
	if err != nil {
		return 1, err
	}
	return strconv.ParseFloat(strconv.FormatFloat(math.Exp((e.Hi-e.Lo)/2), 'g', 6, 64), 64)
}

// PairedDifference is the mean of b[i]-a[i] with its t interval: two systems
// under common random numbers, replication by replication. What both owe to the
// same arrivals cancels, so the interval is narrower than that of either.
func PairedDifference(a, b []float64, confidence float64) (model.Estimate, error) {
	if len(a) != len(b) {
		return model.Estimate{}, fmt.Errorf("paired observations need equal numbers, got %d and %d", len(a), len(b))
	}
	d := make([]float64, len(a))
	for i := range a {
		d[i] = b[i] - a[i]
	}
	return Mean(d, confidence)
}

// MoreReplications says how many replications in all would narrow the interval
// of the mean of xs to +-precision (relative, > 0). It is never less than
// len(xs), nor above the bound; with fewer than two observations it is the bound.
func MoreReplications(xs []float64, confidence, precision float64, bound int) int {
	m, sd := MeanSd(xs)
	if len(xs) < 2 || m == 0 {
		return bound
	}
	relative := sd / math.Abs(m)
	for n := len(xs); n < bound; n++ {
		if TQuantile((1+confidence)/2, float64(n-1))*relative <= precision*math.Sqrt(float64(n)) {
			return n
		}
	}
	return bound
}
