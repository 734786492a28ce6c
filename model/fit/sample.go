package fit

import (
	"math"
	"sort"

	"github.com/k9mil/velocitas/model/fit/tables"
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

func newSample(rows []tables.Row, noise Noise) sample {
	s := sample{noise: noise, total: len(rows)}
	rows = append([]tables.Row(nil), rows...)
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

// level is the mean of the sizes' values.
func (s sample) level() float64 {
	sum := 0.0
	for _, m := range s.mean {
		sum += m
	}
	return sum / float64(s.sizes())
}

// condensed puts neighbouring sizes together until there are no more than most,
// each range of them as wide, in logarithms, as the others. What scatters between
// sizes that are put together becomes scatter within one.
func (s sample) condensed(most int) sample {
	if s.sizes() <= most {
		return s
	}
	out := sample{noise: s.noise, total: s.total, within: s.within, logSum: s.logSum}
	for bins := most; bins > 0; bins /= 2 {
		out.n, out.count, out.mean, out.within = nil, nil, nil, s.within
		width := math.Log(s.largest()/s.n[0]) / float64(bins)
		for i := 0; i < s.sizes(); {
			end := s.n[i] * math.Exp(width)
			j, count, size, value := i, 0.0, 0.0, 0.0
			for ; j < s.sizes() && (s.n[j] < end || j == i); j++ {
				count, size, value = count+s.count[j], size+s.count[j]*s.n[j], value+s.count[j]*s.mean[j]
			}
			out.n, out.count, out.mean = append(out.n, size/count), append(out.count, count), append(out.mean, value/count)
			i = j
		}
		if out.sizes() <= most {
			break
		}
	}
	return out
}

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
	h := make([]float64, s.sizes())
	for i, n := range s.n {
		h[i] = l.h(n, shape)
	}
	return s.scaled(h)
}

// scaled is profile for a curve whose values h at the sizes are known; it uses h
// up.
func (s sample) scaled(h []float64) (lambda, squares float64) {
	a, b := 0.0, 0.0
	for i, v := range h {
		if !(v > 0) || math.IsInf(v, 1) {
			return 0, math.Inf(1)
		}
		if s.noise == Proportional {
			h[i] = math.Log(v)
			a += s.count[i] * (s.mean[i] - h[i])
			b += s.count[i]
		} else {
			a += s.count[i] * s.mean[i] * v
			b += s.count[i] * v * v
		}
	}
	lambda = a / b
	for i, v := range h {
		r := s.mean[i] - lambda*v
		if s.noise == Proportional {
			r = s.mean[i] - lambda - v
		}
		squares += s.count[i] * r * r
	}
	if s.noise == Proportional {
		lambda = math.Exp(lambda)
	}
	return lambda, squares
}
