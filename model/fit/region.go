package fit

import (
	"math"

	"github.com/k9mil/velocitas/model/stats"
)

// region is the set of curves that the measurements do not rule out, from which
// the intervals of predictions come. Which law is right is part of what is not
// known, and beyond the sizes measured it is most of it; so the region spans
// families that hold every law and much between them: contention with coherency,
// queues that fill up more or less sharply, ceilings after a straight line, a
// fixed share or a power of N. Whoever measured the rise only sees in the region
// that it may end at once or never.
//
// A new measurement x at N is inside the interval where some curve of the region
// explains it and the measurements together: where the sum of squares that x
// adds, least over the curves, is within the quantile. For one law that is linear
// in its parameters this is the usual prediction interval.
type region struct {
	noise  Noise
	curves []member
	sd     float64 // of a single measurement, in the unit of the sample's values
	most   float64 // what the squares over sd² may grow by
	// smallest and top are the ends of what was measured.
	smallest, top float64
}

// member is a curve with how much worse than the best of its family it explains
// the measurements, in units of sd². It costs what its family does worse than the
// best of all, beyond what chance and flexibility explain.
type member struct {
	family family
	lambda float64
	a, b   float64
	cost   float64
}

// family is a set of curves h(N) with two shape parameters of 0 or more, which
// are relative to the largest size measured: at 0 neither has any effect.
type family struct {
	mostA, mostB func(smallest, largest float64) float64
	h            func(n, top, a, b float64) float64
}

// Presumed scatter, which counts as so many measurements: three exact rows do
// not make an exact prediction.
const (
	presumedSd = 0.035
	presumedDF = 3
	// slack is how much worse, in units of sd², a family may explain the
	// measurements than the best of all before that counts against it.
	slack = 4
	// drift is the standard deviation of what no family knows: how much the
	// logarithm of throughput departs from all of them where N is e times what
	// was measured. Real systems have steps and bends that no law has.
	drift = 0.1
)

var families = []family{
	{mostSlope, mostSlope, func(n, top, a, b float64) float64 { // the Universal Scalability Law
		return n / (1 + a*share(n, top) + b*share(n, top)*n/top)
	}},
	{mostKnee, mostSlope, smooth(2)},
	{mostKnee, mostSlope, smooth(4)},
	{mostKnee, mostSlope, func(n, top, a, b float64) float64 { // a ceiling
		return n / (math.Max(1, a*n/top) + b*share(n, top)*n/top)
	}},
	{mostKnee, atMost(1), func(n, top, a, b float64) float64 { // Gustafson's law up to a ceiling
		m := upToKnee(n, top, a)
		return m - b*(m-1)
	}},
	{mostKnee, atMost(1.2), func(n, top, a, b float64) float64 { // a power of N up to a ceiling
		return math.Pow(upToKnee(n, top, a), 1.2-b)
	}},
}

// smooth is a queue in front of a fixed number of servers, as sharp as p.
func smooth(p float64) func(n, top, a, b float64) float64 {
	return func(n, top, a, b float64) float64 {
		u := a * n / top
		u *= u
		if p == 4 {
			u *= u
		}
		d := math.Sqrt(1 + u)
		if p == 4 {
			d = math.Sqrt(d)
		}
		return n / (d + b*share(n, top)*n/top)
	}
}

// share is (N-1)/(top-1), which contention goes with, also where top is 1.
func share(n, top float64) float64 { return (n - 1) / math.Max(top-1, 1e-9) }

func upToKnee(n, top, a float64) float64 {
	if a*n > top {
		return top / a
	}
	return n
}

// mostSlope lets throughput fall like 1/N from the first size on; mostKnee puts
// the knee at the first size.
func mostSlope(smallest, largest float64) float64 { return 20 * largest / smallest }
func mostKnee(smallest, largest float64) float64  { return largest / smallest }

func atMost(v float64) func(float64, float64) float64 {
	return func(float64, float64) float64 { return v }
}

const (
	regionSteps  = 20 // of a grid, each way
	regionRounds = 3  // each grid is laid over what the one before left
	regionSizes  = 48 // more sizes are put together
)

// newRegion searches each family on a grid and then on finer ones. The search is
// in logarithms of 1+a, which are even both near 0 and far from it.
func newRegion(s sample) region {
	s = s.condensed(regionSizes)
	top := s.largest()
	g := region{noise: s.noise, smallest: s.n[0], top: top}
	found := make([][]member, len(families))
	best := math.Inf(1)
	for i, f := range families {
		found[i] = searched(f, s, top)
		best = math.Min(best, least(found[i]))
	}
	df := math.Max(float64(s.total)-3, 0)
	presumed := presumedSd
	if s.noise == Constant {
		presumed *= s.level()
	}
	variance := (presumedDF*presumed*presumed + best + s.within) / (presumedDF + df)
	g.sd = math.Sqrt(variance)
	t := stats.TQuantile(0.975, presumedDF+df)
	g.most = 1.1 * t * t // a grid finds a little less than all curves
	for _, members := range found {
		own := least(members)
		behind := math.Max(0, (own-best)/variance-slack)
		for _, m := range members {
			if m.cost = (m.cost-own)/variance + behind; m.cost <= g.most {
				g.curves = append(g.curves, m)
			}
		}
	}
	return g
}

func least(members []member) float64 {
	best := math.Inf(1)
	for _, m := range members {
		best = math.Min(best, m.cost)
	}
	return best
}

// searched lists curves of a family with their sums of squares, the closer
// together the better they are.
func searched(f family, s sample, top float64) []member {
	highA, highB := math.Log1p(f.mostA(s.n[0], top)), math.Log1p(f.mostB(s.n[0], top))
	box := [4]float64{0, highA, 0, highB}
	var all []member
	h := make([]float64, s.sizes())
	for range regionRounds {
		for i := range regionSteps + 1 {
			for j := range regionSteps + 1 {
				m := member{family: f, a: math.Expm1(between(box[0], box[1], i)), b: math.Expm1(between(box[2], box[3], j))}
				for k, n := range s.n {
					h[k] = f.h(n, top, m.a, m.b)
				}
				if m.lambda, m.cost = s.scaled(h); !math.IsInf(m.cost, 1) && !math.IsNaN(m.cost) {
					all = append(all, m)
				}
			}
		}
		box = narrowed(box, all, s)
	}
	return all
}

func between(lo, hi float64, i int) float64 {
	return lo + float64(i)/regionSteps*(hi-lo)
}

// narrowed is the box around what is not far from the best, a step wider.
func narrowed(box [4]float64, all []member, s sample) [4]float64 {
	best := least(all)
	presumed := presumedSd
	if s.noise == Constant {
		presumed *= s.level()
	}
	df := math.Max(float64(s.total)-3, 0)
	limit := best + 8*(presumedDF*presumed*presumed+best+s.within)/(presumedDF+df)
	out := [4]float64{math.Inf(1), 0, math.Inf(1), 0}
	for _, m := range all {
		if m.cost <= limit {
			a, b := math.Log1p(m.a), math.Log1p(m.b)
			out = [4]float64{math.Min(out[0], a), math.Max(out[1], a), math.Min(out[2], b), math.Max(out[3], b)}
		}
	}
	stepA, stepB := (box[1]-box[0])/regionSteps, (box[3]-box[2])/regionSteps
	return [4]float64{math.Max(out[0]-stepA, box[0]), math.Min(out[1]+stepA, box[1]),
		math.Max(out[2]-stepB, box[2]), math.Min(out[3]+stepB, box[3])}
}

// interval bounds a new measurement at n with 95 %.
func (g region) interval(n float64) (lo, hi float64) {
	beyond := drift * math.Max(0, math.Max(math.Log(n/g.top), math.Log(g.smallest/n)))
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, m := range g.curves {
		x := m.lambda * m.family.h(n, g.top, m.a, m.b)
		far := math.Sqrt(math.Max(0, g.most-m.cost))
		l, h := x*math.Exp(-far*math.Hypot(g.sd, beyond)), x*math.Exp(far*math.Hypot(g.sd, beyond))
		if g.noise == Constant {
			half := far * math.Hypot(g.sd, x*beyond)
			l, h = math.Max(0, x-half), x+half
		}
		lo, hi = math.Min(lo, l), math.Max(hi, h)
	}
	return lo, hi
}
