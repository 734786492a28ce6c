package random

import "math"

// Ln is the natural logarithm of a positive finite x, within a few units of
// the last place, with the same bits on every processor. It reduces x to
// m·2^e with m within a factor √2 of 1 and sums the series of
// ln m = 2 atanh((m-1)/(m+1)).
func Ln(x float64) float64 {
	m, e := math.Frexp(x)
	if m < math.Sqrt2/2 {
		m *= 2
		e--
	}
	s := (m - 1) / (m + 1)
	q := float64(s * s)
	sum := 0.0
	for k := 23; k >= 1; k -= 2 {
		sum = float64(sum*q) + 1/float64(k)
	}
	return float64(2*float64(s*sum)) + float64(float64(e)*ln2Lo) + float64(float64(e)*ln2Hi)
}

// ln 2 in two parts, so that multiples of the first are exact.
const (
	ln2Hi = 6.93147180369123816490e-01
	ln2Lo = 1.90821492927058770002e-10
)

// Exp is e to the x for |x| < 700, within a few units of the last place, with
// the same bits on every processor: x is k ln 2 + r, and the series of e to the
// r is summed to the term where |r| < 0.35 leaves nothing.
func Exp(x float64) float64 {
	k := math.Floor(float64(x/math.Ln2) + 0.5)
	r := (x - float64(k*ln2Hi)) - float64(k*ln2Lo)
	sum := factorials[0]
	for _, f := range factorials[1:] {
		sum = float64(sum*r) + f
	}
	return math.Ldexp(sum, int(k))
}

// factorials are 1/14! … 1/0!.
var factorials = [15]float64{
	1.0 / 87178291200, 1.0 / 6227020800, 1.0 / 479001600, 1.0 / 39916800, 1.0 / 3628800,
	1.0 / 362880, 1.0 / 40320, 1.0 / 5040, 1.0 / 720, 1.0 / 120, 1.0 / 24, 1.0 / 6, 1.0 / 2, 1, 1,
}
