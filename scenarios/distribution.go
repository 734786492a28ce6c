package scenarios

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/k9mil/velocitas/internal/strict"
)

// Distribution is how long something takes, or how much CPU time. It is written
// as a duration, which is a constant, or as a mapping:
//
//	{mean: 9ms, cv: 0.6}                       lognormal; cv is standard deviation over mean
//	{p50: 40ms, p99: 300ms}                    the lognormal with these two quantiles
//	{distribution: exponential, mean: 5ms}
//	{distribution: gamma, mean: 5ms, cv: 0.5}
//	{distribution: erlang, mean: 5ms, stages: 4}
//	{min: 2ms, max: 8ms}                       uniform
//	{mixture: [{share: 90%, mean: 2ms}, {share: 10%, mean: 50ms, cv: 1}]}
//	{quantiles: [1ms, 2ms, 9ms]}               measured, at even steps from 0 to 1, straight between them
//	{samples: cpu.csv}                         the same of a file beside the scenario's, one sample a line
type Distribution struct {
	// Kind is constant, exponential, lognormal, gamma, erlang, uniform, mixture
	// or quantiles; left out, the other keys tell it.
	Kind      string     `json:"distribution,omitempty"`
	Mean      Duration   `json:"mean,omitempty"`
	CV        float64    `json:"cv,omitempty"`
	Stages    int        `json:"stages,omitempty"`
	P50       Duration   `json:"p50,omitempty"`
	P90       Duration   `json:"p90,omitempty"`
	P95       Duration   `json:"p95,omitempty"`
	P99       Duration   `json:"p99,omitempty"`
	Min       Duration   `json:"min,omitempty"`
	Max       Duration   `json:"max,omitempty"`
	Quantiles []Duration `json:"quantiles,omitempty"`
	// Samples is a file with one duration a line, or one number after a line such
	// as cpu_ms; Quantiles holds its samples in ascending order once read.
	Samples string `json:"samples,omitempty"`
	// Mixture holds the parts of a mixture, each with its Share.
	Mixture []Distribution `json:"mixture,omitempty"`
	Share   Share          `json:"share,omitempty"`
}

// DistributionKeys is a distribution without methods, to be read as a mapping.
type DistributionKeys Distribution

// UnmarshalText reads the duration of a constant.
func (d *Distribution) UnmarshalText(b []byte) error {
	var c Duration
	if err := c.UnmarshalText(b); err != nil {
		return fmt.Errorf(`%w; a mapping such as {mean: 9ms, cv: 0.6} does, too`, err)
	}
	*d = Distribution{Kind: "constant", Mean: c}
	return nil
}

// FillFrom reads the mapping that fill fills in.
func (d *Distribution) FillFrom(fill func(any) error) error {
	var k DistributionKeys
	if err := fill(&k); err != nil {
		return err
	}
	*d = Distribution(k)
	return nil
}

// UnmarshalJSON reads a duration or a mapping.
func (d *Distribution) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		var s string
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
		return d.UnmarshalText([]byte(s))
	}
	return d.FillFrom(func(v any) error { return json.Unmarshal(b, v) })
}

// quantiles are the stated ones of a distribution, by probability.
func (d *Distribution) quantiles() (q []float64, at []Duration) {
	for _, c := range []struct {
		q  float64
		at Duration
	}{{0.5, d.P50}, {0.9, d.P90}, {0.95, d.P95}, {0.99, d.P99}} {
		if c.at > 0 {
			q, at = append(q, c.q), append(at, c.at)
		}
	}
	return q, at
}

// StatedQuantiles are the two quantiles that a lognormal distribution is stated
// by: probabilities, and nanoseconds. ok is false where it is stated otherwise.
func (d *Distribution) StatedQuantiles() (q [2]float64, ns [2]float64, ok bool) {
	qs, at := d.quantiles()
	if len(qs) != 2 {
		return q, ns, false
	}
	return [2]float64{qs[0], qs[1]}, [2]float64{float64(at[0]), float64(at[1])}, true
}

// complete fills in the kind where the other keys tell it.
func (d *Distribution) complete() {
	if d.Kind == "" {
		q, _ := d.quantiles()
		switch {
		case len(d.Mixture) > 0:
			d.Kind = "mixture"
		case len(d.Quantiles) > 0 || d.Samples != "":
			d.Kind = "quantiles"
		case d.Stages > 0:
			d.Kind = "erlang"
		case d.Max > 0:
			d.Kind = "uniform"
		case d.CV != 0 || len(q) > 0:
			d.Kind = "lognormal"
		case d.Mean > 0:
			d.Kind = "constant"
		}
	}
	for i := range d.Mixture {
		d.Mixture[i].complete()
	}
}

// Most of what a distribution may say.
const (
	cvMost        = 100
	stagesMost    = 1000
	mixtureMost   = 16
	quantilesMost = 10_000
)

// check holds the rules of a distribution.
func (d *Distribution) check(c *checker, key string) {
	kinds := []string{"constant", "exponential", "lognormal", "gamma", "erlang", "uniform", "mixture", "quantiles"}
	c.that(d.Kind != "", key, `wants a duration such as "4ms", or {mean: 4ms, cv: 1}, {p50: 4ms, p99: 30ms}, {min: 1ms, max: 5ms}, {distribution: exponential, mean: 4ms}`)
	if c.first != nil {
		return
	}
	c.oneOf(key+".distribution", d.Kind, kinds...)
	q, at := d.quantiles()
	byQuantiles := d.Kind == "lognormal" && len(q) > 0
	allowed := func(has bool, name string, kinds ...string) {
		for _, k := range kinds {
			if k == d.Kind {
				return
			}
		}
		c.that(!has, key+"."+name, "belongs to %s, not to %s", orList(kinds), d.Kind)
	}
	allowed(d.CV != 0, "cv", "lognormal", "gamma")
	allowed(d.Stages != 0, "stages", "erlang")
	allowed(d.Min != 0, "min", "uniform")
	allowed(d.Max != 0, "max", "uniform")
	allowed(len(d.Mixture) > 0, "mixture", "mixture")
	allowed(len(d.Quantiles) > 0, "quantiles", "quantiles")
	allowed(d.Samples != "", "samples", "quantiles")
	allowed(len(q) > 0, "p50", "lognormal")
	allowed(d.Mean != 0, "mean", "constant", "exponential", "lognormal", "gamma", "erlang")
	switch d.Kind {
	case "uniform":
		c.that(d.Max > d.Min, key+".max", "wants more than min %v, not %v", d.Min, d.Max)
	case "mixture":
		d.checkMixture(c, key)
	case "quantiles":
		if d.unread() {
			return
		}
		c.whole(key+".quantiles", len(d.Quantiles), 2, quantilesMost)
		for i := 1; i < len(d.Quantiles); i++ {
			c.that(d.Quantiles[i] >= d.Quantiles[i-1], key+".quantiles", "wants them in ascending order, not %v after %v", d.Quantiles[i], d.Quantiles[i-1])
		}
	case "lognormal", "gamma":
		if byQuantiles {
			c.that(len(q) == 2 && d.Mean == 0 && d.CV == 0, key, "wants two quantiles, such as p50 and p99, or mean and cv, not both and not other numbers of them")
			c.that(len(q) != 2 || at[0] < at[1], key, "wants quantiles that grow with their probability")
			return
		}
		c.between(key+".cv", d.CV, 0.001, cvMost)
		fallthrough
	default:
		c.duration(key+".mean", d.Mean, 0, time.Hour)
		c.that(d.Mean > 0 || d.Kind == "constant", key+".mean", "wants a mean above 0s")
	}
	if d.Kind == "erlang" {
		c.whole(key+".stages", d.Stages, 1, stagesMost)
	}
}

func (d *Distribution) checkMixture(c *checker, key string) {
	c.whole(key+".mixture", len(d.Mixture), 2, mixtureMost)
	sum := 0.0
	for i := range d.Mixture {
		at := fmt.Sprintf("%s.mixture[%d]", key, i)
		c.that(d.Mixture[i].Share > 0, at+".share", "wants a share above 0 %%")
		c.that(d.Mixture[i].Kind != "mixture", at, "wants a plain distribution, not another mixture")
		d.Mixture[i].check(c, at)
		sum += float64(d.Mixture[i].Share)
	}
	checkWhole(c, key+".mixture", sum)
}

// checkWhole wants shares that add up to all.
func checkWhole(c *checker, key string, sum float64) {
	c.that(sum > 1-1e-6 && sum < 1+1e-6, key, "wants shares that add up to 100 %%, not %s %%", plain(100*sum))
}

// Share is a part of all, 0 to 1, written "80%" or 0.8.
type Share float64

// MarshalText writes a percentage.
func (s Share) MarshalText() ([]byte, error) {
	return []byte(strconv.FormatFloat(float64(s), 'g', -1, 64)), nil
}

// UnmarshalText reads a percentage or a number from 0 to 1.
func (s *Share) UnmarshalText(b []byte) error {
	digits, percent := strings.CutSuffix(strings.TrimSpace(string(b)), "%")
	v, err := strict.Number(strings.TrimSpace(digits))
	if percent {
		v, _ = strconv.ParseFloat(strconv.FormatFloat(v/100, 'g', 12, 64), 64)
	}
	if err != nil || v < 0 || v > 1 {
		return fmt.Errorf(`wants a share of 0 to 100 %%, such as "80%%" or 0.8, not %s`, strict.Quote(string(b)))
	}
	*s = Share(v)
	return nil
}
