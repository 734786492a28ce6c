package evidence

import (
	"context"
	"strings"
)

var bombardierFormat = Format{Name: "bombardier result", Unit: "us in JSON; as printed in text", Clock: NoClock, Corrected: fromSend,
	Failures: "counted apart, by kind of status", Silent: []string{noInstances, "when requests came", "statuses one by one", "p99.9"}}

func bombardierReaders() []*reader {
	return []*reader{
		{format: &bombardierFormat, recognises: contains('{', `"spec"`, `"numberOfConnections"`, `"result"`), sum: sumBombardier},
		{format: &bombardierFormat, recognises: contains(0, "Statistics        Avg      Stdev        Max", "Reqs/sec"), sum: sumBombardierText},
	}
}

func sumBombardier(ctx context.Context, s *Source, r *Result) error {
	var v struct {
		Result struct {
			TimeTakenSeconds                       float64
			Req1xx, Req2xx, Req3xx, Req4xx, Req5xx int64
			Others                                 int64
			Latency                                struct {
				Mean, Max   float64
				Percentiles map[string]float64
			}
		}
	}
	if err := decode(ctx, s, r, &v); err != nil {
		return err
	}
	x := &v.Result
	for percent, us := range x.Latency.Percentiles {
		r.Latency.addQuantile(firstNumber(percent)/100, toNs(us, "us"))
	}
	r.Latency.set(toNs(x.Latency.Mean, "us"), -1, toNs(x.Latency.Max, "us"))
	for i, n := range []int64{x.Req1xx, x.Req2xx, x.Req3xx, x.Req4xx, x.Req5xx} {
		r.status(kinds[i], n)
	}
	r.fail("others", x.Others)
	r.tally()
	r.seconds(x.TimeTakenSeconds)
	r.OfAll, r.Latency.Count = true, r.Requests
	return r.enough(s)
}

// kinds are statuses that are counted together.
var kinds = []string{"1xx", "2xx", "3xx", "4xx", "5xx"}

func sumBombardierText(ctx context.Context, s *Source, r *Result) error {
	list, err := texts(ctx, s)
	if err != nil {
		return err
	}
	for _, line := range list {
		fields := strings.Fields(line)
		switch {
		case len(fields) == 4 && fields[0] == "Reqs/sec":
			r.ThroughputRps = max(0, firstNumber(fields[1]))
		case len(fields) == 4 && fields[0] == "Latency":
			r.Latency.set(durationNs(fields[1]), -1, durationNs(fields[3]))
		case len(fields) == 2 && strings.HasSuffix(fields[0], "%"):
			r.Latency.addQuantile(firstNumber(fields[0])/100, durationNs(fields[1]))
		case strings.HasPrefix(line, "1xx - "), strings.HasPrefix(line, "others - "):
			for _, part := range strings.Split(line, ",") {
				kind, n, _ := strings.Cut(strings.TrimSpace(part), " - ")
				if kind == "others" {
					r.fail(kind, wholeNumber(n))
				} else {
					r.status(kind, wholeNumber(n))
				}
			}
		}
	}
	r.tally()
	r.OfAll, r.Latency.Count = true, r.Requests
	return r.enough(s)
}
