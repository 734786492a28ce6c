package scenarios

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/k9mil/velocitas/internal/strict"
)

// Objective is a service-level objective, written as in "p99<250ms@800rps": a
// latency or the share of requests that fail is at most Limit, or the throughput
// is at least that.
type Objective struct {
	Metric string  // one of ObjectiveMetrics
	Limit  float64 // ms, requests per second, or for errors a share of 0 to below 1
	// RateRps is the load at which it is to hold; 0 is the scenario's own.
	RateRps float64
}

// ObjectiveMetrics are what an objective can be about.
var ObjectiveMetrics = []string{"mean", "p50", "p90", "p95", "p99", "p999", "throughput", "errors"}

// objectivesMost bounds a scenario's objectives.
const objectivesMost = 100

// String is the objective as it is read.
func (o Objective) String() string {
	text := o.Metric + "<" + digits(o.Limit) + "ms"
	switch o.Metric {
	case "throughput":
		text = "throughput>" + digits(o.Limit) + "rps"
	case "errors":
		text = "errors<" + digits(100*o.Limit) + "%"
	}
	if o.RateRps > 0 {
		text += "@" + digits(o.RateRps) + "rps"
	}
	return text
}

// MarshalText writes the objective as it is read.
func (o Objective) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads what [Objective] describes.
func (o *Objective) UnmarshalText(b []byte) (err error) {
	*o, err = ParseObjective(string(b))
	if err != nil {
		err = fmt.Errorf("%s: %w", strict.Quote(string(b)), err)
	}
	return err
}

// ParseObjective reads one objective, with or without spaces.
func ParseObjective(text string) (o Objective, err error) {
	text = strings.TrimSpace(text)
	at := strings.IndexAny(text, "<>")
	if at < 1 {
		return o, fmt.Errorf(`wants an objective such as "p99<250ms" or "p99<250ms@800rps"`)
	}
	if o.Metric = strings.TrimSpace(text[:at]); !slices.Contains(ObjectiveMetrics, o.Metric) {
		return o, fmt.Errorf("%s is no metric%s", strict.Quote(o.Metric), strict.Hint(o.Metric, ObjectiveMetrics))
	}
	want := "<"
	if o.Metric == "throughput" {
		want = ">"
	}
	if text[at:at+1] != want {
		return o, fmt.Errorf("%s wants %s", o.Metric, want)
	}
	limit, rate, atRate := strings.Cut(strings.TrimPrefix(text[at+1:], "="), "@")
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

// ParseLimit reads the bound of a metric: a duration, a rate, or for errors a
// percentage or a share.
func ParseLimit(metric, text string) (float64, error) {
	switch metric {
	case "throughput":
		return ParseRate(text)
	case "errors":
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
		return 0, fmt.Errorf(`wants requests per second above 0 and up to %.0f, such as "800rps", not %s`, float64(rateMost), strict.Quote(text))
	}
	return v, nil
}

func parseShare(text string) (float64, error) {
	number, percent := strings.CutSuffix(text, "%")
	v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if percent {
		v = significant(v/100, 12)
	}
	if err != nil || !(v >= 0) || v >= 1 {
		return 0, fmt.Errorf(`wants a share of requests from 0 to below 1, such as "0.1%%" or "0.001", not %s`, strict.Quote(text))
	}
	return v, nil
}

// digits writes up to nine digits, so that what a user gave comes back as it was.
func digits(v float64) string { return strconv.FormatFloat(significant(v, 9), 'f', -1, 64) }

func significant(v float64, digits int) float64 {
	r, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', digits, 64), 64)
	if err != nil {
		panic(err)
	}
	return r
}

// Objectives are what the service is to keep. In a file they are a list of them,
// such as ["p99<250ms", "errors<0.1%"], or a mapping such as {p99: 250ms, errors:
// 0.1%}.
type Objectives []Objective

// check holds the rules of the objectives.
func (list Objectives) check(c *checker) {
	c.that(len(list) <= objectivesMost, "objectives", "wants at most %d, not %d", objectivesMost, len(list))
	for i, o := range list {
		for _, before := range list[:i] {
			c.that(o.Metric != before.Metric || o.RateRps != before.RateRps, fmt.Sprintf("objectives[%d]", i),
				"says %s again, after %s; one of them is enough", o.Metric, before)
		}
	}
}

// FillFrom reads the mapping that fill fills in.
func (list *Objectives) FillFrom(fill func(any) error) error {
	var m struct {
		Mean       latencyBound    `json:"mean"`
		P50        latencyBound    `json:"p50"`
		P90        latencyBound    `json:"p90"`
		P95        latencyBound    `json:"p95"`
		P99        latencyBound    `json:"p99"`
		P999       latencyBound    `json:"p999"`
		Throughput throughputBound `json:"throughput"`
		Errors     errorsBound     `json:"errors"`
	}
	if err := fill(&m); err != nil {
		return err
	}
	*list = nil
	for i, b := range []bound{bound(m.Mean), bound(m.P50), bound(m.P90), bound(m.P95), bound(m.P99), bound(m.P999), bound(m.Throughput), bound(m.Errors)} {
		if b.given {
			*list = append(*list, Objective{ObjectiveMetrics[i], b.limit, b.rateRps})
		}
	}
	return nil
}

// bound is an objective in a mapping, whose key says of what: "250ms" or
// "250ms@800rps".
type bound struct {
	limit, rateRps float64
	given          bool
}

func (b *bound) read(metric string, text []byte) (err error) {
	limit, rate, atRate := strings.Cut(string(text), "@")
	if b.limit, err = ParseLimit(metric, strings.TrimSpace(limit)); err != nil {
		return err
	}
	if atRate {
		if b.rateRps, err = ParseRate(strings.TrimSpace(rate)); err != nil {
			return fmt.Errorf("after @: %w", err)
		}
	}
	b.given = true
	return nil
}

type (
	latencyBound    bound
	throughputBound bound
	errorsBound     bound
)

// UnmarshalText reads a duration.
func (b *latencyBound) UnmarshalText(text []byte) error { return (*bound)(b).read("p99", text) }

// UnmarshalText reads a rate.
func (b *throughputBound) UnmarshalText(text []byte) error {
	return (*bound)(b).read("throughput", text)
}

// UnmarshalText reads a share.
func (b *errorsBound) UnmarshalText(text []byte) error { return (*bound)(b).read("errors", text) }
