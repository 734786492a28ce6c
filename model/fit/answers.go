package fit

import "math"

// Throughput is X(N), for N > 0. Free laws may leave their range and give what
// is not positive; that is for N to which they say nothing.
func (l Law) Throughput(n float64) float64 { return l.solution().throughput(n) }

// Latency is N/X(N): the mean response where N counts the requests in the
// system (Little's law), else the time that each of N takes for one.
func (l Law) Latency(n float64) float64 { return n / l.Throughput(n) }

// Efficiency is X(N) over N times lambda.
func (l Law) Efficiency(n float64) float64 { return l.Throughput(n) / (n * l.value("lambda")) }

// Loss splits what is missing to N times lambda: the shares of it lost to
// contention and to coherency. Laws that do not tell the two apart, all but the
// Universal Scalability Law and Amdahl's, put all down to contention.
func (l Law) Loss(n float64) (contention, coherency float64) {
	if l.Name == Linear || l.Name == Gustafson || l.Name == Ceiling {
		return math.Max(0, 1-l.Efficiency(n)), 0
	}
	a, b := l.value("sigma")*(n-1), l.value("kappa")*n*(n-1)
	return a / (1 + a + b), b / (1 + a + b)
}

// SizeFor is the least N with X(N) = x, not a whole number. ok is false where x
// is unreachable: above the peak or the limit. For the Universal Scalability
// Law it is the lower root of
// kappa x N^2 + ((sigma-kappa)x - lambda)N + (1-sigma)x = 0.
func (l Law) SizeFor(x float64) (n float64, ok bool) {
	lambda, sigma, kappa := l.value("lambda"), l.value("sigma"), l.value("kappa")
	switch l.Name {
	case Linear:
		return x / lambda, true
	case Ceiling:
		return x / lambda, x <= lambda*l.value("knee")
	case Gustafson:
		s := l.value("serial")
		n = (x/lambda - s) / (1 - s)
		return n, n > 0 && !math.IsInf(n, 0)
	}
	return smallestRoot(kappa*x, (sigma-kappa)*x-lambda, (1-sigma)*x)
}

// SizeForLatency is the N at which N/X(N) = r, for laws in which that grows
// with N: the positive root of
// kappa N^2 + (sigma-kappa)N + 1-sigma-lambda r = 0. ok is false where there is
// none.
func (l Law) SizeForLatency(r float64) (n float64, ok bool) {
	lambda, sigma, kappa := l.value("lambda"), l.value("sigma"), l.value("kappa")
	switch l.Name {
	case Linear, Gustafson:
		return 0, false
	case Ceiling:
		n = r * lambda * l.value("knee")
		return n, n >= l.value("knee")
	}
	return smallestRoot(kappa, sigma-kappa, 1-sigma-lambda*r)
}

// smallestRoot is the least positive root of a n^2 + b n + c, computed so that
// nothing cancels.
func smallestRoot(a, b, c float64) (float64, bool) {
	disc := b*b - 4*a*c
	if disc < 0 {
		return 0, false
	}
	q := -(b + math.Copysign(math.Sqrt(disc), b)) / 2
	best, ok := math.Inf(1), false
	for _, n := range []float64{q / a, c / q} {
		if n > 0 && n < best {
			best, ok = n, true
		}
	}
	return best, ok
}

// peak is the N of the greatest throughput and that throughput, where the law
// has one: sqrt((1-sigma)/kappa).
func (f solution) peak() (n, x float64, ok bool) {
	if len(f.shape) != 2 || f.shape[1] <= 0 || f.shape[0] >= 1 {
		return 0, 0, false
	}
	n = math.Sqrt((1 - f.shape[0]) / f.shape[1])
	return n, f.throughput(n), true
}

// limit is what throughput approaches, or would if there were no coherency
// cost: lambda/sigma; for a ceiling, lambda times the knee.
func (f solution) limit() (x float64, ok bool) {
	switch {
	case f.law.name == Ceiling:
		return f.lambda * f.shape[0], !f.onBound[0]
	case len(f.shape) == 0 || f.law.name == Gustafson || f.shape[0] <= 0:
		return 0, false
	}
	return f.lambda / f.shape[0], true
}

// optimal is 1/sigma: where the line of perfect scaling meets the limit.
func (f solution) optimal() (n float64, ok bool) {
	if len(f.shape) == 0 || f.law.name == Gustafson || f.law.name == Ceiling || f.shape[0] <= 0 {
		return 0, false
	}
	return 1 / f.shape[0], true
}
