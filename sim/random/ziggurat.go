package random

import "math"

// The ziggurat method (Marsaglia and Tsang, "The ziggurat method for
// generating random variables", 2000): a density is covered by 256 layers of
// equal area; all but the edges of a layer need one multiplication.
type ziggurat struct {
	width [256]float64 // layer's width in units of 2^-53
	inner [256]uint64  // below this the point is under the density for sure
	edge  [257]float64 // right edges
	high  [257]float64 // density at the edges
}

const (
	layerUnit = 1 << 53

	// Where the bottom layer's tail begins, and the area of a layer.
	expTail, expArea       = 7.69711747013104972, 0.0039496598225815571993
	normalTail, normalArea = 3.6541528853610088, 0.00492867323399
)

var (
	expLayers    = layers(expTail, expArea, func(x float64) float64 { return Exp(-x) }, func(y float64) float64 { return -Ln(y) })
	normalLayers = layers(normalTail, normalArea,
		func(x float64) float64 { return Exp(float64(-0.5*x) * x) },
		func(y float64) float64 { return math.Sqrt(float64(-2 * Ln(y))) })
)

// layers builds the table for a decreasing density with f(0) = 1.
func layers(tail, area float64, f, inverse func(float64) float64) *ziggurat {
	z := new(ziggurat)
	z.edge[0], z.edge[1] = area/f(tail), tail
	for i := 2; i < 256; i++ {
		z.edge[i] = inverse(area/z.edge[i-1] + f(z.edge[i-1]))
	}
	z.edge[256] = 0
	for i := range z.high {
		z.high[i] = f(z.edge[i])
	}
	for i := range z.width {
		z.width[i] = z.edge[i] / layerUnit
		z.inner[i] = uint64(float64(z.edge[i+1]/z.edge[i]) * layerUnit)
	}
	return z
}

// Exponential has mean 1.
func (s *Stream) Exponential() float64 {
	u := s.Uint64()
	i, j := u&255, u>>11
	x := float64(j) * expLayers.width[i]
	if j < expLayers.inner[i] {
		return x
	}
	return s.exponentialEdge(i, x)
}

// exponentialEdge decides a point near the density and draws another where it
// lies above; the tail is the distribution itself, shifted.
func (s *Stream) exponentialEdge(i uint64, x float64) float64 {
	shift := 0.0
	for {
		if i == 0 {
			shift += expTail
		} else if under(expLayers, s, i, Exp(-x)) {
			return shift + x
		}
		u := s.Uint64()
		var j uint64
		i, j = u&255, u>>11
		x = float64(j) * expLayers.width[i]
		if j < expLayers.inner[i] {
			return shift + x
		}
	}
}

// under draws a height within layer i and tells whether it is below density.
func under(z *ziggurat, s *Stream, i uint64, density float64) bool {
	low, high := z.high[i], z.high[i+1]
	return low+float64(s.Float64()*(high-low)) < density
}

// Normal has mean 0 and variance 1.
func (s *Stream) Normal() float64 {
	for {
		u := s.Uint64()
		i, j := u&255, u>>11
		x := float64(j) * normalLayers.width[i]
		if u&256 != 0 {
			x = -x
		}
		if j < normalLayers.inner[i] {
			return x
		}
		if i == 0 {
			return math.Copysign(s.normalTail(), x)
		}
		if under(normalLayers, s, i, Exp(float64(-0.5*x)*x)) {
			return x
		}
	}
}

// normalTail is distributed as the normal beyond normalTail (Marsaglia 1964).
func (s *Stream) normalTail() float64 {
	for {
		x := -Ln(s.Float64()) / normalTail
		y := -Ln(s.Float64())
		if 2*y > float64(x*x) {
			return normalTail + x
		}
	}
}
