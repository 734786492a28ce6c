package measure

import (
	"math"

	"github.com/k9mil/velocitas/model/stats"
)

// Drift is how much the machine's speed changed over a measurement, and how
// what was measured followed it.
type Drift struct {
	// FastestMs and SlowestMs are the extremes of the probe, in milliseconds of
	// CPU time; MeanMs is its geometric mean, to which corrected estimates refer.
	FastestMs, SlowestMs, MeanMs float64
	// Throughput, Latency and CPU are the exponents e with which each followed
	// the probe's time p, as p^e. An exponent that is not beyond doubt is not
	// used: then Used is false.
	Throughput, Latency, CPU Slope
}

// Slope is a straight line's slope through logarithms.
type Slope struct {
	Value, Se float64
	Used      bool
}

// applied is the slope, or 0 where it is not used.
func (s Slope) applied() float64 {
	if s.Used {
		return s.Value
	}
	return 0
}

// CPUFactor brings the block's CPU times to the mean speed.
func (d Drift) CPUFactor(b *Block) float64 {
	if d.MeanMs == 0 {
		return 1
	}
	return math.Pow(milliseconds(b.ProbeCPU())/d.MeanMs, -d.CPU.applied())
}

// sample is one block: its size, the logarithm of its probe against the mean
// of all blocks, and that of what was measured.
type sample struct {
	group int
	x, y  float64
}

// steepest bounds an exponent: twice as much as proportional is no drift.
const steepest = 2

// slope fits parallel lines, one for each group, y = a[group] + slope·x, by
// least squares (analysis of covariance). It is used when it differs from zero
// with 95 % confidence.
func slope(samples []sample) Slope {
	xs, ys, groups := centred(samples)
	var sxx, sxy, syy float64
	for i := range xs {
		sxx += xs[i] * xs[i]
		sxy += xs[i] * ys[i]
		syy += ys[i] * ys[i]
	}
	free := len(samples) - groups - 1
	if sxx == 0 || free < 1 {
		return Slope{}
	}
	b := sxy / sxx
	se := math.Sqrt(max(0, syy-b*sxy) / float64(free) / sxx)
	used := math.Abs(b) <= steepest && math.Abs(b) > se*stats.TQuantile(0.975, float64(free))
	return Slope{Value: b, Se: se, Used: used}
}

// centred takes each group's mean off its x and y.
func centred(samples []sample) (xs, ys []float64, groups int) {
	type sums struct{ n, x, y float64 }
	of := make(map[int]sums)
	for _, s := range samples {
		g := of[s.group]
		of[s.group] = sums{g.n + 1, g.x + s.x, g.y + s.y}
	}
	for _, s := range samples {
		g := of[s.group]
		xs = append(xs, s.x-g.x/g.n)
		ys = append(ys, s.y-g.y/g.n)
	}
	return xs, ys, len(of)
}

// corrected is the mean of y at x = 0 along the slope, its standard error (the
// slope's doubt included) and the standard deviation of one block.
func corrected(samples []sample, s Slope) (mean, se, sd float64) {
	ys := make([]float64, len(samples))
	var x float64
	for i, p := range samples {
		ys[i] = p.y - s.applied()*p.x
		x += p.x / float64(len(samples))
	}
	mean, sd = stats.MeanSd(ys)
	n := float64(len(samples))
	variance := sd * sd / n
	if s.Used {
		variance += s.Se * s.Se * x * x
	}
	return mean, math.Sqrt(variance), sd
}
