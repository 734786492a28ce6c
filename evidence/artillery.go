package evidence

import (
	"context"
	"strings"
)

var artilleryFormat = Format{Name: "artillery report", Unit: "ms", Clock: NoClock, Corrected: "no: latency counts to the first byte of the answer, from when a request was sent",
	Failures: "counted apart", Silent: []string{noInstances, "when requests came", "latency to the last byte", "quantiles more exactly than to a hundredth: they are of a sketch"}}

func artilleryReaders() []*reader {
	return []*reader{{format: &artilleryFormat, recognises: contains('{', `"aggregate"`, `"counters"`), sum: sumArtillery}}
}

func sumArtillery(ctx context.Context, s *Source, r *Result) error {
	var v struct {
		Aggregate struct {
			Counters                      map[string]int64
			Rates                         map[string]float64
			FirstCounterAt, LastCounterAt float64
			FirstMetricAt, LastMetricAt   float64
			Summaries                     map[string]map[string]*float64
		}
	}
	if err := decode(ctx, s, r, &v); err != nil {
		return err
	}
	a := &v.Aggregate
	times := a.Summaries["http.response_time"]
	ms := func(name string) int64 {
		if x := times[name]; x != nil {
			return toNs(*x, "ms")
		}
		return -1
	}
	r.Latency.addQuantile(0.5, ms("median"))
	for name := range times {
		if percent, ok := strings.CutPrefix(name, "p"); ok {
			q := firstNumber(percent)
			if percent == "999" {
				q = 99.9
			}
			r.Latency.addQuantile(q/100, ms(name))
		}
	}
	r.Latency.set(ms("mean"), ms("min"), ms("max"))
	for name, n := range a.Counters {
		if code, ok := strings.CutPrefix(name, "http.codes."); ok {
			r.status(code, n)
		} else if words, ok := strings.CutPrefix(name, "errors."); ok {
			r.fail(printable([]byte(words)), n)
		}
	}
	r.tally()
	for _, n := range r.ByStatus {
		r.Latency.Count += n
	}
	first, last := a.FirstCounterAt, a.LastCounterAt
	if a.FirstMetricAt > 0 {
		first, last = a.FirstMetricAt, a.LastMetricAt
	}
	if ns := toNs(first/1000, "s"); first > 0 && first < 1e14 {
		r.StartNs, r.Dated = max(ns, int64(first*1e6)), true
		r.seconds((last - first) / 1000)
	}
	r.OfAll = true
	return r.enough(s)
}
