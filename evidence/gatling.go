package evidence

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"regexp"
	"strings"
)

var (
	gatlingLog = Format{Name: "Gatling simulation.log", Unit: "ms", StepNs: 1e6, Clock: AtStart, Corrected: fromSend, Failures: "included: KO",
		Silent: []string{noInstances, "statuses"}}
	gatlingHTML = Format{Name: "Gatling report", Unit: "ms", StepNs: 1e6, Clock: NoClock, Corrected: fromSend, Failures: "counted apart: KO",
		Silent: []string{noInstances, "statuses", "quantiles over the whole run: its series have those of each second, of which the medians are taken"}}
)

func gatlingReaders() []*reader {
	return []*reader{
		{format: &gatlingLog, recognises: func(_ *Source, lines [][]byte) bool {
			return bytes.HasPrefix(lines[0], []byte("RUN\t")) || bytes.HasPrefix(lines[0], []byte("REQUEST\t"))
		}, each: eachGatling},
		{format: &gatlingHTML, recognises: contains('<', "Gatling Stats"), sum: sumGatling},
		{format: &gatlingHTML, recognises: contains('{', `"numberOfRequests"`, `"percentiles1"`), sum: sumGatlingStats},
	}
}

// eachGatling reads the text log of version 3.0 to 3.11; later ones are binary.
func eachGatling(ctx context.Context, s *Source, _ Options, r *Result, give func(*Request)) error {
	r.Dated = true
	return eachLine(ctx, s, r, give, func(line []byte, q *Request) (bool, string) {
		text := string(line)
		if !strings.HasPrefix(text, "REQUEST\t") {
			for _, kind := range []string{"RUN\t", "USER\t", "GROUP\t", "ASSERTION\t", "ERROR\t"} {
				if strings.HasPrefix(text, kind) {
					return false, ""
				}
			}
			return false, "is no record of Gatling"
		}
		// REQUEST group name start end OK|KO message; versions before 3.4 have a
		// user after the kind.
		fields := strings.Split(text, "\t")
		for i := 3; i+2 < len(fields); i++ {
			start, end := epochNs(fields[i], 1e6), epochNs(fields[i+1], 1e6)
			judged := strings.TrimSpace(fields[i+2])
			if start >= 1e17 && end >= start && (judged == "OK" || judged == "KO") {
				q.StartNs, q.EndNs, q.TookNs = start, end, end-start
				q.Status, q.Failed, q.Class = -1, judged == "KO", []byte(fields[i-1])
				return true, ""
			}
		}
		return false, "has no start, end and OK or KO"
	})
}

// gatlingSeries are the series of requests and of percentiles of its pages: of
// each second, by [time, value].
var (
	gatlingSeries = regexp.MustCompile(`(?s)(?:var\s+)?(\w*)\s*=?\s*unpack\(\[(.*?)\]\)\s*;`)
	gatlingPair   = regexp.MustCompile(`\[(\d+),(null|\[[^\]]*\]|[\d.]+)\]`)
)

// sumGatling reads the series of index.html: requests a second by result, and
// response times by percentile.
func sumGatling(ctx context.Context, s *Source, r *Result) error {
	data, err := s.whole(ctx)
	if err != nil {
		return err
	}
	requests := false
	for _, m := range gatlingSeries.FindAllSubmatch(data, -1) {
		pairs := gatlingPair.FindAllSubmatch(m[2], -1)
		switch {
		case bytes.Contains(m[1], []byte("requests")) && !requests || strings.EqualFold(string(m[1]), "requests"):
			requests = gatlingRequests(r, pairs)
		case bytes.Contains(bytes.ToLower(m[1]), []byte("percentile")):
			gatlingPercentiles(r, pairs)
		}
	}
	return r.enough(s)
}

// gatlingRequests sums up [all, OK, KO] per second.
func gatlingRequests(r *Result, pairs [][][]byte) bool {
	var first, last float64
	r.Requests, r.Failed = 0, 0
	for i, p := range pairs {
		var values []float64
		if json.Unmarshal(p[2], &values) != nil || len(values) != 3 {
			continue
		}
		at := firstNumber(string(p[1]))
		if last = at; i == 0 {
			first = at
		}
		if values[0] < 0 || values[0] > 1e9 || values[2] < 0 || values[2] > values[0] {
			continue
		}
		r.Requests += int64(math.Round(values[0]))
		r.Failed += int64(math.Round(values[2]))
	}
	if r.Requests > 0 {
		r.ByError = nil
		r.fail("KO", r.Failed)
		r.seconds((last - first) + 1)
		if last > 1e11 { // in milliseconds
			r.seconds((last-first)/1000 + 1)
		}
	}
	return r.Requests > 0
}

// gatlingPercentiles takes the medians over seconds of min, p25, p50, p75, p80,
// p85, p90, p95, p99 and max.
func gatlingPercentiles(r *Result, pairs [][][]byte) {
	at := []float64{0, 0.25, 0.5, 0.75, 0.8, 0.85, 0.9, 0.95, 0.99, 1}
	columns := make([][]float64, len(at))
	for _, p := range pairs {
		var values []float64
		if json.Unmarshal(p[2], &values) != nil || len(values) != len(at) {
			continue
		}
		for i, v := range values {
			columns[i] = append(columns[i], v)
		}
	}
	for i, column := range columns {
		if len(column) > 0 && at[i] > 0 && at[i] < 1 {
			r.Latency.addQuantile(at[i], toNs(median(column), "ms"))
		}
	}
	if most := columns[len(columns)-1]; len(most) > 0 {
		r.Latency.MaxNs = -1
		for _, v := range most {
			r.Latency.MaxNs = max(r.Latency.MaxNs, toNs(v, "ms"))
		}
	}
}

// sumGatlingStats reads js/global_stats.json beside the report.
func sumGatlingStats(ctx context.Context, s *Source, r *Result) error {
	type three struct{ Total, OK, KO looseNumber }
	var v struct {
		NumberOfRequests, MinResponseTime, MaxResponseTime, MeanResponseTime three
		Percentiles1, Percentiles2, Percentiles3, Percentiles4               three
		MeanNumberOfRequestsPerSecond                                        three
	}
	if err := decode(ctx, s, r, &v); err != nil {
		return err
	}
	ms := func(x looseNumber) int64 { return toNs(float64(x), "ms") }
	for i, p := range []three{v.Percentiles1, v.Percentiles2, v.Percentiles3, v.Percentiles4} { // by default
		r.Latency.addQuantile([]float64{0.5, 0.75, 0.95, 0.99}[i], ms(p.OK))
	}
	r.Latency.set(ms(v.MeanResponseTime.OK), ms(v.MinResponseTime.OK), ms(v.MaxResponseTime.OK))
	if n := float64(v.NumberOfRequests.Total); n >= 0 && n < 1e15 {
		r.Requests = int64(n)
		r.Failed = int64(max(0, min(n, float64(v.NumberOfRequests.KO))))
		r.fail("KO", r.Failed)
		r.Latency.Count = r.Requests - r.Failed
	}
	r.ThroughputRps = max(0, float64(v.MeanNumberOfRequestsPerSecond.Total))
	if r.ThroughputRps > 0 {
		r.seconds(float64(r.Requests) / r.ThroughputRps)
	}
	return r.enough(s)
}
