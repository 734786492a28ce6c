package evidence

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/model/stats"
)

// Part is a result with the number of instances that served it.
type Part struct {
	Result    *Result
	Instances int
}

// Curve makes one curve of results, a point for each number of instances.
// Several results with the same number are repeats: their means have the 95 %
// interval that these leave. What no result says is 0, and a warning of the
// curve; limits and verdicts are empty, since only what was asked of the system
// and its utilisation tell them.
func Curve(name, version string, parts []Part) (*model.Curve, error) {
	c := &model.Curve{Schema: model.CurveSchema, Kind: model.Imported, Name: name, Version: version, Points: []model.Point{}, Warnings: []string{}}
	bySize := map[int][]*Result{}
	for _, p := range parts {
		if p.Instances < 1 {
			return nil, fmt.Errorf("%s: the number of instances is %d; at least 1 is wanted", p.Result.Source, p.Instances)
		}
		bySize[p.Instances] = append(bySize[p.Instances], p.Result)
	}
	for _, n := range slices.Sorted(maps.Keys(bySize)) {
		p, err := point(n, bySize[n])
		if err != nil {
			return nil, err
		}
		c.Points = append(c.Points, p)
	}
	if len(c.Points) == 0 {
		return nil, errors.New("there is nothing to make a curve of")
	}
	c.Warnings = append(c.Warnings, aboutAll(parts)...)
	return c, nil
}

// aboutAll are the warnings that hold for a whole curve.
func aboutAll(parts []Part) (list []string) {
	var names []string
	formats := map[string]bool{}
	for _, p := range parts {
		if !formats[p.Result.Format.Name] {
			formats[p.Result.Format.Name] = true
			names = append(names, p.Result.Format.Name)
		}
		if text := p.Result.skippedWords(); text != "" {
			list = append(list, p.Result.Source+": "+text)
		}
		for _, text := range p.Result.Doubts {
			list = append(list, p.Result.Source+": "+text)
		}
	}
	if len(names) > 1 {
		list = append(list, fmt.Sprintf("the files do not measure the same: latencies of a %s and of a %s count from other moments", names[0], names[1]))
	}
	return list
}

// point sums up the repeats of one number of instances.
func point(n int, repeats []*Result) (model.Point, error) {
	p := model.Point{Instances: n, Replications: len(repeats), Share: []int64{}, Warnings: []string{}}
	p.Errors.ByStatus = map[string]int64{}
	var err error
	of := func(what func(*Result) float64) (e model.Estimate) {
		var xs []float64
		for _, r := range repeats {
			xs = append(xs, what(r))
		}
		for _, x := range xs {
			if !(x >= 0 && x <= 1e15) && err == nil {
				err = fmt.Errorf("%s: a figure of %g is beyond all sense", repeats[0].Source, x)
			}
		}
		e, _ = stats.Mean(xs, 0.95) // of one there is no interval
		return e
	}
	p.ThroughputRps = of((*Result).Rps)
	p.OfferedRps = of((*Result).OfferedRps).Value
	p.Errors.Rate = of((*Result).ErrorRate)
	p.InSystem = of(func(r *Result) float64 { return r.inSystem() })
	p.DurationS = of(func(r *Result) float64 { return max(0, float64(r.DurationNs)/1e9) }).Value
	ms := func(q float64) model.Estimate {
		return of(func(r *Result) float64 { return r.Latency.QuantileMs(q) })
	}
	p.LatencyMs = model.Latency{P50: ms(0.5), P90: ms(0.9), P95: ms(0.95), P99: ms(0.99), P999: ms(0.999),
		Mean: of(func(r *Result) float64 { return max(0, r.Latency.MeanNs/1e6) }),
		Max:  of(func(r *Result) float64 { return max(0, float64(r.Latency.MaxNs)/1e6) })}
	if len(repeats) > 1 {
		p.Rounds = len(repeats)
	}
	for _, r := range repeats {
		p.Completed += r.Requests - r.Failed
		for status, count := range r.ByStatus {
			p.Errors.ByStatus[status] += count
		}
		for i, x := range r.Counted() {
			if i == len(p.Share) {
				p.Share = append(p.Share, 0)
			}
			p.Share[i] += x.Requests
		}
	}
	p.Distribution = distribution(repeats)
	p.Warnings = append(p.Warnings, lacking(&p, repeats)...)
	return p, err
}

// inSystem is the time average of requests inside, by Little's law; of failed
// ones without a time nothing is known, and they count as the others.
func (r *Result) inSystem() float64 {
	if r.Latency.MeanNs < 0 {
		return 0
	}
	return r.Rps() * r.Latency.MeanNs / 1e9
}

// lacking are warnings of what a point does not have.
func lacking(p *model.Point, repeats []*Result) (list []string) {
	l := &p.LatencyMs
	var absent []string
	for _, q := range []struct {
		name string
		of   model.Estimate
	}{{"p50", l.P50}, {"p90", l.P90}, {"p95", l.P95}, {"p99", l.P99}, {"p99.9", l.P999}} {
		if q.of.Value == 0 && repeats[0].Latency.Known() && repeats[0].Latency.Histogram == nil {
			absent = append(absent, q.name)
		}
	}
	if len(absent) > 0 {
		list = append(list, fmt.Sprintf("the files do not state %s", listed(absent)))
	}
	if !repeats[0].Latency.Known() {
		list = append(list, "the files have no latencies")
	}
	if step := repeats[0].Format.StepNs; step >= 1e6 && l.P50.Value > 0 && l.P50.Value < 10*float64(step)/1e6 {
		list = append(list, fmt.Sprintf("latencies are in steps of %s ms, which is much of a p50 of %s ms", plain(float64(step)/1e6), plain(l.P50.Value)))
	}
	if repeats[0].OfAll && repeats[0].Failed > 0 {
		list = append(list, "latencies are of failed requests, too")
	}
	return list
}

// distribution is that of all repeats, at probabilities that lie evenly on a plot
// of percentiles.
func distribution(repeats []*Result) (list []model.Quantile) {
	var all *hdrhistogram.Histogram
	for _, r := range repeats {
		switch {
		case r.Latency.Histogram == nil:
			return repeats[0].Latency.Quantiles
		case all == nil:
			all = newHistogram(allDigits)
			fallthrough
		default:
			all.Merge(r.Latency.Histogram)
		}
	}
	if all == nil || all.TotalCount() == 0 {
		return nil
	}
	add := func(q float64) {
		list = append(list, model.Quantile{Q: math.Round(q*1e9) / 1e9, LatencyMs: quantileMs(all, q)})
	}
	for i := range 10 {
		add(float64(i) / 20)
	}
	for tail := 0.5; float64(all.TotalCount())*tail >= 5; tail *= 0.8 {
		add(1 - tail)
	}
	return list
}

// plain is a number with three digits, or whole.
func plain(v float64) string {
	if v >= 1000 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 3, 64), 64)
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}

// listed is words in a sentence.
func listed(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " and " + words[last]
}
