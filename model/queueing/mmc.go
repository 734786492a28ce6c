package queueing

import "math"

// ErlangB is the share of arrivals that M/G/c/c turns away: c places, offered
// load a = lambda/mu in places, no queue. It holds for every service law.
// (Recursion B(k) = a B(k-1)/(k + a B(k-1)), B(0) = 1.)
func ErlangB(c int, a float64) float64 {
	require(c >= 0 && a >= 0, "Erlang B needs c >= 0 and a >= 0, got %d, %v", c, a)
	b := 1.0
	for k := 1; k <= c; k++ {
		b = a * b / (float64(k) + a*b)
	}
	return b
}

// ErlangC is the share of arrivals that wait in M/M/c with offered load
// a = lambda/mu: B/(1 - rho(1-B)), and 1 when a >= c.
func ErlangC(c int, a float64) float64 {
	require(c >= 1 && a >= 0, "Erlang C needs c >= 1 and a >= 0, got %d, %v", c, a)
	rho := a / float64(c)
	if rho >= 1 {
		return 1
	}
	b := ErlangB(c, a)
	return b / (1 - rho*(1-b))
}

// MMc is c instances that take from one queue: Poisson arrivals, exponential
// demand. No balancer that must choose at arrival does better with exponential
// demand. (Kleinrock I, section 3.5.)
type MMc struct {
	ArrivalRps float64 // arrivals per second at all instances together, > 0
	ServiceRps float64 // rate of one instance, > 0
	Instances  int     // c >= 1
}

func (m MMc) check() {
	require(m.ArrivalRps > 0 && m.ServiceRps > 0 && m.Instances >= 1,
		"M/M/c needs positive rates and instances, got %+v", m)
}

func (m MMc) offered() float64 {
	m.check()
	return m.ArrivalRps / m.ServiceRps
}

// spareRps is c mu - lambda, the rate at which a backlog clears.
func (m MMc) spareRps() float64 {
	return float64(m.Instances)*m.ServiceRps - m.ArrivalRps
}

// Utilisation is lambda/(c mu); 1 or more means that there is no steady state.
func (m MMc) Utilisation() float64 { return m.offered() / float64(m.Instances) }

// WaitProbability is Erlang's C.
func (m MMc) WaitProbability() float64 { return ErlangC(m.Instances, m.offered()) }

// WaitMeanS is C/(c mu - lambda).
func (m MMc) WaitMeanS() float64 {
	if m.Utilisation() >= 1 {
		return math.Inf(1)
	}
	return m.WaitProbability() / m.spareRps()
}

// ResponseMeanS is the mean wait plus the mean service time. It also holds for
// processor sharing with c instances' worth of speed and any service law.
func (m MMc) ResponseMeanS() float64 { return m.WaitMeanS() + 1/m.ServiceRps }

// InSystemMean is lambda times the mean response (Little's law).
func (m MMc) InSystemMean() float64 { return m.ArrivalRps * m.ResponseMeanS() }

// WaitQuantileS inverts P(W > t) = C e^(-(c mu - lambda)t), q in [0, 1).
func (m MMc) WaitQuantileS(q float64) float64 {
	requireQuantile(q)
	if m.Utilisation() >= 1 {
		return math.Inf(1)
	}
	return math.Max(0, math.Log(m.WaitProbability()/(1-q))/m.spareRps())
}

// ResponseTail is P(T > t) = e^(-mu t) (1 + C mu (1-e^(-g t))/g) with
// g = (c-1)mu - lambda; t >= 0.
func (m MMc) ResponseTail(tS float64) float64 {
	if m.Utilisation() >= 1 {
		return 1
	}
	g := m.spareRps() - m.ServiceRps
	return math.Exp(-m.ServiceRps*tS) * (1 + m.WaitProbability()*m.ServiceRps*decayed(g, tS))
}

// ResponseQuantileS inverts ResponseTail, q in [0, 1).
func (m MMc) ResponseQuantileS(q float64) float64 {
	if m.Utilisation() >= 1 {
		return math.Inf(1)
	}
	return quantile(m.ResponseTail, q, m.ResponseMeanS())
}
