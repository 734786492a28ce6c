package queueing

import "math"

// Moments are the first three moments of a service demand: E[S] in seconds,
// E[S^2] in seconds squared, E[S^3] in seconds cubed.
type Moments struct{ First, Second, Third float64 }

// Deterministic demand: always the mean.
func Deterministic(meanS float64) Moments {
	return Moments{meanS, meanS * meanS, meanS * meanS * meanS}
}

// Exponential demand.
func Exponential(meanS float64) Moments { return Gamma(meanS, 1) }

// Erlang demand: the sum of k >= 1 equal exponential phases.
func Erlang(k int, meanS float64) Moments {
	require(k >= 1, "Erlang needs at least one phase, got %d", k)
	return Gamma(meanS, 1/float64(k))
}

// Gamma demand with the given squared coefficient of variation, > 0:
// E[S^n] = mean^n (1)(1+cv2)...(1+(n-1)cv2).
func Gamma(meanS, cv2 float64) Moments {
	require(cv2 > 0, "gamma needs a positive squared coefficient of variation, got %v", cv2)
	return Moments{meanS, meanS * meanS * (1 + cv2), meanS * meanS * meanS * (1 + cv2) * (1 + 2*cv2)}
}

// Lognormal demand with the given coefficient of variation:
// E[S^n] = mean^n (1+cv^2)^(n(n-1)/2).
func Lognormal(meanS, cv float64) Moments {
	v := 1 + cv*cv
	return Moments{meanS, meanS * meanS * v, meanS * meanS * meanS * v * v * v}
}

// Variance of the demand, in seconds squared.
func (m Moments) Variance() float64 { return m.Second - m.First*m.First }

// MG1 is one instance, first come first served, with Poisson arrivals and any
// service law (Pollaczek and Khinchine; Kleinrock I, section 5.7, and Takács'
// recursion for the second moment of the wait).
type MG1 struct {
	ArrivalRps float64 // > 0
	Demand     Moments
}

// Utilisation is lambda E[S].
func (m MG1) Utilisation() float64 {
	require(m.ArrivalRps > 0 && m.Demand.First > 0, "M/G/1 needs a positive rate and demand, got %+v", m)
	return m.ArrivalRps * m.Demand.First
}

// WaitMeanS is lambda E[S^2]/(2(1-rho)).
func (m MG1) WaitMeanS() float64 {
	rho := m.Utilisation()
	if rho >= 1 {
		return math.Inf(1)
	}
	return m.ArrivalRps * m.Demand.Second / (2 * (1 - rho))
}

// WaitVariance is Wq^2 + lambda E[S^3]/(3(1-rho)), in seconds squared.
func (m MG1) WaitVariance() float64 {
	rho := m.Utilisation()
	if rho >= 1 {
		return math.Inf(1)
	}
	w := m.WaitMeanS()
	return w*w + m.ArrivalRps*m.Demand.Third/(3*(1-rho))
}

// ResponseMeanS is the mean wait plus the mean demand.
func (m MG1) ResponseMeanS() float64 { return m.WaitMeanS() + m.Demand.First }

// ResponseSdS is the standard deviation of the response: wait and service of a
// request are independent, so variances add.
func (m MG1) ResponseSdS() float64 { return math.Sqrt(m.WaitVariance() + m.Demand.Variance()) }

// InSystemMean is lambda times the mean response (Little's law).
func (m MG1) InSystemMean() float64 { return m.ArrivalRps * m.ResponseMeanS() }
