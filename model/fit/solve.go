package fit

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
)

// solution is the best member of a law for a sample.
type solution struct {
	law     law
	lambda  float64
	shape   []float64
	onBound []bool  // which shape parameters lie on a bound
	squares float64 // between sizes
}

func (f solution) throughput(n float64) float64 { return f.lambda * f.law.h(n, f.shape) }

// solve finds the least squares. A bounded optimum lies inside, where it is
// also an optimum without bounds, or on a face; so each set of parameters held
// on their lower (or upper) bound is solved without bounds for the others, and
// the best of those that stay inside is the answer. Two sizes cannot tell sigma
// from kappa; the USL then holds kappa at 0. ok is false when the sample has too
// few sizes for the law.
func solve(l law, s sample) (best solution, ok bool) {
	if s.sizes() < l.minSizes() {
		return best, false
	}
	if s.sizes() > mostSizes {
		return solveMany(l, s)
	}
	if l.name == Ceiling {
		return solveCeiling(s), true
	}
	best.squares = math.Inf(1)
	for i, held := range faces(l) {
		if s.sizes() == 2 && len(held) == 2 && held[1] != 0 {
			continue
		}
		f := descend(l, s, held)
		if !inside(l, f.shape, held) {
			continue
		}
		if i == 0 { // nothing is held: no face can be better
			return f, !math.IsInf(f.squares, 1)
		}
		if f.squares < best.squares {
			best = f
		}
	}
	return best, !math.IsInf(best.squares, 1)
}

// mostSizes bounds what is searched: the time for more would grow without an end
// in sight, and neighbours say the same.
const mostSizes = 64

// solveMany solves for neighbouring sizes put together, and then takes the last
// steps with all of them.
func solveMany(l law, s sample) (f solution, ok bool) {
	if f, ok = solve(l, s.condensed(mostSizes)); !ok {
		return f, false
	}
	f.lambda, f.squares = s.profile(l, f.shape)
	var loose []int
	held := make([]float64, len(f.shape))
	for i, bound := range f.onBound {
		held[i] = f.shape[i]
		if !bound {
			loose, held[i] = append(loose, i), math.NaN()
		}
	}
	better := f
	better.shape = slices.Clone(f.shape)
	polish(&better, s, loose)
	if inside(l, better.shape, held) {
		f = better
	}
	return f, !math.IsInf(f.squares, 1)
}

// view is a law solved for the measurements under one kind of noise.
type view struct {
	solution
	sample sample
}

// views are a law's solutions under each kind of noise that may be the right
// one. The first is the estimate, and there is one if ok.
func views(l law, samples []sample) (all []view, ok bool) {
	for i, s := range samples {
		if f, ok := solve(l, s); ok && finite(f) {
			all = append(all, view{f, s})
		} else if i == 0 {
			return nil, false
		}
	}
	return all, true
}

// minSizes is the number of parameters, or 2 where one of three can be held.
func (l law) minSizes() int {
	if l.name == USL {
		return 2
	}
	return len(l.shape) + 1
}

// faces lists what may be held on a bound: NaN leaves a parameter free. The
// first holds nothing.
func faces(l law) [][]float64 {
	out := [][]float64{{}}
	for range l.shape {
		var next [][]float64
		for _, f := range out {
			next = append(next, append(append([]float64(nil), f...), math.NaN()))
			if l.free {
				continue
			}
			next = append(next, append(append([]float64(nil), f...), 0))
			if !math.IsInf(l.upper, 1) {
				next = append(next, append(append([]float64(nil), f...), l.upper))
			}
		}
		out = next
	}
	return out
}

func inside(l law, shape, held []float64) bool {
	for i, p := range shape {
		if math.IsNaN(held[i]) && !l.free && (p < 0 || p > l.upper) {
			return false
		}
	}
	return true
}

// descend minimises over the parameters that are not held: from the two best of
// several starts by Nelder and Mead, which needs no derivative and walks around the edge where
// the curve stops being positive, and then by Gauss and Newton to the last digit.
func descend(l law, s sample, held []float64) solution {
	var loose []int
	for i, h := range held {
		if math.IsNaN(h) {
			loose = append(loose, i)
		}
	}
	var scale []float64
	if len(l.shape) > 0 {
		scale = l.scale(s.largest())
	}
	at := func(u []float64) []float64 {
		p := append([]float64(nil), held...)
		for k, i := range loose {
			p[i] = u[k] * scale[i]
		}
		return p
	}
	cost := func(u []float64) float64 { _, q := s.profile(l, at(u)); return q }
	best, least := make([]float64, len(loose)), math.Inf(1)
	if len(loose) == 0 {
		least = cost(best)
	}
	begin := starts(l, s, loose, scale)
	slices.SortStableFunc(begin, func(a, b []float64) int { return cmp.Compare(cost(a), cost(b)) })
	for _, start := range begin[:min(2, len(begin))] {
		if math.IsInf(cost(start), 1) {
			continue
		}
		r, err := optimize.Minimize(optimize.Problem{Func: cost}, start,
			&optimize.Settings{MajorIterations: 400, Converger: &optimize.FunctionConverge{Absolute: 0, Relative: 1e-6, Iterations: 10}},
			&optimize.NelderMead{})
		if r != nil && (err == nil || r.Status != optimize.Failure) && r.F < least {
			best, least = r.X, r.F
		}
	}
	f := solution{law: l, shape: at(best), onBound: make([]bool, len(held))}
	for i, h := range held {
		f.onBound[i] = !math.IsNaN(h)
	}
	f.lambda, f.squares = s.profile(l, f.shape)
	polish(&f, s, loose)
	return f
}

// starts are the points to begin from, in scaled parameters. The first is the
// solution of N/X = (1 + sigma(N-1) + kappa N(N-1))/lambda, which is linear; it
// is exact where there is no noise.
func starts(l law, s sample, loose []int, scale []float64) [][]float64 {
	var out [][]float64
	switch len(loose) {
	case 0:
		return nil
	case 1:
		out = [][]float64{{0.1}, {3}}
	default:
		out = [][]float64{{0.3, 0.1}, {3, 0.03}, {0.03, 3}}
	}
	if guess, ok := linearised(s); ok && (l.name == USL || l.name == USLFree || l.name == Amdahl) {
		u := make([]float64, len(loose))
		for k, i := range loose {
			u[k] = guess[i] / scale[i]
		}
		out = append([][]float64{u}, out...)
	}
	return out
}

// linearised solves weighted linear least squares for sigma and kappa.
func linearised(s sample) ([]float64, bool) {
	if s.sizes() < 3 {
		return nil, false
	}
	a, b := mat.NewDense(s.sizes(), 3, nil), mat.NewVecDense(s.sizes(), nil)
	for i, n := range s.n {
		x := s.mean[i]
		if s.noise == Proportional {
			x = math.Exp(x)
		}
		w := math.Sqrt(s.count[i]) * x / n // relative weight: noise of N/X grows with N/X
		a.SetRow(i, []float64{w, w * (n - 1), w * n * (n - 1)})
		b.SetVec(i, w*n/x)
	}
	var c mat.VecDense
	if err := c.SolveVec(a, b); err != nil || c.AtVec(0) == 0 {
		return nil, false
	}
	return []float64{c.AtVec(1) / c.AtVec(0), c.AtVec(2) / c.AtVec(0)}, true
}

// polish takes Gauss-Newton steps in lambda and the loose parameters while they
// lower the sum of squares.
func polish(f *solution, s sample, loose []int) {
	for range 50 {
		var step mat.VecDense
		j, r := jacobian(*f, s, loose)
		if step.SolveVec(j, r) != nil {
			return
		}
		better := false
		for half := 1.0; half > 1e-3; half /= 2 {
			p := append([]float64(nil), f.shape...)
			for k, i := range loose {
				p[i] += half * step.AtVec(k+1)
			}
			if lambda, q := s.profile(f.law, p); q < f.squares {
				f.lambda, f.squares, f.shape, better = lambda, q, p, true
				break
			}
		}
		if !better {
			return
		}
	}
}

// jacobian holds, per size and weighted by its repeats, the derivatives of the
// value by lambda (by its logarithm where noise is proportional) and by the
// loose shape parameters; and the residuals.
func jacobian(f solution, s sample, loose []int) (*mat.Dense, *mat.VecDense) {
	j, r := mat.NewDense(s.sizes(), len(loose)+1, nil), mat.NewVecDense(s.sizes(), nil)
	grad := make([]float64, len(f.shape))
	for i, n := range s.n {
		h, w := f.law.h(n, f.shape), math.Sqrt(s.count[i])
		f.law.dh(n, f.shape, grad)
		byLambda, byShape := h, f.lambda
		if s.noise == Proportional {
			byLambda, byShape = 1, 1/h
		}
		j.Set(i, 0, w*byLambda)
		for k, p := range loose {
			j.Set(i, k+1, w*byShape*grad[p])
		}
		r.SetVec(i, w*(s.mean[i]-s.value(f.lambda*h)))
	}
	return j, r
}

// solveCeiling tries each split of the sizes into those on the slope and those
// on the flat: lambda is fitted to the former and the ceiling to the latter,
// which are independent. Where the two lines cross outside the gap, the best
// knee is one of the sizes.
func solveCeiling(s sample) solution {
	best := solution{law: ceilingLaw, onBound: []bool{false}, squares: math.Inf(1)}
	try := func(knee float64) {
		if lambda, q := s.profile(ceilingLaw, []float64{knee}); q < best.squares {
			best.lambda, best.shape, best.squares = lambda, []float64{knee}, q
		}
	}
	for i := range s.sizes() {
		try(s.n[i])
		if i+1 == s.sizes() {
			break
		}
		slope, _ := s.without(i+1, s.sizes()).profile(linearLaw, nil)
		flat := s.without(0, i+1)
		top, _ := flat.profile(ceilingLaw, []float64{flat.n[0]})
		if knee := top * flat.n[0] / slope; knee >= s.n[i] && knee <= s.n[i+1] {
			try(knee)
		}
	}
	best.onBound[0] = best.shape[0] >= s.largest() // the ceiling was not reached
	return best
}
