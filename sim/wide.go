package sim

import "math/bits"

// wide is a sum of times that are not negative, of more than 64 bits: a million
// clients that wait for the hours that the clock holds come to more than those.
type wide struct{ high, low uint64 }

func (w *wide) add(ns int64) {
	var carry uint64
	w.low, carry = bits.Add64(w.low, uint64(ns), 0)
	w.high += carry
}

// float is the sum, rounded once where it fits into 64 bits.
func (w wide) float() float64 { return float64(float64(w.high)*(1<<64)) + float64(w.low) }
