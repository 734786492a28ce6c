package capacity

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/model/strict"
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

// String is the objective as it is read, such as "p99<250ms@800rps".
func (o Objective) String() string {
	text := string(o.Metric) + "<" + number(o.Limit) + "ms"
	switch o.Metric {
	case Throughput:
		text = "throughput>" + number(o.Limit) + "rps"
	case Errors:
		text = "errors<" + number(100*o.Limit) + "%"
	}
	if o.RateRps > 0 {
		text += "@" + number(o.RateRps) + "rps"
	}
	return text
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

func parseObjective(word string) (o Objective, err error) {
	at := strings.IndexAny(word, "<>")
	if at < 1 {
		return o, fmt.Errorf(`wants an objective such as "p99<250ms" or "p99<250ms@800rps"`)
	}
	if o.Metric, err = parseMetric(strings.TrimSpace(word[:at])); err != nil {
		return o, err
	}
	if want := o.Metric.bound(); word[at:at+1] != want {
		return o, fmt.Errorf("%s wants %s", o.Metric, want)
	}
	limit, rate, atRate := strings.Cut(word[at+1:], "@")
	if o.Limit, err = ParseLimit(o.Metric, strings.TrimSpace(limit)); err != nil {
		return o, err
	}
	if atRate {
		if o.RateRps, err = ParseRate(strings.TrimSpace(rate)); err != nil {
			return o, fmt.Errorf("after @: %w", err)
		}
	}
	return o, nil
}

// bound is the sign of an objective: which side is wanted.
func (m Metric) bound() string {
	if m == Throughput {
		return ">"
	}
	return "<"
}

func parseMetric(word string) (Metric, error) {
	var known []string
	for _, m := range Metrics {
		if word == string(m) {
			return m, nil
		}
		known = append(known, string(m))
	}
	return "", fmt.Errorf("%s is no metric%s", strict.Quote(word), strict.Hint(word, known))
}

// ParseLimit reads the bound of a metric: a duration, a rate, or for errors a
// percentage or a share.
func ParseLimit(m Metric, text string) (float64, error) {
	switch m {
	case Throughput:
		return ParseRate(text)
	case Errors:
		return parseShare(text)
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return 0, fmt.Errorf(`wants a duration above 0 with its unit, such as "250ms", not %s`, strict.Quote(text))
	}
	return float64(d) / 1e6, nil
}

// ParseRate reads requests per second, with or without "rps".
func ParseRate(text string) (float64, error) {
	v, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(text, "rps")), 64)
	if err != nil || !(v > 0) || v > rateMost {
		return 0, fmt.Errorf(`wants requests per second above 0 and up to %.0f, such as "800rps", not %s`, rateMost, strict.Quote(text))
	}
	return v, nil
}

// rateMost is the highest rate that a scenario may ask for.
const rateMost = 1e7

func parseShare(text string) (float64, error) {
	digits, percent := strings.CutSuffix(text, "%")
	v, err := strconv.ParseFloat(digits, 64)
	if percent {
		v = rounded(v/100, 12)
	}
	if err != nil || !(v >= 0) || v >= 1 {
		return 0, fmt.Errorf(`wants a share of requests from 0 to below 1, such as "0.1%%" or "0.001", not %s`, strict.Quote(text))
	}
	return v, nil
}

// Of is the objective's metric of a point.
func (o Objective) Of(p *model.Point) model.Estimate {
	l := &p.LatencyMs
	switch o.Metric {
	case Mean:
		return l.Mean
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

// of is the metric of a single replication.
func (o Objective) of(r sim.Replication) float64 {
	switch o.Metric {
	case Mean:
		return r.MeanMs
	case P50:
		return r.P50Ms
	case P90:
		return r.P90Ms
	case P95:
		return r.P95Ms
	case P99:
		return r.P99Ms
	case P999:
		return r.P999Ms
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
	reach := math.Max(e.Hi-e.Value, e.Value-e.Lo)
	return math.Abs(e.Value-o.Limit) > 2*reach || e.Value == o.Limit && reach == 0
}
