package queueing

import "math"

// MD1 is one instance with Poisson arrivals and a demand that is always the
// same, first come first served. Its means are those of [MG1] with
// [Deterministic]; this type adds the distribution.
type MD1 struct {
	ArrivalRps float64 // > 0
	DemandS    float64 // > 0
}

// WaitQuantileS is the quantile q in [0, 1) of the time before service. The
// textbook series alternates and loses all digits beyond some twenty demands;
// this uses Franx's form, which adds positive terms only.
// (G. J. Franx, A simple solution for the M/D/c waiting time distribution,
// Operations Research Letters 29, 2001.)
func (m MD1) WaitQuantileS(q float64) float64 {
	requireQuantile(q)
	a := m.ArrivalRps * m.DemandS
	require(m.ArrivalRps > 0 && m.DemandS > 0, "M/D/1 needs a positive rate and demand, got %+v", m)
	if a >= 1 {
		return math.Inf(1)
	}
	c := embedded{a: a}
	return m.DemandS * quantile(func(t float64) float64 { return 1 - c.waitCdf(t) }, q, 1)
}

// ResponseQuantileS is the wait's quantile plus the demand.
func (m MD1) ResponseQuantileS(q float64) float64 { return m.WaitQuantileS(q) + m.DemandS }

// embedded is the chain of the number in system of M/D/1 with demand 1 and
// arrival rate a, grown as far as it is asked for.
type embedded struct {
	a    float64
	pi   []float64 // pi[n] = P(n in system)
	over []float64 // over[k] = P(more than k arrivals during one service)
}

// grow extends pi to n by counting crossings of each level, which needs no
// subtraction: pi[j+1] P(0 arrivals) = pi[0] P(>j) + sum pi[i] P(>j+1-i).
func (c *embedded) grow(n int) {
	if len(c.pi) == 0 {
		c.pi = []float64{1 - c.a}
	}
	for len(c.over) <= n+1 {
		c.over = append(c.over, poissonTail(len(c.over), c.a))
	}
	for j := len(c.pi) - 1; j < n; j++ {
		s := c.pi[0] * c.over[j]
		for i := 1; i <= j; i++ {
			s += c.pi[i] * c.over[j+1-i]
		}
		c.pi = append(c.pi, s*math.Exp(c.a))
	}
}

// waitCdf is P(W <= t): with k whole services above t and u = k-t,
// e^(-a u) sum over j < k of P(at most k-1-j wait) (a u)^j / j!.
func (c *embedded) waitCdf(t float64) float64 {
	k := int(math.Floor(t)) + 1
	u := float64(k) - t
	c.grow(k)
	waiting := make([]float64, k) // waiting[n] = P(at most n+1 in system)
	sum := c.pi[0]
	for n := range waiting {
		sum += c.pi[n+1]
		waiting[n] = sum
	}
	term, total := math.Exp(-c.a*u), 0.0
	for j := range k {
		total += waiting[k-1-j] * term
		term *= c.a * u / float64(j+1)
	}
	return total
}

// poissonTail is P(more than k) for a Poisson number with mean a < 1, summed
// from its largest term so that small tails keep their digits.
func poissonTail(k int, a float64) float64 {
	lg, _ := math.Lgamma(float64(k + 2))
	term := math.Exp(-a + float64(k+1)*math.Log(a) - lg)
	sum := 0.0
	for n := k + 2; term > sum*1e-18; n++ {
		sum += term
		term *= a / float64(n)
	}
	return sum
}
