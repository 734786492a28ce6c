package random

import "math/bits"

// Stream is one stream of random numbers, xoshiro256++ (Blackman and Vigna,
// "Scrambled linear pseudorandom number generators", 2021). The zero Stream is
// not usable; make one with New.
type Stream struct{ a, b, c, d uint64 }

// New is the stream for one purpose in one replication; index tells several of
// the same purpose apart (one for each instance, say).
func New(seed, replication uint64, purpose string, index int) Stream {
	h := mix(seed + 0x9e3779b97f4a7c15)
	h = mix(h ^ (replication + 0x632be59bd9b4e019))
	for i := 0; i < len(purpose); i++ {
		h = mix(h ^ uint64(purpose[i]))
	}
	h = mix(h ^ (uint64(index) + 0xd1342543de82ef95))
	s := Stream{a: mix(h + 1), b: mix(h + 2), c: mix(h + 3), d: mix(h + 4)}
	if s.a|s.b|s.c|s.d == 0 {
		s.a = 1 // the one state that xoshiro cannot leave
	}
	return s
}

// At is a stream for one of several things to be drawn for what has a seed of its
// own, such as a step of a request; it is quickly made.
func At(seed uint64, index int32) Stream {
	h := mix(seed + (uint64(uint32(index))+1)*0x9e3779b97f4a7c15)
	return Stream{a: h | 1, b: mix(h + 1), c: mix(h + 2), d: mix(h + 3)}
}

// Mix is a seed made of others.
func Mix(seed uint64, more ...uint64) uint64 {
	for _, m := range more {
		seed = mix(seed ^ (m + 0x9e3779b97f4a7c15))
	}
	return seed
}

// mix is the finaliser of splitmix64: every input bit reaches every output bit.
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

// Uint64 is the next 64 bits.
func (s *Stream) Uint64() uint64 {
	a, b, c, d := s.a, s.b, s.c, s.d
	r := bits.RotateLeft64(a+d, 23) + a
	t := b << 17
	c ^= a
	d ^= b
	b ^= c
	a ^= d
	c ^= t
	d = bits.RotateLeft64(d, 45)
	s.a, s.b, s.c, s.d = a, b, c, d
	return r
}

// Uint64n is even over 0 … n-1 (Lemire, "Fast random integer generation in an
// interval", 2019). It panics when n is 0.
func (s *Stream) Uint64n(n uint64) uint64 {
	if n == 0 {
		panic("random: Uint64n(0)")
	}
	hi, lo := bits.Mul64(s.Uint64(), n)
	if lo < n {
		for threshold := -n % n; lo < threshold; {
			hi, lo = bits.Mul64(s.Uint64(), n)
		}
	}
	return hi
}

// Float64 is even over the open interval (0, 1).
func (s *Stream) Float64() float64 {
	return (float64(s.Uint64()>>12) + 0.5) * (1.0 / (1 << 52))
}
