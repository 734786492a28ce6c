package evidence

import (
	"bytes"
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

var (
	k6Points = Format{Name: "k6 result file", Unit: "ms", Clock: AtEnd, Corrected: "no: latency is sending, waiting and receiving, without time blocked or connecting; an arrival-rate executor that runs out of VUs drops iterations instead",
		Failures: "included: status 0 is no answer", Silent: []string{noInstances}}
	k6Summary = Format{Name: "k6 summary", Unit: "ms", Clock: NoClock, Corrected: k6Points.Corrected, Failures: "included, in its quantiles, too: statuses from 400 on, by k6's default",
		Silent: []string{noInstances, "when requests came", "statuses"}}
)

func k6Readers() []*reader {
	inSeconds := k6Points
	inSeconds.Name, inSeconds.StepNs = "k6 CSV file", 1e9
	return []*reader{
		{format: &k6Points, recognises: contains('{', `"metric":"`, `"type":"`, `"data":{`), each: eachK6JSON},
		{format: &inSeconds, recognises: firstLine("metric_name,timestamp,metric_value,"), each: eachK6CSV},
		{format: &k6Summary, recognises: contains('{', `"metrics"`, `"http_req`), sum: sumK6},
	}
}

// k6Duration is the metric with a point a request.
const k6Duration = "http_req_duration"

func eachK6JSON(ctx context.Context, s *Source, _ Options, r *Result, give func(*Request)) error {
	r.Dated = true
	return eachLine(ctx, s, r, give, func(line []byte, q *Request) (bool, string) {
		if !bytes.Contains(line, []byte(`"`+k6Duration+`"`)) && bytes.HasPrefix(line, []byte("{")) && bytes.HasSuffix(line, []byte("}")) {
			return false, ""
		}
		var v struct {
			Metric, Type string
			Data         struct {
				Time  time.Time
				Value float64
				Tags  map[string]string
			}
		}
		if json.Unmarshal(line, &v) != nil {
			return false, "is no point of k6"
		}
		if v.Metric != k6Duration || v.Type != "Point" {
			return false, ""
		}
		q.EndNs = v.Data.Time.UnixNano()
		k6Request(q, v.Data.Value, v.Data.Tags["status"], v.Data.Tags["method"], v.Data.Tags["name"])
		if q.TookNs < 0 || v.Data.Time.IsZero() || q.EndNs < 0 {
			return false, "has no time or value"
		}
		return true, ""
	})
}

func k6Request(q *Request, ms float64, status, method, name string) {
	q.TookNs = toNs(ms, "ms")
	q.Status, _ = strconv.Atoi(status)
	q.Status = max(0, min(q.Status, 999))
	q.Failed = judge(q.Status)
	q.Method, q.Path = []byte(method), []byte(name)
}

func eachK6CSV(ctx context.Context, s *Source, _ Options, r *Result, give func(*Request)) error {
	r.Dated = true
	return eachRow(ctx, s, r, ',', nil, give, func(x row, q *Request) (bool, string) {
		switch name := x.get("metric_name"); {
		case name == "":
			return false, "has no metric's name"
		case name != k6Duration:
			return false, ""
		}
		value, err := strconv.ParseFloat(x.get("metric_value"), 64)
		if q.EndNs = k6Time(x.get("timestamp")); err != nil || q.EndNs < 0 {
			return false, "has no time or value"
		}
		k6Request(q, value, x.get("status"), x.get("method"), x.get("name"))
		if q.TookNs < 0 {
			return false, "has no time or value"
		}
		return true, ""
	})
}

// k6Time reads what K6_CSV_TIME_FORMAT chooses; -1 is none.
func k6Time(text string) int64 {
	if at, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return at.UnixNano()
	}
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil || n < 0:
		return -1
	case n < 1e11:
		return n * 1e9
	case n < 1e14:
		return n * 1e6
	case n < 1e17:
		return n * 1e3
	}
	return n
}

// k6Metric is one of a summary: flat from --summary-export, with its values
// inside from handleSummary.
type k6Metric map[string]json.RawMessage

func (m k6Metric) number(name string) (float64, bool) {
	raw, ok := m[name]
	if !ok {
		var values map[string]json.RawMessage
		if json.Unmarshal(m["values"], &values) != nil {
			return 0, false
		}
		if raw, ok = values[name]; !ok {
			return 0, false
		}
	}
	var v float64
	return v, json.Unmarshal(raw, &v) == nil
}

func (m k6Metric) names() (list []string) {
	var values map[string]json.RawMessage
	if json.Unmarshal(m["values"], &values) != nil {
		values = m
	}
	for name := range values {
		list = append(list, name)
	}
	return list
}

func sumK6(ctx context.Context, s *Source, r *Result) error {
	var v struct{ Metrics map[string]k6Metric }
	if err := decode(ctx, s, r, &v); err != nil {
		return err
	}
	d := v.Metrics[k6Duration]
	ms := func(name string) int64 {
		if x, ok := d.number(name); ok {
			return toNs(x, "ms")
		}
		return -1
	}
	r.Latency.set(ms("avg"), ms("min"), ms("max"))
	r.Latency.addQuantile(0.5, ms("med"))
	for _, name := range d.names() {
		if p, ok := strings.CutPrefix(name, "p("); ok {
			if q, err := strconv.ParseFloat(strings.TrimSuffix(p, ")"), 64); err == nil {
				r.Latency.addQuantile(q/100, ms(name))
			}
		}
	}
	count, _ := v.Metrics["http_reqs"].number("count")
	rate, _ := v.Metrics["http_reqs"].number("rate")
	if count >= 0 && count < 1e15 {
		r.Requests, r.Latency.Count = int64(count), int64(count)
	}
	r.OfAll = true
	if failed, ok := v.Metrics["http_req_failed"].number("passes"); ok && failed >= 0 && failed <= count { // that so many failed passes k6's question
		r.fail("as k6 judges", int64(failed))
		r.Failed = int64(failed)
	}
	if rate > 0 {
		r.seconds(count / rate)
	}
	return r.enough(s)
}
