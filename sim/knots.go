package sim

import (
	"math"

	"github.com/k9mil/velocitas/scenarios"
)

// sinePieces is how many straight pieces stand for one period of a sine; the
// largest gap between the two is 0.03 % of the amplitude.
const sinePieces = 128

// knots draws a changing rate, in arrivals per ns, as straight lines.
func knots(s *scenarios.Shape, perNs, untilNs float64) []knot {
	at := func(t, factor float64) knot { return knot{timeNs: t, perNs: float64(perNs * factor)} }
	switch s.Kind {
	case "steps":
		k := []knot{at(0, 1)}
		last := 1.0
		for _, step := range s.Steps {
			k = append(k, at(float64(step.At), last), at(float64(step.At), step.Factor))
			last = step.Factor
		}
		return k
	case "ramp":
		return []knot{at(0, s.From), at(float64(s.Start), s.From), at(float64(s.End), s.To)}
	case "sine":
		return sine(s, untilNs, at)
	default: // flash
		t := float64(s.At)
		up := t + float64(s.Rise)
		down := up + float64(s.Hold)
		return []knot{at(0, 1), at(t, 1), at(up, s.Factor), at(down, s.Factor), at(down+float64(s.Fall), 1)}
	}
}

func sine(s *scenarios.Shape, untilNs float64, at func(t, factor float64) knot) []knot {
	var k []knot
	piece := float64(s.Period) / sinePieces
	for i := 0; ; i++ {
		t := float64(float64(i) * piece)
		angle := float64(float64(i%sinePieces)*(2*math.Pi)) / sinePieces
		k = append(k, at(t, 1+float64(s.Amplitude*sinOf(angle))))
		if t > untilNs {
			return k
		}
	}
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
