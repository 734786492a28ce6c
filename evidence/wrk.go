package evidence

import (
	"context"
	"strconv"
	"strings"
)

var wrkFormat = Format{Name: "wrk or wrk2 output", Unit: "us, ms, s, m or h as printed, with two decimals", Clock: NoClock,
	Corrected: "wrk: no; wrk2: yes, its recorded latency counts from when a request was due",
	Failures:  "counted apart: socket errors have no latency; other statuses than 2xx and 3xx are in the quantiles",
	Silent:    []string{noInstances, "when requests came", "statuses one by one", "quantiles beyond those printed: --latency prints more"}}

func wrkReaders() []*reader {
	return []*reader{{format: &wrkFormat, recognises: func(_ *Source, lines [][]byte) bool {
		return strings.HasPrefix(string(lines[0]), "Running ") && strings.Contains(string(lines[0]), " test @ ")
	}, sum: sumWrk}}
}

func sumWrk(ctx context.Context, s *Source, r *Result) error {
	list, err := texts(ctx, s)
	if err != nil {
		return err
	}
	uncorrected := false
	spectrum := false
	var sockets int64
	for i, line := range list {
		fields := strings.Fields(line)
		switch {
		case strings.HasPrefix(line, "Latency Distribution"), strings.HasPrefix(line, "Uncorrected Latency"):
			uncorrected = strings.Contains(line, "Uncorrected")
			if strings.Contains(line, "HdrHistogram") {
				r.Detail = "wrk2"
			}
		case strings.HasPrefix(line, "Detailed Percentile spectrum"):
			spectrum = true
		case strings.HasPrefix(line, "#[Mean"):
			spectrum = false
		case len(fields) == 5 && fields[0] == "Latency" && i > 0 && strings.HasPrefix(list[i-1], "Thread Stats"):
			r.Latency.set(durationNs(fields[1]), -1, durationNs(fields[3]))
		case len(fields) == 2 && strings.HasSuffix(fields[0], "%") && !uncorrected:
			q, err := strconv.ParseFloat(strings.TrimSuffix(fields[0], "%"), 64)
			if err == nil {
				r.Latency.addQuantile(q/100, durationNs(fields[1]))
			}
		case spectrum && !uncorrected && len(fields) == 4:
			if q, err := strconv.ParseFloat(fields[1], 64); err == nil {
				r.Latency.addQuantile(q, numberNs(fields[0], "ms"))
			}
		case strings.Contains(line, " requests in "):
			r.Requests = wholeNumber(line)
			_, after, _ := strings.Cut(line, " requests in ")
			took, _, _ := strings.Cut(after, ",")
			r.DurationNs = durationNs(took)
		case strings.HasPrefix(line, "Socket errors:"):
			for _, part := range strings.Split(strings.TrimPrefix(line, "Socket errors:"), ",") {
				if what, n, ok := strings.Cut(strings.TrimSpace(part), " "); ok {
					r.fail("socket: "+what, wholeNumber(n))
					sockets += wholeNumber(n)
				}
			}
		case strings.HasPrefix(line, "Non-2xx or 3xx responses:"):
			_, n, _ := strings.Cut(line, ": ")
			r.fail("not 2xx or 3xx", wholeNumber(n))
			r.Failed += wholeNumber(n)
			r.OfAll = true
		case strings.HasPrefix(line, "Requests/sec:"):
			_, n, _ := strings.Cut(line, ":")
			r.ThroughputRps = max(0, firstNumber(strings.TrimSpace(n)))
		}
	}
	r.Latency.Count = r.Requests
	r.Requests += sockets
	r.Failed += sockets
	return r.enough(s)
}
