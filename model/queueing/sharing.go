package queueing

import "math"

// SharedMeanS is the mean response of an instance that shares itself evenly
// among the requests it holds (processor sharing), with Poisson arrivals and
// any service law of the given mean: E[S]/(1-rho). A request of demand x takes
// x/(1-rho) on average, so the same function answers for one demand.
// (Kleinrock, Queueing Systems II, section 4.4.) For c cores see
// [MMc.ResponseMeanS].
func SharedMeanS(demandS, utilisation float64) float64 {
	require(demandS >= 0 && utilisation >= 0, "processor sharing needs demand, utilisation >= 0, got %v, %v", demandS, utilisation)
	if utilisation >= 1 {
		return math.Inf(1)
	}
	return demandS / (1 - utilisation)
}

// SharedVariance is the variance of the response under processor sharing with
// exponential demand: mean^2 (2+rho)/((2-rho)(1-rho)^2), in seconds squared.
// (Coffman, Muntz and Trotter, JACM 17, 1970.)
func SharedVariance(meanS, utilisation float64) float64 {
	t := SharedMeanS(meanS, utilisation)
	return t * t * (2 + utilisation) / (2 - utilisation)
}
