package queueing

import "math"

// Tandem is a balancer followed by one instance, both M/M/1: what leaves the
// first is again Poisson (Burke 1956) and the two response times are
// independent, so their sum is hypoexponential with the rates mu - lambda.
type Tandem struct {
	ArrivalRps  float64 // > 0
	BalancerRps float64 // service rate of the first, > 0
	InstanceRps float64 // service rate of the second, > 0
}

func (m Tandem) rates() (a, b float64) {
	require(m.ArrivalRps > 0 && m.BalancerRps > 0 && m.InstanceRps > 0, "tandem needs positive rates, got %+v", m)
	return m.BalancerRps - m.ArrivalRps, m.InstanceRps - m.ArrivalRps
}

// ResponseMeanS is 1/(mu0-lambda) + 1/(mu1-lambda).
func (m Tandem) ResponseMeanS() float64 {
	a, b := m.rates()
	if a <= 0 || b <= 0 {
		return math.Inf(1)
	}
	return 1/a + 1/b
}

// ResponseTail is P(T > t) for rates a and b, written so that equal rates need
// no case of their own: e^(-a t) (1 + a (1-e^(-(b-a)t))/(b-a)).
func (m Tandem) ResponseTail(tS float64) float64 {
	a, b := m.rates()
	if a <= 0 || b <= 0 {
		return 1
	}
	if a > b {
		a, b = b, a
	}
	return math.Exp(-a*tS) * (1 + a*decayed(b-a, tS))
}

// ResponseQuantileS inverts ResponseTail, q in [0, 1).
func (m Tandem) ResponseQuantileS(q float64) float64 {
	if mean := m.ResponseMeanS(); !math.IsInf(mean, 1) {
		return quantile(m.ResponseTail, q, mean)
	}
	return math.Inf(1)
}
