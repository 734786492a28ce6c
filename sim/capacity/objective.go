package capacity

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/k9mil/velocitas/internal/strict"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
	"github.com/k9mil/velocitas/sim"
	"github.com/k9mil/velocitas/sim/random"
)

// Metric is what an objective is about.
type Metric string

// The metrics: latency of answered requests, answered requests per second, and
// the share of requests that fail.
const (
	Mean       Metric = "mean"
	P50        Metric = "p50"
	P90        Metric = "p90"
	P95        Metric = "p95"
	P99        Metric = "p99"
	P999       Metric = "p999"
	Throughput Metric = "throughput"
	Errors     Metric = "errors"
)

// Metrics are all of them.
var Metrics = []Metric{Mean, P50, P90, P95, P99, P999, Throughput, Errors}

// Objective is a bound on a metric: at most Limit, or for throughput at least.
type Objective struct {
	Metric Metric
	Limit  float64 // ms, requests per second, or a share of 0 to 1
	// RateRps is the load at which it is checked; 0 is the scenario's own.
	RateRps float64
}

// Latency tells whether the metric is a latency.
func (m Metric) Latency() bool { return m != Throughput && m != Errors }

// quantile is which quantile of latency the metric is, 0 if it is none.
func (m Metric) quantile() float64 {
	switch m {
	case P50:
		return 0.5
	case P90:
		return 0.9
	case P95:
		return 0.95
	case P99:
		return 0.99
	case P999:
		return 0.999
	}
	return 0
}

// String is the objective as it is read, such as "p99<250ms@800rps".
func (o Objective) String() string {
	return scenarios.Objective{Metric: string(o.Metric), Limit: o.Limit, RateRps: o.RateRps}.String()
}

// number writes up to nine digits, so that what a user gave comes back as it was.
func number(v float64) string { return strconv.FormatFloat(rounded(v, 9), 'f', -1, 64) }

func rounded(v float64, digits int) float64 {
	r, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', digits, 64), 64)
	if err != nil {
		panic(err)
	}
	return r
}

// ParseObjectives reads objectives with commas between them, such as
// "p99<250ms@800rps,errors<0.1%". The error says which is wrong, and why.
func ParseObjectives(text string) ([]Objective, error) {
	var all []Objective
	for _, word := range strings.Split(text, ",") {
		o, err := parseObjective(strings.TrimSpace(word))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", strict.Quote(strings.TrimSpace(word)), err)
		}
		all = append(all, o)
	}
	return all, nil
}

func parseObjective(word string) (Objective, error) {
	o, err := scenarios.ParseObjective(word)
	return Objective{Metric(o.Metric), o.Limit, o.RateRps}, err
}

// Stated are the objectives of a scenario.
func Stated(s *scenarios.Scenario) []Objective {
	var all []Objective
	for _, o := range s.Objectives {
		all = append(all, Objective{Metric(o.Metric), o.Limit, o.RateRps})
	}
	return all
}

// ParseLimit reads the bound of a metric: a duration, a rate, or for errors a
// percentage or a share.
func ParseLimit(m Metric, text string) (float64, error) { return scenarios.ParseLimit(string(m), text) }

// ParseRate reads requests per second, with or without "rps".
func ParseRate(text string) (float64, error) { return scenarios.ParseRate(text) }

// rateMost is the highest rate that a scenario may ask for.
const rateMost = 1e7

// Of is the objective's metric of a point. Quantiles of latency are over all
// finished requests, and a failed one is later than any bound: +Inf where too
// few were answered. The mean is of answered requests, since with any other it
// would have no value; how many fail is for an objective on errors.
func (o Objective) Of(p *model.Point) model.Estimate {
	l := &p.LatencyOfAllMs
	if *l == (model.Latency{}) {
		l = &p.LatencyMs
	}
	switch o.Metric {
	case Mean:
		return p.LatencyMs.Mean
	case P50:
		return l.P50
	case P90:
		return l.P90
	case P95:
		return l.P95
	case P99:
		return l.P99
	case P999:
		return l.P999
	case Throughput:
		return p.ThroughputRps
	}
	return p.Errors.Rate
}

// of is the metric of a single replication, as in [Objective.Of].
func (o Objective) of(r sim.Replication) float64 {
	switch o.Metric {
	case Mean:
		return r.MeanMs
	case P50:
		return r.QuantileOfAllMs(0.5)
	case P90:
		return r.QuantileOfAllMs(0.9)
	case P95:
		return r.QuantileOfAllMs(0.95)
	case P99:
		return r.QuantileOfAllMs(0.99)
	case P999:
		return r.QuantileOfAllMs(0.999)
	case Throughput:
		return r.ThroughputRps
	}
	return r.ErrorRate
}

// keeps tells whether a value of the metric is on the right side.
func (o Objective) keeps(v float64) bool {
	if o.Metric == Throughput {
		return v >= o.Limit
	}
	return v <= o.Limit
}

// excess is the logarithm of how many times the limit a value is, above 0 where
// it misses the objective.
func (o Objective) excess(v float64) float64 {
	ratio := v / o.Limit
	if o.Metric == Throughput {
		ratio = o.Limit / v
	}
	switch {
	case !(ratio > 0): // no errors, none allowed even
		return math.Inf(-1)
	case math.IsInf(ratio, 1):
		return ratio
	}
	return random.Ln(ratio)
}

// over says how far beyond its limit a value is, above 0 where it misses the
// objective: the logarithm of how many times a latency is the limit, and the
// difference of a share or a throughput, relative to its limit.
func (o Objective) over(v float64) float64 {
	switch {
	case o.Metric.Latency():
		return math.Min(100, math.Max(-100, o.excess(v)))
	case o.Metric == Throughput:
		return (o.Limit - v) / o.Limit
	}
	return v - o.Limit
}

// keptBy tells whether a replication by itself keeps the objective. A latency
// that nobody had, since nothing was answered, keeps nothing.
func (o Objective) keptBy(r sim.Replication) bool {
	if o.Metric.Latency() && r.ThroughputRps == 0 {
		return false
	}
	return o.keeps(o.of(r))
}

// sure tells whether an estimate is beyond doubt on its side of the limit: as
// far from it as twice its 95 % interval reaches.
func (o Objective) sure(e model.Estimate) bool {
	if math.IsInf(e.Value, 1) || math.IsInf(e.Hi, 1) {
		return o.keeps(e.Lo) == o.keeps(e.Hi)
	}
	reach := math.Max(e.Hi-e.Value, e.Value-e.Lo)
	return math.Abs(e.Value-o.Limit) > 2*reach || e.Value == o.Limit && reach == 0
}
