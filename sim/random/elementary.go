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
// r is summed to the term where |r| < 0.35 leaves nothing, in pairs of pairs,
// so that a processor need not wait for one term to add the next.
func Exp(x float64) float64 {
	k := math.Floor(float64(x*(1/math.Ln2)) + 0.5)
	r := (x - float64(k*ln2Hi)) - float64(k*ln2Lo)
	r2 := float64(r * r)
	r4 := float64(r2 * r2)
	low := four(0, r, r2) + float64(r4*four(1, r, r2))
	high := four(2, r, r2) + float64(r4*four(3, r, r2))
	sum := low + float64(float64(r4*r4)*high)
	return sum * math.Float64frombits(uint64(1023+int64(k))<<52) // 2^k
}

// four is four terms of the series of e to the r.
func four(at int, r, r2 float64) float64 {
	c := expTerms[at]
	return c[0] + float64(c[1]*r) + float64(r2*(c[2]+float64(c[3]*r)))
}

// expTerms are 1/0! … 1/14!, by fours.
var expTerms = [4][4]float64{
	{1, 1, 1.0 / 2, 1.0 / 6},
	{1.0 / 24, 1.0 / 120, 1.0 / 720, 1.0 / 5040},
	{1.0 / 40320, 1.0 / 362880, 1.0 / 3628800, 1.0 / 39916800},
	{1.0 / 479001600, 1.0 / 6227020800, 1.0 / 87178291200, 0},
}
