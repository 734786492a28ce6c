package queueing

import "math"

// Host describes what bounds the throughput of equal instances with a CPU limit
// that share one host with their balancer and load generator. All demands are
// CPU seconds per request.
type Host struct {
	Cores           float64 // > 0
	LimitCores      float64 // CPU limit of one instance, > 0
	InstanceS       float64 // > 0
	BalancerS       float64 // >= 0
	GeneratorS      float64 // >= 0; 0 when it runs elsewhere
	BalancerWorkers int     // single-threaded workers, >= 1
}

// CapacityRps is the asymptotic bound for n instances:
// min(n limit/D, cores/(D + Dlb + Dgen), workers/Dlb).
func (h Host) CapacityRps(n int) float64 {
	require(n >= 1 && h.Cores > 0 && h.LimitCores > 0 && h.InstanceS > 0 && h.BalancerS >= 0 && h.GeneratorS >= 0 && h.BalancerWorkers >= 1,
		"capacity of %d instances of %+v is not defined", n, h)
	x := math.Min(float64(n)*h.LimitCores/h.InstanceS, h.Cores/(h.InstanceS+h.BalancerS+h.GeneratorS))
	if h.BalancerS > 0 {
		x = math.Min(x, float64(h.BalancerWorkers)/h.BalancerS)
	}
	return x
}
