package evidence

import (
	"context"
	"strconv"
	"strings"
)

var (
	abText = Format{Name: "ab output", Unit: "ms", StepNs: 1e6, Clock: NoClock, Corrected: fromSend,
		Failures: "counted apart; an answer of another length than the first counts as failed, too", Silent: []string{noInstances, "when requests came", "statuses one by one", "p99.9"}}
	abPercent = Format{Name: "ab -e file", Unit: "ms", StepNs: 1e3, Clock: NoClock, Corrected: fromSend, Failures: "absent",
		Silent: []string{noInstances, "how many requests there were, in what time, and how many failed: ab prints that"}}
	abGnuplot = Format{Name: "ab -g file", Unit: "ms", StepNs: 1e6, Clock: AtStart, Corrected: fromSend, Failures: "absent",
		Silent: []string{noInstances, "statuses", "when requests came more exactly than to a second"}}
)

func abReaders() []*reader {
	return []*reader{
		{format: &abText, recognises: contains(0, "This is ApacheBench"), sum: sumAB},
		{format: &abPercent, recognises: firstLine("Percentage served,Time in ms"), sum: sumABPercent},
		{format: &abGnuplot, recognises: firstLine("starttime\tseconds\tctime\tdtime\tttime\twait"), each: eachAB},
	}
}

func sumAB(ctx context.Context, s *Source, r *Result) error {
	list, err := texts(ctx, s)
	if err != nil {
		return err
	}
	ms := func(text string) int64 { return numberNs(text, "ms") }
	percents := false
	for _, line := range list {
		label, rest, _ := strings.Cut(line, ":")
		rest = strings.TrimSpace(rest)
		fields := strings.Fields(line)
		switch {
		case label == "Time taken for tests":
			r.seconds(firstNumber(rest))
		case label == "Complete requests":
			r.Requests = wholeNumber(rest)
		case label == "Failed requests":
			r.fail("as ab judges", wholeNumber(rest))
			r.Failed = max(r.Failed, wholeNumber(rest))
		case label == "Non-2xx responses":
			r.fail("not 2xx", wholeNumber(rest))
			r.Failed = max(r.Failed, wholeNumber(rest))
		case label == "Requests per second":
			r.ThroughputRps = max(0, firstNumber(rest))
		case label == "Total" && len(fields) == 6:
			r.Latency.set(ms(fields[2]), ms(fields[1]), ms(fields[5]))
		case strings.HasPrefix(line, "Percentage of the requests served"):
			percents = true
		case percents && len(fields) >= 2 && strings.HasSuffix(fields[0], "%"):
			r.Latency.addQuantile(firstNumber(fields[0])/100, ms(fields[1]))
		}
	}
	r.OfAll, r.Latency.Count = true, r.Requests
	return r.enough(s)
}

func sumABPercent(ctx context.Context, s *Source, r *Result) error {
	t := s.records(ctx, r, ',', nil)
	for {
		x, more := t.next()
		if !more {
			break
		}
		q, err := strconv.ParseFloat(x.get("Percentage served"), 64)
		ns := numberNs(x.get("Time in ms"), "ms")
		if err != nil || ns < 0 {
			t.in.skip([]byte(strings.Join(x.fields, ",")), "is no percentage with a time")
			continue
		}
		t.in.used = true
		r.Latency.addQuantile(q/100, ns)
	}
	if !t.in.used || t.in.err != nil {
		return t.in.nothing("not one line is a percentage with a time")
	}
	r.OfAll = true
	return nil
}

func eachAB(ctx context.Context, s *Source, _ Options, r *Result, give func(*Request)) error {
	r.Dated = true
	return eachRow(ctx, s, r, '\t', nil, give, func(x row, q *Request) (bool, string) {
		q.TookNs, q.StartNs = numberNs(x.get("ttime"), "ms"), epochNs(x.get("seconds"), 1e9)
		if q.TookNs < 0 || q.StartNs < 0 {
			return false, "has no time"
		}
		q.Status, q.Class = -1, []byte("all")
		return true, ""
	})
}

// epochNs reads a whole number of some unit since 1970; -1 is none.
func epochNs(text string, unit int64) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil || n < 0 || n > 7e18/unit {
		return -1
	}
	return n * unit
}
