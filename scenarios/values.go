package scenarios

import (
	"time"
)

// Duration is a length of virtual time in nanoseconds, written as in "50ms".
type Duration int64

// Sizes is an ascending list of numbers of instances, written "4" (1 to 4),
// "2-8", "1,2,4,8" or "4-4" (just that one), or as a YAML list.
type Sizes []int

// WarmUp is how much of the start is cut: Auto finds it from the data,
// otherwise For is cut.
type WarmUp struct {
	Auto bool
	For  Duration
}

// Cost is a CPU time that is the profile's unless it is stated.
type Cost struct {
	Profile bool
	Ns      int64
}

// Demand is a service demand: the profile's, or stated by a distribution.
type Demand struct {
	Profile bool
	// Distribution is constant, exponential or lognormal, with mean MeanNs
	// and, for lognormal, coefficient of variation CV.
	Distribution string
	MeanNs       int64
	CV           float64
}

// Std is d as a time.Duration.
func (d Duration) Std() time.Duration { return time.Duration(d) }
