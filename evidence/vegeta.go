package evidence

import (
	"bytes"
	"context"
	"encoding/gob"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"time"
)

var (
	vegetaResults = Format{Name: "vegeta result file", Unit: "ns", Clock: AtStart, Corrected: fromSend + ", which its open loop keeps to plan unless it ran out of workers",
		Failures: "included: code 0 is no answer", Silent: []string{noInstances, "what rate was asked for"}}
	vegetaReport = Format{Name: "vegeta report", Unit: "ns", Clock: NoClock, Corrected: fromSend, Failures: "included, in its quantiles, too",
		Silent: []string{noInstances, "when requests came", "classes of requests", "p90, p95 and p99 of answered requests alone"}}
)

func vegetaReaders() []*reader {
	return []*reader{
		{format: &vegetaResults, recognises: contains('{', `"attack":`, `"seq":`, `"latency":`), each: eachVegetaJSON},
		{format: &vegetaResults, recognises: isVegetaCSV, each: eachVegetaCSV},
		{format: &vegetaResults, recognises: contains(0, "Result", "Attack", "Latency", "Timestamp", "BytesOut"), each: eachVegetaGob},
		{format: &vegetaReport, recognises: contains('{', `"latencies"`, `"99th"`, `"status_codes"`), sum: sumVegeta},
	}
}

// vegetaResult is one result, in the names that gob and JSON have for it.
type vegetaResult struct {
	Code      uint16
	Timestamp time.Time
	Latency   time.Duration
	Error     string
	Method    string
	URL       string
}

func (v *vegetaResult) request(q *Request) (ok bool, why string) {
	q.StartNs, q.TookNs = v.Timestamp.UnixNano(), int64(v.Latency)
	if v.Timestamp.IsZero() || q.StartNs < 0 || q.TookNs < 0 || q.TookNs > nsMost {
		return false, "has no timestamp or latency"
	}
	q.Status, q.Method, q.Path = int(v.Code), []byte(v.Method), []byte(v.URL)
	q.Failed = judge(q.Status)
	return true, ""
}

func eachVegetaJSON(ctx context.Context, s *Source, _ Options, r *Result, give func(*Request)) error {
	r.Dated = true
	return eachLine(ctx, s, r, give, func(line []byte, q *Request) (bool, string) {
		var v vegetaResult
		if json.Unmarshal(line, &v) != nil {
			return false, "is no result as JSON"
		}
		return v.request(q)
	})
}

// vegetaColumns are those of its CSV, which has no heading.
var vegetaColumns = []string{"timestamp", "code", "latency", "out", "in", "error", "body", "attack", "seq", "method", "url", "headers"}

func isVegetaCSV(_ *Source, lines [][]byte) bool {
	fields := bytes.Split(lines[0], []byte(","))
	if len(fields) < len(vegetaColumns) {
		return false
	}
	stamp, err := strconv.ParseInt(string(fields[0]), 10, 64)
	code, codeErr := strconv.Atoi(string(fields[1]))
	return err == nil && stamp > 1e17 && codeErr == nil && code < 1000
}

func eachVegetaCSV(ctx context.Context, s *Source, _ Options, r *Result, give func(*Request)) error {
	r.Dated = true
	return eachRow(ctx, s, r, ',', vegetaColumns, give, func(x row, q *Request) (bool, string) {
		stamp, err := strconv.ParseInt(x.get("timestamp"), 10, 64)
		code, codeErr := strconv.ParseUint(x.get("code"), 10, 16)
		if err != nil || codeErr != nil || len(x.fields) != len(vegetaColumns) {
			return false, "has not the twelve columns of vegeta"
		}
		v := vegetaResult{Code: uint16(code), Timestamp: time.Unix(0, stamp), Latency: time.Duration(numberNs(x.get("latency"), "ns")), Method: x.get("method"), URL: x.get("url")}
		return v.request(q)
	})
}

// eachVegetaGob reads what vegeta writes by itself. Gob has no lines to go on at,
// so that the first fault ends it.
func eachVegetaGob(ctx context.Context, s *Source, _ Options, r *Result, give func(*Request)) error {
	r.Dated = true
	d := gob.NewDecoder(s.r)
	for n := 0; ; n++ {
		if n%8192 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		var v vegetaResult
		err := d.Decode(&v)
		if err == nil {
			q := Request{StartNs: -1, EndNs: -1, TookNs: -1}
			if ok, why := v.request(&q); !ok {
				r.Skipped.add(int64(n+1), nil, why)
				continue
			}
			q.complete()
			give(&q)
			continue
		}
		switch {
		case n == 0:
			return s.fault("holds nothing that can be used: it looks like a vegeta result file: %v", err)
		case !errors.Is(err, io.EOF):
			r.Doubts = append(r.Doubts, "the file is cut off or damaged in the middle; what comes before is used")
		}
		return nil
	}
}

func sumVegeta(ctx context.Context, s *Source, r *Result) error {
	var v struct {
		Latencies struct {
			Mean, Max, Min float64
			P50            float64 `json:"50th"`
			P90            float64 `json:"90th"`
			P95            float64 `json:"95th"`
			P99            float64 `json:"99th"`
		}
		Duration, Wait float64
		Requests       int64
		Earliest       time.Time
		StatusCodes    map[string]int64 `json:"status_codes"`
	}
	if err := decode(ctx, s, r, &v); err != nil {
		return err
	}
	l := &v.Latencies
	for _, q := range []struct{ q, ns float64 }{{0.5, l.P50}, {0.9, l.P90}, {0.95, l.P95}, {0.99, l.P99}} {
		r.Latency.addQuantile(q.q, toNs(q.ns, "ns"))
	}
	r.Latency.set(toNs(l.Mean, "ns"), toNs(l.Min, "ns"), toNs(l.Max, "ns"))
	r.Latency.Count, r.OfAll = v.Requests, true
	for code, n := range v.StatusCodes {
		r.status(code, n)
	}
	r.tally()
	r.StartNs, r.Dated = v.Earliest.UnixNano(), true
	r.seconds((v.Duration + v.Wait) / 1e9)
	return r.enough(s)
}
