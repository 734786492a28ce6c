package random

import (
	"math"
	"testing"
)

// The standard library's functions are correct to the last place or so, which
// bounds ours over every range that the simulator uses.
func TestElementaryFunctionsAgreeWithTheLibrary(t *testing.T) {
	s := New(1, 0, "test", 0)
	for range 200000 {
		x := math.Ldexp(s.Float64(), int(s.Uint64n(200))-100)
		if got, want := Ln(x), math.Log(x); math.Abs(got-want) > 4e-16*math.Max(1, math.Abs(want)) {
			t.Fatalf("Ln(%g) = %.17g, library %.17g", x, got, want)
		}
		y := (s.Float64() - 0.5) * 200
		if got, want := Exp(y), math.Exp(y); math.Abs(got/want-1) > 1e-15 {
			t.Fatalf("Exp(%g) = %.17g, library %.17g", y, got, want)
		}
	}
}

// Moments and tail shares against their exact values; four standard errors of
// each statistic, so a right generator fails once in 16,000 seeds per line.
func TestDistributions(t *testing.T) {
	const n = 4_000_000
	s := New(7, 0, "test", 0)
	within := func(name string, got, want, sd float64) {
		t.Helper()
		if se := sd / math.Sqrt(n); math.Abs(got-want) > 4*se {
			t.Errorf("%s = %.6f, exact %.6f, standard error %.6f", name, got, want, se)
		}
	}
	var e1, e2, tail, far, n1, n2, n3, ntail, nfar float64
	for range n {
		x := s.Exponential()
		e1 += x
		e2 += x * x
		if x > 2 {
			tail++
		}
		if x > 9 { // beyond the bottom layer
			far++
		}
		z := s.Normal()
		n1 += z
		n2 += z * z
		n3 += z * z * z
		if z > 2 {
			ntail++
		}
		if z < -3.8 {
			nfar++
		}
	}
	share := func(p float64) float64 { return math.Sqrt(p * (1 - p)) }
	within("exponential mean", e1/n, 1, 1)
	within("exponential second moment", e2/n, 2, math.Sqrt(20))
	within("exponential P(X>2)", tail/n, math.Exp(-2), share(math.Exp(-2)))
	within("exponential P(X>9)", far/n, math.Exp(-9), share(math.Exp(-9)))
	within("normal mean", n1/n, 0, 1)
	within("normal second moment", n2/n, 1, math.Sqrt(2))
	within("normal third moment", n3/n, 0, math.Sqrt(15))
	above := func(z float64) float64 { return 0.5 * math.Erfc(z/math.Sqrt2) }
	within("normal P(X>2)", ntail/n, above(2), share(above(2)))
	within("normal P(X<-3.8)", nfar/n, above(3.8), share(above(3.8)))
}

// The first outputs of xoshiro256++ from state 1, 2, 3, 4 as its authors'
// reference program prints them.
func TestReferenceOutputs(t *testing.T) {
	s := Stream{1, 2, 3, 4}
	for i, want := range []uint64{41943041, 58720359, 3588806011781223, 3591011842654386} {
		if got := s.Uint64(); got != want {
			t.Errorf("output %d = %d, want %d", i, got, want)
		}
	}
}

func TestStreamsAreApart(t *testing.T) {
	seen := map[uint64]string{}
	for _, c := range []struct {
		seed, rep uint64
		purpose   string
		index     int
	}{{1, 0, "arrivals", 0}, {2, 0, "arrivals", 0}, {1, 1, "arrivals", 0}, {1, 0, "arrivals", 1}, {1, 0, "demands", 0}, {0, 0, "", 0}} {
		s := New(c.seed, c.rep, c.purpose, c.index)
		v := s.Uint64()
		if other, ok := seen[v]; ok {
			t.Errorf("%v begins like %s", c, other)
		}
		seen[v] = c.purpose
	}
}

func BenchmarkExponential(b *testing.B) {
	s := New(1, 0, "bench", 0)
	sum := 0.0
	for b.Loop() {
		sum += s.Exponential()
	}
	_ = sum
}
