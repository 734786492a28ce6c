package rate

import (
	"math"

	"github.com/k9mil/velocitas/scenarios"
)

// sinePieces is how many straight pieces stand for one period of a sine; the
// largest gap between the two is 0.03 % of the amplitude.
const sinePieces = 128

// knots draw a rate of perNs requests per ns that a shape changes, as straight
// lines; of a sine, which goes on for ever, one period.
func knots(s *scenarios.Shape, perNs float64) []Knot {
	at := func(t, factor float64) Knot { return Knot{TimeNs: t, PerNs: float64(perNs * factor)} }
	switch s.Kind {
	case "steps":
		k := []Knot{at(0, 1)}
		last := 1.0
		for _, step := range s.Steps {
			k = append(k, at(float64(step.At), last), at(float64(step.At), step.Factor))
			last = step.Factor
		}
		return k
	case "ramp":
		return []Knot{at(0, s.From), at(float64(s.Start), s.From), at(float64(s.End), s.To)}
	case "sine":
		return sine(s, at)
	default: // flash
		t := float64(s.At)
		up := t + float64(s.Rise)
		down := up + float64(s.Hold)
		return []Knot{at(0, 1), at(t, 1), at(up, s.Factor), at(down, s.Factor), at(down+float64(s.Fall), 1)}
	}
}

func sine(s *scenarios.Shape, at func(t, factor float64) Knot) []Knot {
	k := make([]Knot, sinePieces+1)
	piece := float64(s.Period) / sinePieces
	for i := range k {
		angle := float64(float64(i%sinePieces)*(2*math.Pi)) / sinePieces
		k[i] = at(float64(float64(i)*piece), 1+float64(s.Amplitude*sinOf(angle)))
	}
	return k
}

// sinOf is the sine of an angle in [0, 2π), summed up as its series so that it
// has the same bits everywhere.
func sinOf(x float64) float64 {
	if x > math.Pi {
		return -sinOf(x - math.Pi)
	}
	if x > math.Pi/2 {
		x = math.Pi - x
	}
	q := float64(x * x)
	sum := 0.0
	for n := 21; n >= 1; n -= 2 {
		sum = 1 - float64(float64(sum*q)/float64(float64(n+1)*float64(n+2)))
	}
	return float64(x * sum)
}

// Most is the largest factor of a shape; 1 where there is none.
func Most(s *scenarios.Shape) float64 {
	if s == nil {
		return 1
	}
	most := 0.0
	for _, k := range knots(s, 1) {
		most = math.Max(most, k.PerNs)
	}
	return most
}
