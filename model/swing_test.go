package model

import (
	"math"
	"math/rand/v2"
	"testing"
)

// A machine swings as one does whose neighbours have a Poisson distribution, each
// of whom makes everything take longer by the same part of what it takes on a
// machine alone: simulated here, and not at all at its best.
func TestSwingAt(t *testing.T) {
	const best, part, draws = 1.25, 0.4, 1_000_000
	rng := rand.New(rand.NewPCG(1, 2))
	relative := func(speed float64) float64 { // standard deviation of the time that work takes
		mean := (best/speed - 1) / part
		var sum, squares float64
		for range draws {
			took := 1 + part*float64(poisson(rng, mean))
			sum, squares = sum+took, squares+took*took
		}
		return math.Sqrt(draws*squares/sum/sum - 1)
	}
	s := Swing{LogSD: relative(1), TauNs: 1e8, BestSpeed: best}
	for _, speed := range []float64{1.2, 1.1, 1, 0.8, 0.6, 0.4} {
		// The variance of a sample's variance over its square is (1/mean + 2)/draws
		// here, so 1 % is five standard deviations of their ratio or more.
		if got, want := s.At(speed), relative(speed); math.Abs(got/want-1) > 0.01 {
			t.Errorf("at speed %v: %v, want %v", speed, got, want)
		}
	}
	for _, speed := range []float64{best, 2} {
		if got := s.At(speed); got != 0 {
			t.Errorf("at speed %v: %v, want 0: nobody else is there", speed, got)
		}
	}
	if s.BestSpeed = 0; s.At(0.5) != s.LogSD {
		t.Error("without a best speed it swings as much at any speed")
	}
}

// poisson draws by counting arrivals in a unit of time.
func poisson(rng *rand.Rand, mean float64) int {
	n := -1
	for at := 0.0; at < mean; at += rng.ExpFloat64() {
		n++
	}
	return n
}
