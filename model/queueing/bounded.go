package queueing

// MMcK is c instances with room for Capacity requests in all, waiting or in
// service; an arrival that finds it full is turned away. Poisson arrivals,
// exponential demand. It has a steady state at every load. c = 1 is M/M/1/K.
type MMcK struct {
	ArrivalRps float64 // offered arrivals per second, > 0
	ServiceRps float64 // rate of one instance, > 0
	Instances  int     // c >= 1
	Capacity   int     // K >= c
}

// states returns P(n in system) for n = 0..K: birth rate lambda, death rate
// min(n, c) mu.
func (m MMcK) states() []float64 {
	require(m.ArrivalRps > 0 && m.ServiceRps > 0 && m.Instances >= 1 && m.Capacity >= m.Instances,
		"M/M/c/K needs positive rates and K >= c >= 1, got %+v", m)
	return birthDeath(m.Capacity,
		func(int) float64 { return m.ArrivalRps },
		func(n int) float64 { return float64(min(n, m.Instances)) * m.ServiceRps })
}

// BlockProbability is the share of arrivals that are turned away.
func (m MMcK) BlockProbability() float64 { return m.states()[m.Capacity] }

// InSystemMean is the mean number waiting or in service.
func (m MMcK) InSystemMean() float64 { return mean(m.states()) }

// ThroughputRps is what is accepted, and hence served, per second.
func (m MMcK) ThroughputRps() float64 { return m.ArrivalRps * (1 - m.BlockProbability()) }

// ResponseMeanS is the mean response of those accepted (Little's law).
func (m MMcK) ResponseMeanS() float64 { return m.InSystemMean() / m.ThroughputRps() }

// Repairman is the closed loop with one queue, M/M/c//K: Clients think for an
// exponential time of mean ThinkS, send, and wait for the answer of one of c
// instances that share a queue. ThinkS may be 0.
type Repairman struct {
	Clients   int     // K >= 1
	ThinkS    float64 // >= 0
	ServiceS  float64 // mean service time, > 0
	Instances int     // c >= 1
}

func (m Repairman) states() []float64 {
	require(m.Clients >= 1 && m.ThinkS >= 0 && m.ServiceS > 0 && m.Instances >= 1,
		"repairman needs clients, instances >= 1, service > 0 and think >= 0, got %+v", m)
	if m.ThinkS == 0 {
		p := make([]float64, m.Clients+1)
		p[m.Clients] = 1
		return p
	}
	return birthDeath(m.Clients,
		func(n int) float64 { return float64(m.Clients-n) / m.ThinkS },
		func(n int) float64 { return float64(min(n, m.Instances)) / m.ServiceS })
}

// Utilisation of an instance.
func (m Repairman) Utilisation() float64 {
	busy := 0.0
	for n, p := range m.states() {
		busy += p * float64(min(n, m.Instances))
	}
	return busy / float64(m.Instances)
}

// ThroughputRps is the rate of completions.
func (m Repairman) ThroughputRps() float64 {
	return m.Utilisation() * float64(m.Instances) / m.ServiceS
}

// ResponseMeanS is K/X - Z, the interactive response-time law.
func (m Repairman) ResponseMeanS() float64 {
	return float64(m.Clients)/m.ThroughputRps() - m.ThinkS
}

// birthDeath returns the steady state of a chain on 0..top. It divides by the
// running sum as it goes, so that long chains neither overflow nor underflow.
func birthDeath(top int, birth, death func(n int) float64) []float64 {
	p := make([]float64, top+1)
	p[0] = 1
	for n := 1; n <= top; n++ {
		p[n] = p[n-1] * birth(n-1) / death(n)
		if p[n] > 1e200 {
			for i := range n + 1 {
				p[i] /= 1e200
			}
		}
	}
	sum := 0.0
	for _, v := range p {
		sum += v
	}
	for i := range p {
		p[i] /= sum
	}
	return p
}

// mean of a distribution on 0..len(p)-1.
func mean(p []float64) float64 {
	s := 0.0
	for n, v := range p {
		s += float64(n) * v
	}
	return s
}
