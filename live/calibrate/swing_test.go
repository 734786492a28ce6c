package calibrate

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/k9mil/velocitas/model"
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
// is known to 1/sqrt(2) of one over their root: 4 % here, and tau to twice that
// and half a step of those tried, 10 %. Wanted are three and a half of these.
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

// What is left beside a swing of 25 % is how requests differ by themselves: 5 %,
// of which the neighbours take a ninth of the variance, and what the speed
// changes between these, up to as much again.
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

// At a speed that swings, a profile costs what was measured only if its costs at
// speed 1 are less, by as much as the mean of one over the speed is more than 1.
func TestScaleCosts(t *testing.T) {
	const sd = 0.3
	r, over := rand.New(rand.NewPCG(5, 6)), 0.0
	const n = 200_000
	for range n {
		over += math.Exp(-(sd*r.NormFloat64() - sd*sd/2)) / n
	}
	in := model.InstanceCost{Demand: []model.KeyCost{{Keys: 1000, DemandNs: 8e6}}, WakeNs: 1e6, ResumeNs: 4e6}
	in.Background = model.Background{FlushDemandNs: 40e6, CompactionDemandNs: 130e6}
	was := in
	was.Demand = []model.KeyCost{in.Demand[0]}
	scaleCosts(&in, math.Exp(-sd*sd))
	// The mean of n lognormals is known to sd/sqrt(n), 0.07 %; four of these.
	for _, c := range [][2]int64{{in.Demand[0].DemandNs, was.Demand[0].DemandNs}, {in.WakeNs, was.WakeNs}, {in.ResumeNs, was.ResumeNs},
		{in.Background.FlushDemandNs, was.Background.FlushDemandNs}, {in.Background.CompactionDemandNs, was.Background.CompactionDemandNs}} {
		if got := float64(c[0]) * over / float64(c[1]); math.Abs(got-1) > 0.003 {
			t.Errorf("a cost of %d ns is %.4f of it at a speed that swings", c[1], got)
		}
	}
}
