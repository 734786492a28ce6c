package evidence

import (
	"context"
	"strconv"
	"strings"
)

var (
	heyCSV = Format{Name: "hey CSV file", Unit: "s", StepNs: 1e5, Clock: AtStart, Corrected: fromSend,
		Failures: "absent: requests without an answer are no rows", Silent: []string{noInstances, "how many requests had no answer", "what day it was", "more than a million requests"}}
	heyText = Format{Name: "hey summary", Unit: "s", StepNs: 1e5, Clock: NoClock, Corrected: fromSend,
		Failures: apart, Silent: []string{noInstances, "when requests came", "p99.9"}}
)

func heyReaders() []*reader {
	return []*reader{
		{format: &heyCSV, recognises: firstLine("response-time,DNS+dialup,DNS,Request-write,"), each: eachHey},
		{format: &heyText, recognises: contains(0, "Summary:", "Response time histogram:", "Requests/sec:", "Details (average, fastest, slowest)"), sum: sumHey},
	}
}

func eachHey(ctx context.Context, s *Source, _ Options, r *Result, give func(*Request)) error {
	return eachRow(ctx, s, r, ',', nil, give, func(x row, q *Request) (bool, string) {
		q.TookNs, q.StartNs = numberNs(x.get("response-time"), "s"), numberNs(x.get("offset"), "s")
		status, err := strconv.Atoi(x.get("status-code"))
		if q.TookNs < 0 || q.StartNs < 0 || err != nil || status < 0 || status > 999 {
			return false, "has no response time, offset or status"
		}
		q.Status, q.Failed = status, judge(status)
		q.Class = []byte("all")
		return true, ""
	})
}

func sumHey(ctx context.Context, s *Source, r *Result) error {
	list, err := texts(ctx, s)
	if err != nil {
		return err
	}
	section := ""
	mean, least, most := int64(-1), int64(-1), int64(-1)
	secs := func(text string) int64 { return durationNs(strings.TrimSpace(text)) }
	for _, line := range list {
		label, rest, labelled := strings.Cut(line, ":")
		switch {
		case line == "":
		case labelled && strings.TrimSpace(rest) == "":
			section = label
		case section == "Summary" && label == "Total":
			r.DurationNs = secs(rest)
		case section == "Summary" && label == "Slowest":
			most = secs(rest)
		case section == "Summary" && label == "Fastest":
			least = secs(rest)
		case section == "Summary" && label == "Average":
			mean = secs(rest)
		case section == "Summary" && label == "Requests/sec":
			r.ThroughputRps = max(0, firstNumber(strings.TrimSpace(rest)))
		case section == "Latency distribution":
			percent, value, ok := strings.Cut(line, " in ")
			if q := firstNumber(percent); ok && q >= 0 {
				r.Latency.addQuantile(q/100, secs(value))
			}
		case section == "Status code distribution" && strings.HasPrefix(line, "["):
			status, n, _ := strings.Cut(strings.TrimPrefix(line, "["), "]")
			r.status(status, wholeNumber(strings.TrimSpace(n)))
		case section == "Error distribution" && strings.HasPrefix(line, "["):
			n, words, _ := strings.Cut(strings.TrimPrefix(line, "["), "]")
			r.fail(printable([]byte(strings.TrimSpace(words))), wholeNumber(n))
		}
	}
	r.Latency.set(mean, least, most)
	r.tally()
	r.OfAll = true
	for _, n := range r.ByStatus {
		r.Latency.Count += n
	}
	return r.enough(s)
}
