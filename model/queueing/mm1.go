package queueing

import "math"

// MM1 is one instance with one queue: Poisson arrivals, exponential service
// demand, first come first served. (Kleinrock, Queueing Systems I, section 3.2.)
type MM1 struct {
	ArrivalRps float64 // arrivals per second, > 0
	ServiceRps float64 // 1 / mean service time, > 0
}

func (m MM1) check() {
	require(m.ArrivalRps > 0 && m.ServiceRps > 0, "M/M/1 needs positive rates, got %+v", m)
}

// Utilisation is ArrivalRps/ServiceRps; 1 or more means that there is no steady state.
func (m MM1) Utilisation() float64 {
	m.check()
	return m.ArrivalRps / m.ServiceRps
}

// ResponseMeanS is 1/(mu-lambda).
func (m MM1) ResponseMeanS() float64 {
	if m.Utilisation() >= 1 {
		return math.Inf(1)
	}
	return 1 / (m.ServiceRps - m.ArrivalRps)
}

// WaitMeanS is the mean time before service starts, rho/(mu-lambda).
func (m MM1) WaitMeanS() float64 { return m.Utilisation() * m.ResponseMeanS() }

// InSystemMean is the mean number waiting or in service, lambda times the mean
// response (Little's law).
func (m MM1) InSystemMean() float64 { return m.ArrivalRps * m.ResponseMeanS() }

// ResponseQuantileS is -ln(1-q)/(mu-lambda), for q in [0, 1): the response time
// is exponential.
func (m MM1) ResponseQuantileS(q float64) float64 {
	requireQuantile(q)
	return -math.Log1p(-q) * m.ResponseMeanS()
}

// WaitQuantileS inverts P(W > t) = rho e^(-(mu-lambda)t); it is 0 up to the
// quantile 1-rho, the share that does not wait.
func (m MM1) WaitQuantileS(q float64) float64 {
	requireQuantile(q)
	rho := m.Utilisation()
	if rho >= 1 {
		return math.Inf(1)
	}
	return math.Max(0, math.Log(rho/(1-q))*m.ResponseMeanS())
}
