package evidence

import (
	"context"
	"strconv"
	"strings"
	"time"
)

var autocannonFormat = Format{Name: "autocannon report", Unit: "ms", StepNs: 1e6, Clock: NoClock, Corrected: "no, unless -R was given: then latencies count from when a request was due",
	Failures: "counted apart; other statuses than 2xx are in the quantiles", Silent: []string{noInstances, "when requests came", "p95: it has p90 and p97.5"}}

func autocannonReaders() []*reader {
	return []*reader{{format: &autocannonFormat, recognises: contains('{', `"latency"`, `"p97_5"`, `"requests"`), sum: sumAutocannon}}
}

func sumAutocannon(ctx context.Context, s *Source, r *Result) error {
	var v struct {
		Duration        float64
		Start           time.Time
		Errors          int64
		Timeouts        int64
		StatusCodeStats map[string]struct{ Count int64 }
		S1              int64 `json:"1xx"`
		S2              int64 `json:"2xx"`
		S3              int64 `json:"3xx"`
		S4              int64 `json:"4xx"`
		S5              int64 `json:"5xx"`
		Latency         map[string]looseNumber
	}
	if err := decode(ctx, s, r, &v); err != nil {
		return err
	}
	ms := func(name string) int64 {
		if x, ok := v.Latency[name]; ok {
			return toNs(float64(x), "ms")
		}
		return -1
	}
	for name := range v.Latency {
		if percent, ok := strings.CutPrefix(name, "p"); ok {
			if q, err := strconv.ParseFloat(strings.ReplaceAll(percent, "_", "."), 64); err == nil {
				r.Latency.addQuantile(q/100, ms(name))
			}
		}
	}
	r.Latency.set(ms("average"), ms("min"), ms("max"))
	for status, x := range v.StatusCodeStats {
		r.status(status, x.Count)
	}
	if v.StatusCodeStats == nil { // of before version 7
		for i, n := range []int64{v.S1, v.S2, v.S3, v.S4, v.S5} {
			r.status(kinds[i], n)
		}
	}
	r.tally()
	r.Latency.Count = r.Requests
	r.fail("errors", v.Errors-v.Timeouts)
	r.fail("timeouts", v.Timeouts)
	r.Requests += max(0, v.Errors)
	r.Failed += max(0, v.Errors)
	if !v.Start.IsZero() {
		r.StartNs, r.Dated = v.Start.UnixNano(), true
	}
	r.seconds(v.Duration)
	r.OfAll = true
	return r.enough(s)
}
