package fit

import "math"

// The names of the laws, simplest first.
const (
	Linear    = "linear"
	Amdahl    = "amdahl"
	Gustafson = "gustafson"
	Ceiling   = "ceiling"
	USL       = "usl"
	USLFree   = "usl-free"
)

// law is a family of curves X(N) = lambda h(N), of which h has the shape
// parameters. Each parameter is scaled by what it multiplies at the largest N
// measured, so that the optimiser works with numbers about 1.
type law struct {
	name  string
	shape []string
	// upper bounds the shape parameters from above; below they are bounded by
	// 0. A free law has no bounds.
	upper float64
	free  bool
	// h is X/lambda and dh its derivatives by the shape parameters.
	h  func(n float64, shape []float64) float64
	dh func(n float64, shape, out []float64)
	// scale is the size that a shape parameter has when it matters at n.
	scale func(n float64) []float64
}

var linearLaw = law{
	name: Linear,
	h:    func(n float64, _ []float64) float64 { return n },
	dh:   func(float64, []float64, []float64) {},
}

// amdahlLaw: X = lambda N/(1+sigma(N-1)), the share sigma of the work that
// cannot be spread. (Amdahl, AFIPS 1967.)
var amdahlLaw = law{
	name: Amdahl, shape: []string{"sigma"}, upper: math.Inf(1),
	h: func(n float64, p []float64) float64 { return n / (1 + p[0]*(n-1)) },
	dh: func(n float64, p, out []float64) {
		d := 1 + p[0]*(n-1)
		out[0] = -n * (n - 1) / (d * d)
	},
	scale: func(n float64) []float64 { return []float64{1 / math.Max(n-1, 1)} },
}

// gustafsonLaw: X = lambda (N - s(N-1)), where the work grows with N and the
// share s of it stays on one. (Gustafson, CACM 31, 1988.)
var gustafsonLaw = law{
	name: Gustafson, shape: []string{"serial"}, upper: 1,
	h:     func(n float64, p []float64) float64 { return n - p[0]*(n-1) },
	dh:    func(n float64, _, out []float64) { out[0] = 1 - n },
	scale: func(float64) []float64 { return []float64{1} },
}

// uslLaw: X = lambda N/(1 + sigma(N-1) + kappa N(N-1)): contention sigma and
// coherency kappa. (Gunther, Guerrilla Capacity Planning, 2007, chapter 5.)
var uslLaw = law{
	name: USL, shape: []string{"sigma", "kappa"}, upper: math.Inf(1),
	h: func(n float64, p []float64) float64 { return n / (1 + p[0]*(n-1) + p[1]*n*(n-1)) },
	dh: func(n float64, p, out []float64) {
		d := 1 + p[0]*(n-1) + p[1]*n*(n-1)
		out[0] = -n * (n - 1) / (d * d)
		out[1] = n * out[0]
	},
	scale: func(n float64) []float64 {
		return []float64{1 / math.Max(n-1, 1), 1 / math.Max(n*(n-1), 1)}
	},
}

// ceilingLaw: X = lambda min(N, knee), c servers that do not disturb each other
// in front of something that gives no more than lambda knee.
var ceilingLaw = law{
	name: Ceiling, shape: []string{"knee"}, upper: math.Inf(1),
	h: func(n float64, p []float64) float64 { return math.Min(n, p[0]) },
	dh: func(n float64, p, out []float64) {
		out[0] = 0
		if n > p[0] {
			out[0] = 1
		}
	},
}

func uslFreeLaw() law {
	l := uslLaw
	l.name, l.free = USLFree, true
	return l
}
