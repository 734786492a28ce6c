package evidence

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
)

var (
	ohaJSON = Format{Name: "oha report", Unit: "s", Clock: NoClock, Corrected: "only with -q and --latency-correction; the file does not say",
		Failures: apart, Silent: []string{noInstances, "when requests came"}}
	ohaCSV = Format{Name: "oha CSV file", Unit: "s", Clock: AtStart, Corrected: ohaJSON.Corrected, Failures: "absent: only requests with an answer are rows",
		Silent: []string{noInstances, "how many requests had no answer", "what day it was"}}
)

func ohaReaders() []*reader {
	return []*reader{
		{format: &ohaJSON, recognises: contains('{', `"successRate"`, `"latencyPercentiles"`), sum: sumOha},
		{format: &ohaCSV, recognises: firstLine("request-start,DNS,DNS+dialup,Response-delay,request-duration,bytes,status"), each: eachOha},
	}
}

func sumOha(ctx context.Context, s *Source, r *Result) error {
	var v struct {
		Summary struct {
			Total, Slowest, Fastest, Average, RequestsPerSec *float64
		}
		LatencyPercentiles     map[string]*float64
		StatusCodeDistribution map[string]int64
		ErrorDistribution      map[string]int64
	}
	if err := decode(ctx, s, r, &v); err != nil {
		return err
	}
	secs := func(x *float64) int64 {
		if x == nil {
			return -1
		}
		return toNs(*x, "s")
	}
	for name, x := range v.LatencyPercentiles {
		if q, err := strconv.ParseFloat(strings.TrimPrefix(name, "p"), 64); err == nil {
			r.Latency.addQuantile(q/100, secs(x))
		}
	}
	r.Latency.set(secs(v.Summary.Average), secs(v.Summary.Fastest), secs(v.Summary.Slowest))
	for status, n := range v.StatusCodeDistribution {
		r.status(status, n)
		r.Latency.Count += n
	}
	for words, n := range v.ErrorDistribution {
		r.fail(printable([]byte(words)), n)
	}
	r.tally()
	r.OfAll = true
	r.DurationNs = secs(v.Summary.Total)
	if v.Summary.RequestsPerSec != nil {
		r.ThroughputRps = max(0, *v.Summary.RequestsPerSec)
	}
	return r.enough(s)
}

func eachOha(ctx context.Context, s *Source, _ Options, r *Result, give func(*Request)) error {
	return eachRow(ctx, s, r, ',', nil, give, func(x row, q *Request) (bool, string) {
		q.TookNs, q.StartNs = numberNs(x.get("request-duration"), "s"), numberNs(x.get("request-start"), "s")
		status, err := strconv.Atoi(x.get("status"))
		if q.TookNs < 0 || q.StartNs < 0 || err != nil || status < 0 || status > 999 {
			return false, "has no start, duration or status"
		}
		q.Status, q.Failed, q.Class = status, judge(status), []byte("all")
		return true, ""
	})
}

// looseNumber is a number that JSON may have as a text.
type looseNumber float64

func (n *looseNumber) UnmarshalJSON(data []byte) error {
	v, err := strconv.ParseFloat(strings.Trim(string(data), `"`), 64)
	if err != nil {
		return json.Unmarshal(data, (*float64)(n))
	}
	*n = looseNumber(v)
	return nil
}
