package evidence

import (
	"context"
	"strings"
)

var locustFormat = Format{Name: "Locust statistics", Unit: "ms", Clock: NoClock, Corrected: fromSend,
	Failures: "included, in its quantiles, too", StepNs: 1e7,
	Silent: []string{noInstances, "when requests came", "statuses", "quantiles to more than two digits above 100 ms: they are rounded to 10 ms from there, 100 ms from 1 s, and may lie beyond the maximum"}}

func locustReaders() []*reader {
	return []*reader{
		{format: &locustFormat, recognises: firstLine("Type,Name,Request Count,Failure Count,Median Response Time"), sum: sumLocust},
		{format: &locustFormat, recognises: firstLine("Timestamp,User Count,Type,Name,Requests/s,Failures/s"), sum: sumLocust},
	}
}

// sumLocust reads the row over all, the last of its name: of a history, that is
// the state at the end.
func sumLocust(ctx context.Context, s *Source, r *Result) error {
	t := s.records(ctx, r, ',', nil)
	var last row
	var first, end int64
	for {
		x, more := t.next()
		if !more {
			break
		}
		if x.get("Name") != "Aggregated" {
			if n := wholeNumber(x.get("Request Count")); n > 0 {
				r.Classes = append(r.Classes, &Class{Name: printable([]byte(strings.TrimSpace(x.get("Type") + " " + x.get("Name")))), Requests: n, Failed: min(n, wholeNumber(x.get("Failure Count")))})
			}
			continue
		}
		last = row{x.at, append([]string(nil), x.fields...)}
		if at := epochNs(x.get("Timestamp"), 1e9); at >= 0 {
			if end = at; first == 0 {
				first = at
			}
		}
	}
	if last.fields == nil {
		return t.in.nothing("there is no row of the name Aggregated")
	}
	either := func(names ...string) string {
		for _, name := range names {
			if v := last.get(name); v != "" && v != "N/A" {
				return v
			}
		}
		return ""
	}
	ms := func(names ...string) int64 { return numberNs(either(names...), "ms") }
	r.Latency.set(ms("Average Response Time", "Total Average Response Time"), ms("Min Response Time", "Total Min Response Time"), ms("Max Response Time", "Total Max Response Time"))
	r.Latency.addQuantile(0.5, ms("Median Response Time", "Total Median Response Time"))
	for name := range last.at {
		if percent, ok := strings.CutSuffix(name, "%"); ok {
			r.Latency.addQuantile(firstNumber(percent)/100, ms(name))
		}
	}
	r.Requests = wholeNumber(either("Request Count", "Total Request Count"))
	r.fail("as Locust judges", wholeNumber(either("Failure Count", "Total Failure Count")))
	r.Failed = wholeNumber(either("Failure Count", "Total Failure Count"))
	r.ThroughputRps = max(0, firstNumber(either("Requests/s")))
	if first > 0 {
		r.StartNs, r.Dated, r.DurationNs = first, true, end-first
	} else if r.ThroughputRps > 0 {
		r.seconds(float64(r.Requests) / r.ThroughputRps)
	}
	r.OfAll, r.Latency.Count = true, r.Requests
	return r.enough(s)
}
