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
	// long, Share of their median latency is allowed instead, if it is more.
	Lag   time.Duration
	Share float64
	// Rate is the least share of an open load's planned rate.
	Rate float64
}

// DefaultBound lets at most one request in a hundred leave more than 2 ms, or
// 5 % of the median latency, too late, and asks for 99 % of the planned rate.
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
	lag, bound := r.Lags().P99, r.lagBound()
	if lag > bound {
		return fmt.Sprintf("1 %% of the requests left more than %v late (bound %v)", lag.Round(time.Microsecond), bound.Round(time.Microsecond))
	}
	if r.Planned == 0 {
		return ""
	}
	if planned, sent := r.PlannedRps(), r.SentRps(); sent < r.Bound.Rate*planned {
		return fmt.Sprintf("sent %.4g requests/s of %.4g planned (bound %.4g)", sent, planned, r.Bound.Rate*planned)
	}
	return ""
}

// lagBound is the lag that this run may have.
func (r *Run) lagBound() time.Duration {
	latencies := make([]time.Duration, len(r.Records))
	for i, rec := range r.Records {
		latencies[i] = rec.Latency
	}
	slices.Sort(latencies)
	return max(r.Bound.Lag, time.Duration(r.Bound.Share*float64(quantile(latencies, 0.5))))
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
