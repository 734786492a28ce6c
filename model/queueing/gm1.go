package queueing

import "math"

// GM1 is one instance with exponential demand and independent, not necessarily
// Poisson, times between arrivals. Its response is exponential with rate
// mu(1-Sigma), where Sigma, the chance that an arrival waits, solves
// sigma = A(mu(1-sigma)) and A is the transform of the time between arrivals.
// (Kleinrock I, section 6.4.)
type GM1 struct {
	ServiceRps float64 // > 0
	Sigma      float64 // in (0, 1]; 1 when there is no steady state
}

// RoundRobin is one of several equal instances behind round robin: of a Poisson
// stream it gets each c-th arrival, which makes it E_c/M/1. arrivalRps is the
// rate of one instance, so the utilisation is arrivalRps/serviceRps.
func RoundRobin(instances int, arrivalRps, serviceRps float64) GM1 {
	require(instances >= 1, "round robin needs at least one instance, got %d", instances)
	c := float64(instances)
	return solveGM1(arrivalRps, serviceRps, func(rho, sigma float64) float64 {
		return math.Exp(-c * math.Log1p((1-sigma)/(c*rho)))
	})
}

// DM1 has arrivals at a constant distance: round robin over very many instances.
func DM1(arrivalRps, serviceRps float64) GM1 {
	return solveGM1(arrivalRps, serviceRps, func(rho, sigma float64) float64 {
		return math.Exp(-(1 - sigma) / rho)
	})
}

// solveGM1 finds the root below 1. Arrivals no more variable than Poisson have
// sigma <= rho, which brackets it away from the root at 1.
func solveGM1(arrivalRps, serviceRps float64, transform func(rho, sigma float64) float64) GM1 {
	require(arrivalRps > 0 && serviceRps > 0, "G/M/1 needs positive rates, got %v, %v", arrivalRps, serviceRps)
	rho := arrivalRps / serviceRps
	if rho >= 1 {
		return GM1{serviceRps, 1}
	}
	sigma := bisect(func(s float64) bool { return transform(rho, s) > s }, 0, rho)
	return GM1{serviceRps, sigma}
}

// ResponseMeanS is 1/(mu(1-sigma)).
func (m GM1) ResponseMeanS() float64 { return 1 / (m.ServiceRps * (1 - m.Sigma)) }

// WaitMeanS is sigma/(mu(1-sigma)).
func (m GM1) WaitMeanS() float64 { return m.Sigma * m.ResponseMeanS() }

// ResponseQuantileS is -ln(1-q) times the mean, q in [0, 1).
func (m GM1) ResponseQuantileS(q float64) float64 {
	requireQuantile(q)
	return -math.Log1p(-q) * m.ResponseMeanS()
}
