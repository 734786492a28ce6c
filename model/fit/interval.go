package fit

import (
	"math"

	"github.com/k9mil/velocitas/model/stats"
	"gonum.org/v1/gonum/mat"
)

// minRows is the least number of measurements for an interval.
const minRows = 6

// doubt is the covariance of a solution's parameters: of lambda (of its
// logarithm where noise is proportional), then of the shape parameters.
type doubt struct {
	covariance *mat.SymDense
	known      []bool // false for a parameter that the sizes say nothing about
	residualSd float64
	df         int
	t          float64 // quantile for 95 %
}

// doubtOf linearises the law at its solution. ok is false below 6 rows, without
// a degree of freedom, or where the parameters cannot be told apart.
func doubtOf(f solution, s sample) (d doubt, ok bool) {
	if d.df = s.total - 1 - len(f.shape); d.df < 1 {
		return d, false
	}
	d.residualSd = math.Sqrt((f.squares + s.within) / float64(d.df))
	if s.total < minRows {
		return d, false
	}
	var seen []int // shape parameters with an influence
	d.known = make([]bool, 1+len(f.shape))
	d.known[0] = true
	grad := make([]float64, len(f.shape))
	for i := range f.shape {
		for _, n := range s.n {
			if f.law.dh(n, f.shape, grad); grad[i] != 0 {
				d.known[i+1] = true
			}
		}
		if d.known[i+1] {
			seen = append(seen, i)
		}
	}
	j, _ := jacobian(f, s, seen)
	small, ok := inverseGram(j)
	if !ok {
		return d, false
	}
	index := append([]int{0}, seen...)
	for k := range index[1:] {
		index[k+1]++
	}
	d.covariance = mat.NewSymDense(1+len(f.shape), nil)
	for a, i := range index {
		for b, k := range index {
			d.covariance.SetSym(i, k, d.residualSd*d.residualSd*small.At(a, b))
		}
	}
	d.t = stats.TQuantile(0.975, float64(d.df))
	return d, true
}

// inverseGram is the inverse of J'J, with the columns of J scaled to length 1
// first: parameters differ by orders of magnitude.
func inverseGram(j *mat.Dense) (*mat.Dense, bool) {
	_, cols := j.Dims()
	length := make([]float64, cols)
	scaled := mat.DenseCopyOf(j)
	for c := range cols {
		length[c] = mat.Norm(j.ColView(c), 2)
		for r := range j.RawMatrix().Rows {
			scaled.Set(r, c, j.At(r, c)/length[c])
		}
	}
	var gram, inverse mat.Dense
	gram.Mul(scaled.T(), scaled)
	if inverse.Inverse(&gram) != nil { // singular, or close to it
		return nil, false
	}
	for a := range cols {
		for b := range cols {
			inverse.Set(a, b, inverse.At(a, b)/length[a]/length[b])
		}
	}
	return &inverse, true
}

func (d doubt) sd(i int) float64 { return math.Sqrt(d.covariance.At(i, i)) }
