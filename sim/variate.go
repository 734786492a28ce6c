package sim

import (
	"math"

	"github.com/k9mil/velocitas/scenarios"
	"github.com/k9mil/velocitas/sim/random"
)

// variate draws times or demands in nanoseconds.
type variate struct {
	kind      uint8
	mean      float64
	mu, sigma float64 // of the logarithm; low and width of a uniform
	shape     float64 // of a gamma
	list      []float64
	parts     []variate
	upTo      []float64 // cumulated shares of the parts
}

const (
	constantTime = uint8(iota)
	exponentialTime
	lognormalTime
	gammaTime
	uniformTime
	quantileTime
	mixtureTime
)

// newVariate is a distribution as the scenario states it, which has been
// validated, with every time divided by speed.
func newVariate(d *scenarios.Distribution, speed float64) variate {
	mean := float64(d.Mean) / speed
	switch d.Kind {
	case "exponential":
		return variate{kind: exponentialTime, mean: mean}
	case "erlang":
		return variate{kind: gammaTime, mean: mean, shape: float64(d.Stages)}
	case "gamma":
		return variate{kind: gammaTime, mean: mean, shape: 1 / float64(d.CV*d.CV)}
	case "uniform":
		low, width := float64(d.Min)/speed, float64(d.Max-d.Min)/speed
		return variate{kind: uniformTime, mean: low + width/2, mu: low, sigma: width}
	case "quantiles":
		return measured(d.Quantiles, speed)
	case "mixture":
		return mixtureOf(d.Mixture, speed)
	case "lognormal":
		return lognormalOf(d, mean, speed)
	}
	return variate{mean: mean}
}

// lognormalOf is stated by mean and coefficient of variation, or by two quantiles.
func lognormalOf(d *scenarios.Distribution, mean, speed float64) variate {
	l := variate{kind: lognormalTime, mean: mean}
	if q, ns, ok := d.StatedQuantiles(); ok {
		z := [2]float64{normalQuantile(q[0]), normalQuantile(q[1])}
		l.sigma = random.Ln(ns[1]/ns[0]) / (z[1] - z[0])
		l.mu = random.Ln(ns[0]/speed) - float64(l.sigma*z[0])
		l.mean = random.Exp(l.mu + float64(l.sigma*l.sigma)/2)
		return l
	}
	variance := random.Ln(1 + float64(d.CV*d.CV))
	l.mu, l.sigma = random.Ln(mean)-variance/2, math.Sqrt(variance)
	return l
}

// normalQuantile of the probabilities that quantiles may have, to the last place.
func normalQuantile(p float64) float64 {
	switch p {
	case 0.9:
		return 1.2815515655446004
	case 0.95:
		return 1.6448536269514722
	case 0.99:
		return 2.3263478740408408
	}
	return 0 // 0.5
}

func measured(quantiles []scenarios.Duration, speed float64) variate {
	m := variate{kind: quantileTime}
	for _, q := range quantiles {
		m.list = append(m.list, float64(q)/speed)
	}
	n := len(m.list) - 1
	for i := range n {
		m.mean += (m.list[i] + m.list[i+1]) / 2 / float64(n)
	}
	return m
}

func mixtureOf(parts []scenarios.Distribution, speed float64) variate {
	m := variate{kind: mixtureTime}
	sum := 0.0
	for i := range parts {
		part := newVariate(&parts[i], speed)
		sum += float64(parts[i].Share)
		m.mean += float64(float64(parts[i].Share) * part.mean)
		m.parts, m.upTo = append(m.parts, part), append(m.upTo, sum)
	}
	return m
}

// draw is the next time, whole nanoseconds.
func (d *variate) draw(rnd *random.Stream) float64 { return wholeNs(d.next(rnd)) }

func (d *variate) next(rnd *random.Stream) float64 {
	switch d.kind {
	case exponentialTime:
		return float64(d.mean * rnd.Exponential())
	case lognormalTime:
		return random.Exp(d.mu + float64(d.sigma*rnd.Normal()))
	case gammaTime:
		return float64(d.mean*gamma(d.shape, rnd)) / d.shape
	case uniformTime:
		return d.mu + float64(d.sigma*rnd.Float64())
	case quantileTime:
		at := float64(rnd.Float64() * float64(len(d.list)-1))
		i := int(at)
		return d.list[i] + float64((at-float64(i))*(d.list[i+1]-d.list[i]))
	case mixtureTime:
		u := rnd.Float64()
		for i := range d.parts {
			if u < d.upTo[i] {
				return d.parts[i].next(rnd)
			}
		}
		return d.parts[len(d.parts)-1].next(rnd)
	}
	return d.mean
}

// gamma draws from the gamma distribution of a shape and scale 1 (Marsaglia and
// Tsang, "A simple method for generating gamma variables", 2000).
func gamma(shape float64, rnd *random.Stream) float64 {
	if shape < 1 {
		// X of shape+1, times U^(1/shape).
		return float64(gamma(shape+1, rnd) * random.Exp(math.Max(-600, random.Ln(rnd.Float64())/shape)))
	}
	d := shape - 1.0/3
	c := 1 / math.Sqrt(float64(9*d))
	for {
		x := rnd.Normal()
		v := 1 + float64(c*x)
		if v <= 0 {
			continue
		}
		v = float64(float64(v*v) * v)
		x2 := float64(x * x)
		if random.Ln(rnd.Float64()) < x2/2+d-float64(d*v)+float64(d*random.Ln(v)) {
			return float64(d * v)
		}
	}
}
