package load

import (
	"fmt"
	"slices"
	"time"
)

// Bound is how far a generator may stray from its plan before what it saw
// stops being a measurement.
type Bound struct {
	// Lag is the largest 99th percentile of the send lag. Where requests take
	// long, Share of their latency is allowed instead, if it is more: its 99th
	// percentile may be that share of theirs, its median of their median, so that
	// neither of these is off by much more.
	Lag   time.Duration
	Share float64
	// Rate is the least share of an open load's planned rate.
	Rate float64
}

// DefaultBound lets at most one request in a hundred leave more than 2 ms, or
// 5 % of the 99th percentile of latency, too late, and half of them 2 ms or 5 % of
// its median, and asks for 99 % of the planned rate.
var DefaultBound = Bound{Lag: 2 * time.Millisecond, Share: 0.05, Rate: 0.99}

// Lags summarises how late requests left.
type Lags struct{ P50, P99, Max time.Duration }

// Lags is the run's send lag.
func (r *Run) Lags() Lags {
	lags := make([]time.Duration, len(r.Records))
	for i, rec := range r.Records {
		lags[i] = rec.Lag()
	}
	slices.Sort(lags)
	return Lags{P50: quantile(lags, 0.5), P99: quantile(lags, 0.99), Max: quantile(lags, 1)}
}

// quantile is that of a sorted list, 0 of an empty one.
func quantile(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[int(q*float64(len(sorted)-1))]
}

// Behind says how the generator missed its plan, or nothing when it kept it. A
// run that is behind does not count as a measurement.
func (r *Run) Behind() string {
	lags, bounds := r.Lags(), r.lagBounds()
	late := func(who string, lag, bound time.Duration) string {
		return fmt.Sprintf("%s of the requests left more than %v late (bound %v)", who, lag.Round(time.Microsecond), bound.Round(time.Microsecond))
	}
	switch planned, sent := r.PlannedRps(), r.SentRps(); {
	case lags.P99 > bounds.P99:
		return late("1 %", lags.P99, bounds.P99)
	case lags.P50 > bounds.P50:
		return late("half", lags.P50, bounds.P50)
	case r.Planned > 0 && sent < r.Bound.Rate*planned:
		return fmt.Sprintf("sent %.4g requests/s of %.4g planned (bound %.4g)", sent, planned, r.Bound.Rate*planned)
	}
	return ""
}

// lagBounds are the lags that this run may have; there is none on the largest.
func (r *Run) lagBounds() Lags {
	latencies := make([]time.Duration, len(r.Records))
	for i, rec := range r.Records {
		latencies[i] = rec.Latency
	}
	slices.Sort(latencies)
	bound := func(q float64) time.Duration {
		return max(r.Bound.Lag, time.Duration(r.Bound.Share*float64(quantile(latencies, q))))
	}
	return Lags{P50: bound(0.5), P99: bound(0.99)}
}

// PlannedRps is the rate of an open load's plan, 0 for a closed load.
func (r *Run) PlannedRps() float64 { return rate(r.Planned, r.PlannedFor) }

// SentRps is the rate at which requests left.
func (r *Run) SentRps() float64 {
	var last time.Duration
	for _, rec := range r.Records {
		last = max(last, rec.Sent)
	}
	return rate(len(r.Records), last)
}

func rate(n int, within time.Duration) float64 {
	if within <= 0 {
		return 0
	}
	return float64(n) / within.Seconds()
}
