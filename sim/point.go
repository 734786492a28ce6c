package sim

import (
	"math"
	"strconv"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/model/stats"
)

const confidence = 0.95

// point sums up the replications of one number of instances.
func point(cfg *system, outs []*outcome, warmNs int64) model.Point {
	p := model.Point{
		Instances:     len(cfg.stations),
		ThroughputRps: meanOf(outs, func(o *outcome) float64 { return perSecond(o.status[answered], o.windowNs) }),
		OfferedRps:    round(meanOf(outs, func(o *outcome) float64 { return perSecond(o.offered, o.windowNs) }).Value),
		LatencyMs:     latency(outs),

		LatencyOfAllMs: latencyOfAll(outs),

		InSystem:     meanOf(outs, func(o *outcome) float64 { return o.area.float() / float64(o.windowNs) }),
		Utilisation:  utilisation(cfg, outs),
		Errors:       failures(outs),
		Share:        shares(outs),
		WarmUpS:      float64(warmNs) / 1e9,
		DurationS:    float64(outs[0].windowNs) / 1e9,
		Replications: len(outs),
		Warnings:     []string{},
	}
	var cpu float64
	var periods, strikes int64
	for _, o := range outs {
		p.Completed += o.status[answered]
		for _, u := range o.used[:len(cfg.stations)] {
			cpu += u.cpuNs
			periods += u.periods
			strikes += u.strikes
		}
	}
	if p.Completed > 0 {
		p.CPUMsPerRequest = round(cpu / float64(p.Completed) / 1e6)
	}
	if periods > 0 {
		// A period may begin before the window and be struck within it.
		p.ThrottledFraction = round(math.Min(1, float64(strikes)/float64(periods)))
	}
	p.Distribution = distribution(merged(outs))
	p.Timeline = moments(outs)
	servicePoint(cfg, outs, &p)
	return p
}

// round keeps six digits: more would be noise, and fewer bits are left in
// which two processors could differ.
func round(x float64) float64 {
	y, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 6, 64), 64)
	if err != nil {
		panic(err)
	}
	return y
}

func perSecond(n, ns int64) float64 { return float64(n) / (float64(ns) / 1e9) }

// meanOf is the mean of a figure over replications.
func meanOf(outs []*outcome, of func(*outcome) float64) model.Estimate {
	xs := make([]float64, len(outs))
	for i, o := range outs {
		xs[i] = of(o)
	}
	mean, _ := stats.MeanSd(xs)
	return around(mean, xs)
}

// around is a value with the half-width that replications give it. Latencies
// and rates are not negative.
func around(value float64, xs []float64) model.Estimate {
	e, err := stats.Mean(xs, confidence)
	if err != nil {
		return model.Exactly(round(value))
	}
	half := (e.Hi - e.Lo) / 2
	return model.Estimate{Value: round(value), Lo: round(math.Max(0, value-half)), Hi: round(value + half)}
}

// merged is the latency of all replications together, in µs.
func merged(outs []*outcome) *hdrhistogram.Histogram {
	all := hdrhistogram.New(1, latencyMax, latencyDigits)
	for _, o := range outs {
		all.Merge(o.latency)
	}
	return all
}

// latency estimates the latency figures: a quantile is that of all
// replications together, its interval from their spread.
func latency(outs []*outcome) model.Latency {
	all := merged(outs)
	if all.TotalCount() == 0 {
		return model.Latency{}
	}
	quantile := func(q float64) model.Estimate {
		xs := make([]float64, 0, len(outs))
		for _, o := range outs {
			if o.latency.TotalCount() > 0 {
				xs = append(xs, quantileMs(o.latency, q))
			}
		}
		return around(quantileMs(all, q), xs)
	}
	var maxNs int64
	for _, o := range outs {
		maxNs = max(maxNs, o.maxNs)
	}
	return model.Latency{
		Mean: meanOf(outs, meanMs),
		P50:  quantile(0.5), P90: quantile(0.9), P95: quantile(0.95), P99: quantile(0.99), P999: quantile(0.999),
		Max: model.Exactly(round(float64(maxNs) / 1e6)),
	}
}

// latencyOfAll has the quantiles over all finished requests, with failed ones
// later than any other.
func latencyOfAll(outs []*outcome) model.Latency {
	all := merged(outs)
	var finished int64
	for _, o := range outs {
		finished += o.finished()
	}
	if finished == all.TotalCount() && finished > 0 {
		return latency(outs)
	}
	quantile := func(q float64) model.Estimate {
		xs := make([]float64, len(outs))
		for i, o := range outs {
			xs[i] = quantileOfAllMs(o.latency, o.finished(), q)
		}
		return aroundFinite(quantileOfAllMs(all, finished, q), xs)
	}
	return model.Latency{Mean: meanOf(outs, meanMs), P50: quantile(0.5), P90: quantile(0.9), P95: quantile(0.95), P99: quantile(0.99), P999: quantile(0.999),
		Max: model.Exactly(math.Inf(1))}
}

// aroundFinite is around where some values may be infinite: the interval then
// reaches from the least to infinity.
func aroundFinite(value float64, xs []float64) model.Estimate {
	least, infinite := math.Inf(1), 0
	for _, x := range xs {
		least = math.Min(least, x)
		if math.IsInf(x, 1) {
			infinite++
		}
	}
	switch {
	case infinite == 0 && !math.IsInf(value, 1):
		return around(value, xs)
	case infinite == len(xs):
		return model.Exactly(math.Inf(1))
	case math.IsInf(value, 1):
		return model.Estimate{Value: value, Lo: round(least), Hi: value}
	}
	return model.Estimate{Value: round(value), Lo: round(math.Min(value, least)), Hi: math.Inf(1)}
}

// quantileOfAllMs is a quantile of finished requests, of which those in the
// histogram were answered.
func quantileOfAllMs(h *hdrhistogram.Histogram, finished int64, q float64) float64 {
	ok := h.TotalCount()
	if ok == 0 || float64(q*float64(finished)) > float64(ok) {
		return math.Inf(1)
	}
	return quantileMs(h, math.Min(1, float64(q*float64(finished)/float64(ok))))
}

// finished is how many requests ended, answered or not.
func (o *outcome) finished() (n int64) {
	for _, k := range o.status {
		n += k
	}
	return n
}

func meanMs(o *outcome) float64 {
	n := o.status[answered]
	if n == 0 {
		return 0
	}
	return o.sum.float() / float64(n) / 1e6
}

func quantileMs(h *hdrhistogram.Histogram, q float64) float64 {
	return float64(h.ValueAtQuantile(q*100)) * latencyUnitNs / 1e6
}

// utilisation is what parts used of what they have.
func utilisation(cfg *system, outs []*outcome) model.Utilisation {
	n := len(cfg.stations)
	instances := func(o *outcome) float64 {
		var used, has float64
		for i, u := range o.used[:n] {
			used += u.cpuNs
			has += float64(capacity(cfg.stations[i]) * float64(o.windowNs))
		}
		return used / has
	}
	workers := max(1, cfg.proxy.Workers)
	balancer := func(o *outcome) float64 {
		var used float64
		for _, u := range o.used[n : n+workers] {
			used += u.cpuNs
		}
		return used / float64(float64(workers)*float64(o.windowNs))
	}
	hosts := func(o *outcome) float64 {
		busiest := 0.0
		for h, c := range cfg.hosts[:cfg.instanceHosts] {
			if c > 0 {
				busiest = math.Max(busiest, hostUsed(cfg, o, int32(h))/float64(cores(c)*float64(o.windowNs)))
			}
		}
		return busiest
	}
	return model.Utilisation{Instances: meanOf(outs, instances), Balancer: meanOf(outs, balancer), Host: meanOf(outs, hosts)}
}

// capacity is what an instance can use at most, in cores: its limit, or its
// threads where it has none.
func capacity(s stationSpec) float64 {
	most := cores(s.speeds.most())
	if s.quotaNs > 0 {
		return math.Min(most, s.quotaNs/float64(s.periodNs))
	}
	return most
}

// hostUsed is the CPU time that everything on a host used.
func hostUsed(cfg *system, o *outcome, host int32) float64 {
	n := len(cfg.stations)
	workers := max(1, cfg.proxy.Workers)
	var used float64
	for i, u := range o.used {
		on := cfg.generatorHost
		switch {
		case i >= len(o.used)-cfg.tierStations():
			on = cfg.tierHost(i - (len(o.used) - cfg.tierStations()))
		case i < n:
			on = cfg.stations[i].host
		case i < n+workers:
			on = cfg.proxyHost
		}
		if on == host {
			used += u.cpuNs
		}
	}
	return used
}

// failures counts what clients saw.
func failures(outs []*outcome) model.Errors {
	e := model.Errors{ByStatus: map[string]int64{}}
	for s := range outcomes {
		var n int64
		for _, o := range outs {
			n += o.status[s]
		}
		if n == 0 {
			continue
		}
		e.ByStatus[named[s].status] += n
		if cause := named[s].cause; cause != "" {
			if e.ByCause == nil {
				e.ByCause = map[string]int64{}
			}
			e.ByCause[cause] += n
		}
	}
	e.Rate = meanOf(outs, func(o *outcome) float64 {
		all := o.finished()
		if all == 0 {
			return 0
		}
		return 1 - float64(o.status[answered])/float64(all)
	})
	return e
}

func shares(outs []*outcome) []int64 {
	sum := make([]int64, len(outs[0].share))
	for _, o := range outs {
		for i, n := range o.share {
			sum[i] += n
		}
	}
	return sum
}

// distribution is the latency at probabilities that lie evenly on a plot of
// percentiles: each decade towards 1 has the same number.
func distribution(h *hdrhistogram.Histogram) []model.Quantile {
	n := h.TotalCount()
	var d []model.Quantile
	add := func(q float64) { d = append(d, model.Quantile{Q: round(q), LatencyMs: round(quantileMs(h, q))}) }
	if n == 0 {
		return nil
	}
	for i := range 10 {
		add(float64(i) / 20)
	}
	for tail := 0.5; float64(n)*tail >= 5; tail *= 0.8 {
		add(1 - tail)
	}
	return d
}

// moments averages the timelines of all replications.
func moments(outs []*outcome) []model.Moment {
	if outs[0].timeline == nil {
		return nil
	}
	reps := float64(len(outs))
	var all []model.Moment
	for b := range outs[0].timeline.buckets {
		first := &outs[0].timeline.buckets[b]
		h := hdrhistogram.New(first.latency.LowestTrackableValue(), first.latency.HighestTrackableValue(), timelineDigits)
		var offered, answered, failed int64
		for _, o := range outs {
			m := &o.timeline.buckets[b]
			offered, answered, failed = offered+m.offered, answered+m.answered, failed+m.failed
			h.Merge(m.latency)
		}
		bucketNs := outs[0].timeline.bucketNs
		rate := func(n int64) float64 { return round(perSecond(n, bucketNs) / reps) }
		m := model.Moment{TimeS: round(float64(int64(b)*bucketNs) / 1e9), OfferedRps: rate(offered), ThroughputRps: rate(answered), ErrorsRps: rate(failed)}
		if answered > 0 {
			unit := float64(timelineUnitNs) / 1e6
			m.P50Ms = round(float64(float64(h.ValueAtQuantile(50)) * unit))
			m.P99Ms = round(float64(float64(h.ValueAtQuantile(99)) * unit))
		}
		m.InSystem = round(insideDuring(outs, int64(b)*bucketNs, bucketNs))
		m.ThroughputRange, m.P99Range = momentRanges(outs, b, m)
		all = append(all, m)
	}
	return all
}

// momentRanges are the intervals of throughput and p99 in a bucket of the
// timeline. A quantile is that of all replications together, its interval from
// the spread of their logarithms: a bucket has few answers, and some are late.
func momentRanges(outs []*outcome, bucket int, m model.Moment) (throughput, p99 *model.Range95) {
	var rates, times []float64
	for _, o := range outs {
		at := &o.timeline.buckets[bucket]
		rates = append(rates, perSecond(at.answered, o.timeline.bucketNs))
		if at.answered > 0 {
			times = append(times, float64(max(1, at.latency.ValueAtQuantile(99))))
		}
	}
	if len(outs) < 2 {
		return nil, nil
	}
	e := around(m.ThroughputRps, rates)
	throughput = &model.Range95{Lo: e.Lo, Hi: e.Hi}
	if len(times) == len(outs) { // one of some replications would be of another thing
		factor, _ := stats.Factor(times, confidence)
		// What is answered now was not asked before the load began.
		most := math.Max(m.P99Ms, float64(int64(bucket+1)*outs[0].timeline.bucketNs)/1e6)
		p99 = &model.Range95{Lo: round(m.P99Ms / factor), Hi: round(math.Min(most, float64(m.P99Ms*factor)))}
	}
	return throughput, p99
}

// insideDuring is the mean number in system from one instant on for some time,
// from the series that each replication keeps.
func insideDuring(outs []*outcome, fromNs, forNs int64) float64 {
	var area, time float64
	for _, o := range outs {
		for b := fromNs / o.bucketNs; b < int64(len(o.series)) && b*o.bucketNs < fromNs+forNs; b++ {
			area += float64(o.series[b])
			time += float64(o.bucketNs)
		}
	}
	if time == 0 {
		return 0
	}
	return area / time
}
