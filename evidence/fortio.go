package evidence

import (
	"context"
	"encoding/json"
	"strings"
	"time"
)

var (
	fortioReport = Format{Name: "fortio report", Unit: "s", Clock: NoClock, Corrected: fromSend + "; fortio catches up on calls that were late unless told not to",
		Failures: "counted apart, with a histogram of their own", Silent: []string{noInstances, "when requests came", "quantiles more exactly than its buckets (-r): those between are interpolated"}}
	fortioLog = Format{Name: "fortio access log", Unit: "s and ns", Clock: AtStart, Corrected: fromSend,
		Failures: "included: ok is false", Silent: []string{noInstances, "statuses"}}
)

func fortioReaders() []*reader {
	return []*reader{
		{format: &fortioReport, recognises: contains('{', `"RunType"`, `"DurationHistogram"`), sum: sumFortio},
		{format: &fortioLog, recognises: func(_ *Source, lines [][]byte) bool {
			first := string(lines[0])
			return strings.HasPrefix(first, `{"latency":`) && strings.Contains(first, `"thread":`) && strings.Contains(first, `"iter":`)
		}, each: eachFortio},
	}
}

func sumFortio(ctx context.Context, s *Source, r *Result) error {
	var v struct {
		StartTime         time.Time
		ActualQPS         float64
		ActualDuration    float64
		DurationHistogram struct {
			Count         int64
			Min, Max, Avg float64
			Percentiles   []struct{ Percentile, Value float64 }
		}
		ErrorsDurationHistogram *struct{ Count int64 }
		RetCodes                map[string]int64
	}
	if err := decode(ctx, s, r, &v); err != nil {
		return err
	}
	h := &v.DurationHistogram
	for _, p := range h.Percentiles {
		r.Latency.addQuantile(p.Percentile/100, toNs(p.Value, "s"))
	}
	if h.Count > 0 {
		r.Latency.set(toNs(h.Avg, "s"), toNs(h.Min, "s"), toNs(h.Max, "s"))
	}
	r.Latency.Count = h.Count
	for code, n := range v.RetCodes {
		switch {
		case len(code) == 3:
			r.status(code, n)
		case code == "SERVING" || code == "OK":
			r.status("200", n)
		default:
			r.fail("code "+printable([]byte(code)), n)
		}
	}
	r.tally()
	if !v.StartTime.IsZero() {
		r.StartNs, r.Dated = v.StartTime.UnixNano(), true
	}
	r.seconds(v.ActualDuration / 1e9)
	r.ThroughputRps, r.OfAll = max(0, v.ActualQPS), v.ErrorsDurationHistogram == nil
	return r.enough(s)
}

func eachFortio(ctx context.Context, s *Source, _ Options, r *Result, give func(*Request)) error {
	r.Dated = true
	return eachLine(ctx, s, r, give, func(line []byte, q *Request) (bool, string) {
		var v struct {
			Latency   *float64
			Timestamp *int64
			OK        bool
		}
		if json.Unmarshal(line, &v) != nil || v.Latency == nil || v.Timestamp == nil || *v.Timestamp < 0 {
			return false, "is no line of fortio's access log"
		}
		q.TookNs, q.StartNs = toNs(*v.Latency, "s"), *v.Timestamp
		if q.TookNs < 0 {
			return false, "has no latency"
		}
		q.Status, q.Failed, q.Class = -1, !v.OK, []byte("all")
		return true, ""
	})
}
