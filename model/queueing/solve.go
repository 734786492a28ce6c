package queueing

import (
	"fmt"
	"math"
)

// require panics when a caller breaks a stated range.
func require(ok bool, format string, args ...any) {
	if !ok {
		panic("queueing: " + fmt.Sprintf(format, args...))
	}
}

func requireQuantile(q float64) {
	require(q >= 0 && q < 1, "quantile %v is not in [0, 1)", q)
}

// quantile inverts a falling tail P(T > t), t >= 0, by bisection: the smallest
// t with tail(t) <= 1-q. The scale is a first guess of the size of t.
func quantile(tail func(t float64) float64, q, scale float64) float64 {
	requireQuantile(q)
	p := 1 - q
	if tail(0) <= p {
		return 0
	}
	hi := scale
	for tail(hi) > p {
		hi *= 2
	}
	return bisect(func(t float64) bool { return tail(t) > p }, 0, hi)
}

// bisect returns the point in [lo, hi] where below turns from true to false, to
// the last bit of a float64.
func bisect(below func(x float64) bool, lo, hi float64) float64 {
	for {
		mid := lo + (hi-lo)/2
		if mid <= lo || mid >= hi {
			return mid
		}
		if below(mid) {
			lo = mid
		} else {
			hi = mid
		}
	}
}

// decayed returns (1 - e^(-g t)) / g, which is t where g is zero.
func decayed(g, t float64) float64 {
	if g == 0 {
		return t
	}
	return -math.Expm1(-g*t) / g
}
