package queueing

import "math"

// Hyperexponential is a demand that is short with probability P1 (rate Rate1Rps)
// and long otherwise (Rate2Rps).
type Hyperexponential struct{ P1, Rate1Rps, Rate2Rps float64 }

// BalancedHyperexponential has the given mean and squared coefficient of
// variation cv2 > 1, with balanced means (P1/Rate1 = P2/Rate2).
func BalancedHyperexponential(meanS, cv2 float64) Hyperexponential {
	require(meanS > 0 && cv2 > 1, "hyperexponential needs a positive mean and cv2 > 1, got %v, %v", meanS, cv2)
	p := (1 + math.Sqrt((cv2-1)/(cv2+1))) / 2
	return Hyperexponential{p, 2 * p / meanS, 2 * (1 - p) / meanS}
}

// Moments of the demand: E[S^n] = n! (p1/mu1^n + p2/mu2^n).
func (h Hyperexponential) Moments() Moments {
	p2, a, b := 1-h.P1, 1/h.Rate1Rps, 1/h.Rate2Rps
	return Moments{h.P1*a + p2*b, 2 * (h.P1*a*a + p2*b*b), 6 * (h.P1*a*a*a + p2*b*b*b)}
}

// MH21 is one instance with Poisson arrivals and hyperexponential demand, first
// come first served. Its means are those of [MG1]; this type adds the
// distribution of the response, a mixture of two exponentials.
type MH21 struct {
	ArrivalRps float64 // > 0
	Demand     Hyperexponential
}

// ResponseTail is P(T > t), t >= 0: the transform of the response,
// (1-rho) s B(s)/(s - lambda + lambda B(s)), has two poles -r1 and -r2.
func (m MH21) ResponseTail(tS float64) float64 {
	h, l := m.Demand, m.ArrivalRps
	rho := l * h.Moments().First
	if rho >= 1 {
		return 1
	}
	rate := h.P1*h.Rate1Rps + (1-h.P1)*h.Rate2Rps
	b := h.Rate1Rps + h.Rate2Rps - l
	c := h.Rate1Rps*h.Rate2Rps - l*(h.Rate1Rps+h.Rate2Rps) + l*rate
	r2 := (b + math.Sqrt(b*b-4*c)) / 2
	r1 := c / r2
	numerator := func(s float64) float64 { return (1 - rho) * (rate*s + h.Rate1Rps*h.Rate2Rps) }
	return numerator(-r1)/(r2-r1)/r1*math.Exp(-r1*tS) + numerator(-r2)/(r1-r2)/r2*math.Exp(-r2*tS)
}

// ResponseMeanS is that of [MG1].
func (m MH21) ResponseMeanS() float64 {
	return MG1{m.ArrivalRps, m.Demand.Moments()}.ResponseMeanS()
}

// ResponseQuantileS inverts ResponseTail, q in [0, 1).
func (m MH21) ResponseQuantileS(q float64) float64 {
	if mean := m.ResponseMeanS(); !math.IsInf(mean, 1) {
		return quantile(m.ResponseTail, q, mean)
	}
	return math.Inf(1)
}
