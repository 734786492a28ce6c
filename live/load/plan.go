package load

import (
	"hash/fnv"
	"math/rand/v2"
	"time"
)

// Constant plans evenly spaced requests at rate per second, the first at 0,
// the last before the end.
func Constant(rate float64, until time.Duration) []time.Duration {
	var plan []time.Duration
	for i := 0; ; i++ {
		at := time.Duration(float64(i) / rate * float64(time.Second))
		if at >= until {
			return plan
		}
		plan = append(plan, at)
	}
}

// Poisson plans requests with independent exponential gaps at rate per second
// on average; the same seed gives the same plan.
func Poisson(rate float64, until time.Duration, seed uint64) []time.Duration {
	stream := rand.New(rand.NewPCG(seed, named("arrivals")))
	var plan []time.Duration
	var at float64
	for {
		at += stream.ExpFloat64() / rate
		if at >= until.Seconds() {
			return plan
		}
		plan = append(plan, time.Duration(at*float64(time.Second)))
	}
}

// Shaped plans requests at a rate that changes over time: instantNs says when so
// many are expected to have come. They come evenly or, as those of a Poisson
// process, at exponential steps of that number; the same seed gives the same plan.
func Shaped(instantNs func(expected float64) float64, even bool, until time.Duration, seed uint64) []time.Duration {
	stream := rand.New(rand.NewPCG(seed, named("arrivals")))
	var plan []time.Duration
	var position float64
	for {
		step := 1.0
		if !even {
			step = stream.ExpFloat64()
		}
		position += step
		at := instantNs(position)
		if !(at < float64(until)) { // NaN, too
			return plan
		}
		plan = append(plan, time.Duration(at))
	}
}

// FromTrace is the plan of recorded instants in seconds, cut at the end.
func FromTrace(instantsS []float64, until time.Duration) []time.Duration {
	var plan []time.Duration
	for _, s := range instantsS {
		if at := time.Duration(s * float64(time.Second)); at < until {
			plan = append(plan, at)
		}
	}
	return plan
}

// named makes a stream's name a number, so that each purpose has its own.
func named(name string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(name))
	return h.Sum64()
}
