package queueing

import "math"

// PowerOfD is the limit of very many instances when each arrival asks d >= 1 of
// them at random and joins the least busy: Poisson arrivals, exponential
// demand. d = 1 is a random split; nginx's `random two least_conn` is d = 2.
// (Mitzenmacher, IEEE TPDS 12, 2001; Vvedenskaya, Dobrushin, Karpelevich 1996.)
type PowerOfD struct {
	Utilisation float64 // in (0, 1)
	D           int     // >= 1
}

// Tail is the share of instances that hold at least k >= 0 requests:
// rho^((d^k-1)/(d-1)).
func (m PowerOfD) Tail(k int) float64 {
	require(m.Utilisation > 0 && m.Utilisation < 1 && m.D >= 1, "power of d needs 0 < utilisation < 1 and d >= 1, got %+v", m)
	exponent := 0.0
	for range k {
		exponent = 1 + float64(m.D)*exponent
		if exponent > 1e9 {
			return 0
		}
	}
	return math.Pow(m.Utilisation, exponent)
}

// ResponseMean is in units of the mean demand: the mean number at an instance
// over its arrival rate.
func (m PowerOfD) ResponseMean() float64 {
	sum := 0.0
	for k := 1; ; k++ {
		t := m.Tail(k)
		if t <= sum*1e-17 {
			return sum / m.Utilisation
		}
		sum += t
	}
}
