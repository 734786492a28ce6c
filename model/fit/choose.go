package fit

import (
	"math"

	"github.com/k9mil/velocitas/model/fit/tables"
)

// evidence is the difference of -2 ln(likelihood) from which the data overrule
// the presumption about their noise.
const evidence = 3

// chooseNoise decides how rows scatter. Where measurements were repeated,
// throughput is presumed to scatter by a percentage; where they were not, the
// scatter can hardly be told from a curve that does not fit, and the convention
// of the published fits stands, a constant scatter. Strong evidence in the
// residuals of the most flexible law overrules either, unless neighbouring
// residuals go together, which is misfit rather than noise.
func chooseNoise(rows []tables.Row) (Noise, string) {
	constant, proportional := newSample(rows, Constant), newSample(rows, Proportional)
	repeated := constant.total > constant.sizes()
	l := uslFreeLaw()
	if constant.sizes() < 4 {
		l = amdahlLaw
	}
	c, ok1 := solve(l, constant)
	p, ok2 := solve(l, proportional)
	gain := deviance(c, constant) - deviance(p, proportional)
	if !ok1 || !ok2 || math.IsNaN(gain) || math.IsInf(gain, 0) {
		gain = 0
	}
	switch {
	case repeated && gain < -evidence:
		return Constant, "repeats scatter by the same amount at every size"
	case repeated:
		return Proportional, "measurements are repeated, and throughput scatters by a percentage"
	case gain > evidence && !misfit(p, proportional):
		return Proportional, "residuals grow with throughput"
	}
	return Constant, "the convention where measurements are not repeated"
}

// fewRows is the number of measurements below which the residuals of single ones
// do not tell one kind of noise from the other. Of 6 at powers of two that scatter
// by 5 %, one in five shows it, and the interval of kappa under the other kind holds
// the truth in 78 % of cases instead of 95 %.
const fewRows = 12

// samples are the measurements under the kind of noise that was chosen and, where
// it may well be the other, under that, too.
func samples(rows []tables.Row, chosen Noise, asked bool) []sample {
	s := newSample(rows, chosen)
	if asked || s.total > s.sizes() || s.total >= fewRows {
		return []sample{s}
	}
	other := Constant
	if chosen == Constant {
		other = Proportional
	}
	return []sample{s, newSample(rows, other)}
}

// deviance is -2 ln(likelihood) up to a constant; the logarithm's own
// derivative makes the two kinds of noise comparable.
func deviance(f solution, s sample) float64 {
	n := float64(s.total)
	d := n * math.Log((f.squares+s.within)/n)
	if s.noise == Proportional {
		d += 2 * s.logSum
	}
	return d
}

// misfit says that residuals of neighbouring sizes go together.
func misfit(f solution, s sample) bool {
	between, all, last := 0.0, 0.0, 0.0
	for i, n := range s.n {
		r := s.mean[i] - s.value(f.throughput(n))
		all += r * r
		between += r * last
		last = r
	}
	return between > 2/math.Sqrt(float64(s.sizes()))*all
}

// maxFolds bounds the work of a cross-validation.
const maxFolds = 40

// crossValidate is the relative error of predicting each size from the others:
// the root mean square over sizes. With very many sizes neighbours are left out
// together. ok is false where the law cannot be fitted without a size.
func crossValidate(l law, s sample) (float64, bool) {
	s = s.condensed(mostSizes)
	sum, scale := 0.0, 0.0
	size := (s.sizes() + maxFolds - 1) / maxFolds
	for i := 0; i < s.sizes(); i += size {
		j := min(i+size, s.sizes())
		if s.sizes()-(j-i) < 1 {
			return 0, false
		}
		f, ok := solve(l, s.without(i, j))
		if !ok {
			return 0, false
		}
		for k := i; k < j; k++ {
			x := f.throughput(s.n[k])
			if s.noise == Proportional && x <= 0 {
				return 0, false
			}
			r := s.mean[k] - s.value(x)
			sum += r * r
			scale += s.mean[k] * s.mean[k]
		}
	}
	if s.noise == Proportional {
		return math.Sqrt(sum / float64(s.sizes())), true
	}
	return math.Sqrt(sum / scale), true
}

// choose picks the law with the least cross-validated error; of laws that do
// equally well, the simplest, which comes first. A law that misses a measured size
// by more than missShare, and by far more than another that predicts not much
// worse, is not the one, however well it does where throughput is large.
func choose(laws []Law, s sample) int {
	best := -1
	for i, l := range laws {
		if l.CrossValidated == nil || l.Name == USLFree || l.Name == USLNormalised {
			continue
		}
		if best < 0 || *l.CrossValidated < *laws[best].CrossValidated*(1-1e-6)-1e-12 {
			best = i
		}
	}
	if best < 0 || worstMiss(laws[best], s) < missShare {
		return best
	}
	for i, l := range laws {
		if l.CrossValidated != nil && l.Name != USLFree && l.Name != USLNormalised && *l.CrossValidated < 2**laws[best].CrossValidated &&
			worstMiss(l, s) < worstMiss(laws[best], s)/2 {
			best = i
		}
	}
	return best
}

// missShare is how far a law may be from a measured size, as the logarithm of
// their ratio.
const missShare = 0.3

func worstMiss(l Law, s sample) float64 {
	worst := 0.0
	for i, n := range s.n {
		x := s.mean[i]
		if s.noise == Constant {
			x = math.Log(x)
		}
		if d := math.Abs(x - math.Log(math.Max(l.Throughput(n), 1e-300))); d > worst {
			worst = d
		}
	}
	return worst
}
