package fit

import (
	"math"
	"sort"
)

// Noise says how the scatter of throughput goes with its size.
type Noise string

// The kinds of noise: the same number of requests per second at every size
// (ordinary least squares, what most published fits assume), or the same
// percentage (least squares of the logarithm).
const (
	Constant     Noise = "constant"
	Proportional Noise = "proportional"
)

// sample is what a fit needs of the measurements: per size the number of
// repeats and their mean, and how much repeats scatter about it. Values are
// throughput, or its logarithm where noise is proportional.
type sample struct {
	noise  Noise
	n      []float64 // sizes, rising
	count  []float64 // repeats
	mean   []float64 // of the values at that size
	within float64   // sum of squares of values about their size's mean
	total  int       // values in all
	logSum float64   // sum of the logarithms of throughput
}

func newSample(rows []Row, noise Noise) sample {
	s := sample{noise: noise, total: len(rows)}
	rows = append([]Row(nil), rows...)
	sort.SliceStable(rows, func(i, j int) bool { return rows[i].N < rows[j].N })
	for i := 0; i < len(rows); {
		j, sum := i, 0.0
		for ; j < len(rows) && rows[j].N == rows[i].N; j++ {
			sum += s.value(rows[j].X)
			s.logSum += math.Log(rows[j].X)
		}
		mean := sum / float64(j-i)
		for _, r := range rows[i:j] {
			d := s.value(r.X) - mean
			s.within += d * d
		}
		s.n, s.count, s.mean = append(s.n, rows[i].N), append(s.count, float64(j-i)), append(s.mean, mean)
		i = j
	}
	return s
}

func (s sample) value(x float64) float64 {
	if s.noise == Proportional {
		return math.Log(x)
	}
	return x
}

func (s sample) sizes() int       { return len(s.n) }
func (s sample) largest() float64 { return s.n[len(s.n)-1] }

// without is the sample less its sizes from i up to j.
func (s sample) without(i, j int) sample {
	cut := func(xs []float64) []float64 {
		return append(append([]float64(nil), xs[:i]...), xs[j:]...)
	}
	r := sample{noise: s.noise, n: cut(s.n), count: cut(s.count), mean: cut(s.mean)}
	for _, c := range r.count {
		r.total += int(c)
	}
	return r
}

// profile gives, for the shape of a law, the best lambda (it enters linearly,
// or as a constant in the logarithm) and the sum of squares that is left
// between sizes. It is infinite where the curve is not positive.
func (s sample) profile(l law, shape []float64) (lambda, squares float64) {
	a, b := 0.0, 0.0
	for i, n := range s.n {
		h := l.h(n, shape)
		if !(h > 0) || math.IsInf(h, 1) {
			return 0, math.Inf(1)
		}
		if s.noise == Proportional {
			a += s.count[i] * (s.mean[i] - math.Log(h))
			b += s.count[i]
		} else {
			a += s.count[i] * s.mean[i] * h
			b += s.count[i] * h * h
		}
	}
	if lambda = a / b; s.noise == Proportional {
		lambda = math.Exp(lambda)
	}
	for i := range s.n {
		r := s.mean[i] - s.value(lambda*l.h(s.n[i], shape))
		squares += s.count[i] * r * r
	}
	return lambda, squares
}
