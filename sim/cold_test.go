package sim

import (
	"fmt"
	"testing"
)

// A queue whose first customer after idleness takes another time of service than
// the others (P. D. Welch, On a generalized M/G/1 queuing process in which the
// first customer of each busy period receives exceptional service, Operations
// Research 12, 1964): its waiting time has the mean
//
//	λ E[S²] / (2 (1 - ρ)) + λ (E[S₀²] - E[S²]) / (2 (1 - ρ + ρ₀)),
//
// and a customer is the first with probability (1 - ρ) / (1 - ρ + ρ₀). Idleness is
// exponential here, so its length t gives E[exp(-t/a)] = λ a / (1 + λ a).
func TestColdStation(t *testing.T) {
	for _, c := range []struct{ load, more, after float64 }{{0.3, 0.8, 2}, {0.6, 0.5, 0.5}, {0.6, 2, 1e-4}, {0.85, 1, 3}} {
		faded := func(k float64) float64 { return c.load / (c.load + k/c.after) } // E[exp(-k t / after)]
		first := 1 + c.more*(1-faded(1))
		square := 1 + 2*c.more*(1-faded(1)) + c.more*c.more*(1-2*faded(1)+faded(2))
		rho0 := c.load * first
		alone := (1 - c.load) / (1 - c.load + rho0)
		wait := c.load/(2*(1-c.load)) + c.load*(square-1)/(2*(1-c.load+rho0))
		response := wait + 1 + alone*(first-1)
		cold := fmt.Sprintf("cold: {cost: %dns, after: %dns}", int64(c.more*1e7), int64(c.after*1e7))
		load := fmt.Sprintf("load: {rate: %g}\n", 100*c.load)
		for where, text := range map[string]string{
			"service": load + "service: {workers: 1, threads: 1, " + cold + ", requests: {get: {steps: [cpu: 10ms]}}}\n",
			"tier":    load + "service: {requests: {get: {steps: [call: db.q]}}}\ntiers: {db: {workers: 1, threads: 1, " + cold + ", operations: {q: 10ms}}}\n",
		} {
			t.Run(fmt.Sprintf("%s, %v", where, c), func(t *testing.T) {
				serviceAgrees(t, statedSystem(t, text), 60_000/(1-c.load), c.load, meanResponse(response))
			})
		}
	}
}
