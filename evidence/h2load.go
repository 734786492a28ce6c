package evidence

import (
	"bytes"
	"context"
	"strconv"
	"strings"
)

var (
	h2loadText = Format{Name: "h2load output", Unit: "us, ms or s as printed", Clock: NoClock, Corrected: fromSend, Failures: apart,
		Silent: []string{noInstances, "when requests came", "any quantile: it has mean and maximum; --log-file has all requests"}}
	h2loadLog = Format{Name: "h2load log file", Unit: "us", Clock: AtStart, Corrected: fromSend, Failures: "included: status -1 is no answer",
		Silent: []string{noInstances, "classes of requests"}}
)

func h2loadReaders() []*reader {
	return []*reader{
		{format: &h2loadText, recognises: contains(0, "finished in ", "time for request:"), sum: sumH2load},
		{format: &h2loadLog, recognises: isH2loadLog, each: eachH2load},
	}
}

// isH2loadLog tells by three numbers with tabs between, the first microseconds
// since 1970.
func isH2loadLog(_ *Source, lines [][]byte) bool {
	fields := bytes.Split(lines[0], []byte("\t"))
	if len(fields) != 3 {
		return false
	}
	at, err := strconv.ParseInt(string(fields[0]), 10, 64)
	_, statusErr := strconv.Atoi(string(fields[1]))
	return err == nil && statusErr == nil && at > 1e14 && at < 1e17
}

func eachH2load(ctx context.Context, s *Source, _ Options, r *Result, give func(*Request)) error {
	r.Dated = true
	return eachRow(ctx, s, r, '\t', []string{"start", "status", "took"}, give, func(x row, q *Request) (bool, string) {
		q.StartNs, q.TookNs = epochNs(x.get("start"), 1000), numberNs(x.get("took"), "us")
		status, err := strconv.Atoi(x.get("status"))
		if q.StartNs < 0 || q.TookNs < 0 || err != nil || status > 999 {
			return false, "has no start, status and time"
		}
		q.Status = max(0, status)
		q.Failed, q.Class = judge(q.Status), []byte("all")
		return true, ""
	})
}

func sumH2load(ctx context.Context, s *Source, r *Result) error {
	list, err := texts(ctx, s)
	if err != nil {
		return err
	}
	for _, line := range list {
		label, rest, _ := strings.Cut(line, ":")
		rest = strings.TrimSpace(rest)
		fields := strings.Fields(rest)
		switch {
		case strings.HasPrefix(line, "finished in "):
			took, _, _ := strings.Cut(strings.TrimPrefix(line, "finished in "), ",")
			r.DurationNs = durationNs(took)
		case label == "status codes":
			for _, part := range strings.Split(rest, ",") {
				if f := strings.Fields(part); len(f) == 2 {
					r.status(f[1], wholeNumber(f[0]))
				}
			}
		case label == "requests":
			for _, part := range strings.Split(rest, ",") {
				// "failed" counts those with a status from 400 on, "errored" and
				// "timeout" those without any, which failed has, too.
				if f := strings.Fields(part); len(f) == 2 && (f[1] == "errored" || f[1] == "timeout") {
					r.fail(f[1], wholeNumber(f[0]))
				}
			}
		case label == "time for request" && len(fields) >= 3:
			r.Latency.set(durationNs(fields[2]), durationNs(fields[0]), durationNs(fields[1]))
		}
	}
	r.tally()
	for _, n := range r.ByStatus {
		r.Latency.Count += n
	}
	r.OfAll = true
	return r.enough(s)
}
