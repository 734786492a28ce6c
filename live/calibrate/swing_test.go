package calibrate

import (
	"math"
	"math/rand/v2"
	"testing"
)

// swinging is a trace of requests of 8 ms that differ by 5 % by themselves, at a
// speed whose logarithm has a standard deviation and is forgotten within tauS.
func swinging(n int, sd, tauS float64) []stretch {
	r := rand.New(rand.NewPCG(3, 4))
	trace := make([]stretch, n)
	log, atS := sd*r.NormFloat64(), 0.0
	for i := range trace {
		costNs := 8e6 * math.Exp(-log) * (1 + 0.05*r.NormFloat64())
		atS += costNs / 1e9
		keep := math.Exp(-costNs / 1e9 / tauS)
		log = keep*log + sd*math.Sqrt(1-keep*keep)*r.NormFloat64()
		trace[i] = stretch{cpuNs: costNs, endS: atS}
	}
	return trace
}

// A swing is found as it was made. An autoregression of n steps that forgets
// itself in tau has n/(2 tau) independent values, of which the standard deviation
// is known to 1/sqrt(2) of one over their root: 4 % here, and tau to twice that.
func TestSwingOf(t *testing.T) {
	for _, want := range []struct{ sd, tauS float64 }{{0.25, 0.3}, {0.1, 0.1}, {0.3, 0.05}} {
		const n = 20_000
		got := swingOf(swinging(n, want.sd, want.tauS), make([]bool, n))
		if math.Abs(got.LogSD/want.sd-1) > 0.15 || math.Abs(math.Log(float64(got.TauNs)/1e9/want.tauS)) > 0.4 {
			t.Errorf("found %+v in a swing of %v within %v s", got, want.sd, want.tauS)
		}
	}
	const n = 5000
	if got := swingOf(swinging(n, 0, 1), make([]bool, n)); got.LogSD > 0.015 {
		t.Errorf("found %+v where there is none", got)
	}
	all := make([]bool, n)
	for i := range all {
		all[i] = true
	}
	if got := swingOf(swinging(n, 0.3, 0.1), all); got.LogSD != 0 {
		t.Errorf("found %+v in the store's own work", got)
	}
}

// What is left beside a swing is how requests differ by themselves: 5 % and a
// ninth of that from the neighbours, beside what the speed changes meanwhile.
func TestLocally(t *testing.T) {
	trace := swinging(20_000, 0.25, 0.3)
	costs := make([]float64, len(trace))
	for i, s := range trace {
		costs[i] = s.cpuNs
	}
	sum, squares := 0.0, 0.0
	for _, x := range locally(costs) {
		sum, squares = sum+x, squares+x*x
	}
	n := float64(len(costs))
	if sd := math.Sqrt(squares/n - sum/n*sum/n); sd < 0.045 || sd > 0.075 {
		t.Errorf("requests differ by %.3f beside a swing, want some 0.05", sd)
	}
}
