package sim

import (
	"math"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/sim/random"
)

// shape draws demands relative to their mean.
type shape struct {
	kind      uint8
	mu, sigma float64   // of the logarithm
	quantiles []float64 // at even steps of probability
	list      []float64 // given demands, in order; for tests
	next      int
}

const (
	constantShape = uint8(iota)
	exponentialShape
	lognormalShape
	quantileShape
	listShape
)

func newShape(m model.Shape) shape {
	switch m.Kind {
	case "exponential":
		return shape{kind: exponentialShape}
	case "lognormal":
		// Mean 1 and the given coefficient of variation.
		variance := random.Ln(1 + float64(m.CV*m.CV))
		return shape{kind: lognormalShape, mu: -variance / 2, sigma: math.Sqrt(variance)}
	case "quantiles":
		return shape{kind: quantileShape, quantiles: m.Quantiles}
	}
	return shape{}
}

// draw is the next relative demand.
func (s *shape) draw(rnd *random.Stream) float64 {
	switch s.kind {
	case exponentialShape:
		return rnd.Exponential()
	case lognormalShape:
		return random.Exp(s.mu + float64(s.sigma*rnd.Normal()))
	case quantileShape:
		at := float64(rnd.Float64() * float64(len(s.quantiles)-1))
		i := int(at)
		lo, hi := s.quantiles[i], s.quantiles[i+1]
		return lo + float64((at-float64(i))*(hi-lo))
	case listShape:
		s.next++
		return s.list[(s.next-1)%len(s.list)]
	}
	return 1
}
