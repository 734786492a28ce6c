package ramp

import (
	"cmp"
	"math"

	"github.com/k9mil/velocitas/model/stats"
)

// Second is what was seen of the requests that were sent within a second.
// Latencies are of good answers, in ms; NaN where there was none.
type Second struct {
	T                            int
	Sent, Failed                 float64
	P50, P75, P90, P95, P99, Max float64
}

// System is one load test: the seconds in order, and the CPU limits, in cores, of
// all containers of a tier together. 0 is no limit that is known.
type System struct {
	ID                            string
	Seconds                       []Second
	Database, Instances, Balancer float64
}

// Verdict is what a system does, or may do, at the final rate.
type Verdict string

const (
	Collapsed Verdict = "collapsed already"    // within what was seen
	Stands    Verdict = "stands"               // as far as its CPU goes
	Open      Verdict = "cannot be told apart" // between standing and collapse
)

// A system has collapsed where its 95th percentile is above this or more than
// one in a hundred requests fail.
const (
	collapseMs     = 250.0
	collapseErrors = 0.01
)

// windowSeconds at the end of what was seen are what a forecast is made of:
// services still warm up before.
const windowSeconds = 20

// roundingMs is how much a latency may be above the one written: whole
// milliseconds were cut off, not rounded.
const roundingMs = 1.0

// Forecast is what the seconds up to some instant tell.
type Forecast struct {
	Verdict Verdict
	MeanMs  float64 // response time of good answers, at the end of what was seen
	P95Ms   float64 // median over the seconds
	Errors  float64 // share
	// Busy is the utilisation of the tightest tier at the final rate if its
	// requests did nothing but compute there: its bound from above.
	Busy float64
	// Rank is Busy, where no limit is known that of half a core, for an order of systems.
	Rank float64
	// Carries is the rate, 1/s, up to which the system has been seen to stand or
	// certainly does as far as its CPU goes.
	Carries float64
}

// After forecasts how a system fares at a final rate (1/s) from its seconds up
// to an instant.
func (s *System) After(t int, finalRate float64) Forecast {
	inf := math.Inf(1)
	f := Forecast{Verdict: Open, MeanMs: inf, P95Ms: inf, Errors: 1, Busy: inf}
	window := s.window(t-windowSeconds+1, t)
	sent, failed, rate := 0.0, 0.0, 0.0
	var means, p95s []float64
	for _, one := range window {
		sent, failed, rate = sent+one.Sent, failed+one.Failed, math.Max(rate, one.Sent)
		if m := one.mean(); !math.IsNaN(m) {
			means, p95s = append(means, m), append(p95s, one.P95)
		}
	}
	if sent > 0 {
		f.Errors = failed / sent
	}
	if len(means) > 0 {
		f.MeanMs, f.P95Ms = mean(means), stats.Median(p95s)
	}
	limit := s.tightest()
	perCore := finalRate * (f.MeanMs + roundingMs) / 1000
	f.Rank = perCore / cmp.Or(limit, 0.5)
	if f.P95Ms > collapseMs || f.Errors > collapseErrors {
		f.Verdict = Collapsed
		return f
	}
	f.Carries = rate
	if limit == 0 {
		return f
	}
	f.Busy = f.Rank
	f.Carries = math.Max(rate, math.Min(finalRate/f.Busy, finalRate))
	if f.Busy < 1 {
		f.Verdict = Stands
	}
	return f
}

// tightest is the smaller limit of the two tiers that do a request's work. The
// balancer's is left out: of a response that took a millisecond nginx computes a
// twentieth, and a bound by all of it would be one by nothing.
func (s *System) tightest() float64 {
	switch {
	case s.Database == 0:
		return s.Instances
	case s.Instances == 0:
		return s.Database
	}
	return math.Min(s.Database, s.Instances)
}

func (s *System) window(from, to int) []Second {
	var w []Second
	for _, one := range s.Seconds {
		if one.T >= from && one.T <= to {
			w = append(w, one)
		}
	}
	return w
}

// mean is that of a distribution which is a straight line between the known
// quantiles and 0.
func (s Second) mean() float64 {
	at := []float64{0, 0.50, 0.75, 0.90, 0.95, 0.99, 1}
	ms := []float64{0, s.P50, s.P75, s.P90, s.P95, s.P99, s.Max}
	sum := 0.0
	for i := 1; i < len(at); i++ {
		sum += float64((at[i] - at[i-1]) * (ms[i] + ms[i-1]) / 2)
	}
	return sum
}

func mean(xs []float64) float64 { return sum(xs) / float64(len(xs)) }

func sum(xs []float64) float64 {
	total := 0.0
	for _, x := range xs {
		total += x
	}
	return total
}
