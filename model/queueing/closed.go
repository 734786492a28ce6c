package queueing

import "math"

// Closed is a network in which a fixed number of clients circulate: each thinks,
// then visits every station. DemandS holds the seconds that one request needs
// at each station in all its visits (share of visits times service time): a
// balancer that chooses at random among c equal instances of demand S gives
// each S/c. Stations share themselves among requests, or serve exponential
// demands first come first served. Round robin is not of this form: it does
// better than these values and no better than the bound.
type Closed struct {
	ThinkS  float64   // >= 0
	DemandS []float64 // each >= 0, at least one > 0
}

// ClosedResult is the steady state of a closed network.
type ClosedResult struct {
	ThroughputRps float64
	ResponseS     float64   // mean time from sending to answer, without thinking
	InSystem      []float64 // mean number at each station
	Utilisation   []float64 // of each station
}

// Solve computes the network with the given number of clients (>= 1) by exact
// mean value analysis: an arrival sees the network with one client less.
// (Reiser and Lavenberg, JACM 27, 1980.)
func (c Closed) Solve(clients int) ClosedResult {
	c.check()
	require(clients >= 1, "a closed network needs at least one client, got %d", clients)
	r := ClosedResult{InSystem: make([]float64, len(c.DemandS)), Utilisation: make([]float64, len(c.DemandS))}
	at := make([]float64, len(c.DemandS))
	for k := 1; k <= clients; k++ {
		r.ResponseS = 0
		for i, d := range c.DemandS {
			at[i] = d * (1 + r.InSystem[i])
			r.ResponseS += at[i]
		}
		r.ThroughputRps = float64(k) / (c.ThinkS + r.ResponseS)
		for i := range at {
			r.InSystem[i] = r.ThroughputRps * at[i]
		}
	}
	for i, d := range c.DemandS {
		r.Utilisation[i] = r.ThroughputRps * d
	}
	return r
}

// BoundRps is the most that any closed system with these demands can do:
// min(1/Dmax, K/(D+Z)). (Lazowska et al., Quantitative System Performance,
// section 5.2.)
func (c Closed) BoundRps(clients int) float64 {
	sum, most := c.check()
	return math.Min(1/most, float64(clients)/(sum+c.ThinkS))
}

// SaturationClients is where the two bounds cross, (D+Z)/Dmax: with more
// clients than this they queue.
func (c Closed) SaturationClients() float64 {
	sum, most := c.check()
	return (sum + c.ThinkS) / most
}

func (c Closed) check() (sum, most float64) {
	for _, d := range c.DemandS {
		require(d >= 0, "demand %v is negative", d)
		sum += d
		most = math.Max(most, d)
	}
	require(most > 0 && c.ThinkS >= 0, "a closed network needs a positive demand and think time >= 0, got %+v", c)
	return sum, most
}

// BehindBalancer is the network of a balancer and n equal instances that it
// chooses at random.
func BehindBalancer(balancerS, instanceS float64, instances int, thinkS float64) Closed {
	require(instances >= 1, "needs at least one instance, got %d", instances)
	d := []float64{balancerS}
	for range instances {
		d = append(d, instanceS/float64(instances))
	}
	return Closed{ThinkS: thinkS, DemandS: d}
}
