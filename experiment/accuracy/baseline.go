package accuracy

import (
	"math"
	"sort"

	"github.com/k9mil/velocitas/live/recorded"
	"github.com/k9mil/velocitas/model/fit"
	"github.com/k9mil/velocitas/model/queueing"
	"github.com/k9mil/velocitas/model/stats"
)

// Baselines are what one would do without a simulator, fitted on the same runs
// of one and two instances.
var Baselines = []string{"straight line", "USL", "M/M/c"}

// baseline predicts the figures of a run, by the names of metrics. What a
// baseline says nothing about is NaN.
type baseline func(c *recorded.Cell) recorded.Figures

// baselines fits all three to the calibration runs of one set. cost is a run's
// CPU time per request; with it a baseline gets the same correction as the
// simulator for the speed that the machine had (mechanism). Without (full), cost
// is 1 for all.
func baselines(set []*recorded.Cell, cost func(*recorded.Cell) float64) map[string]baseline {
	at := averages(set, cost)
	scaled := func(c *recorded.Cell, f recorded.Figures) recorded.Figures {
		k := cost(c)
		f.ThroughputRps /= k
		f.MeanMs, f.P50Ms, f.P95Ms, f.P99Ms = f.MeanMs*k, f.P50Ms*k, f.P95Ms*k, f.P99Ms*k
		return f
	}
	law := usl(at)
	rate := serviceRate(set, cost)
	return map[string]baseline{
		"straight line": func(c *recorded.Cell) recorded.Figures { return scaled(c, line(at, float64(c.Instances))) },
		"USL":           func(c *recorded.Cell) recorded.Figures { return scaled(c, uslFigures(law, at, c)) },
		"M/M/c":         func(c *recorded.Cell) recorded.Figures { return mmc(rate/cost(c), c) },
	}
}

// averages are the mean figures with one and with two instances, at a cost of 1.
func averages(set []*recorded.Cell, cost func(*recorded.Cell) float64) [2]recorded.Figures {
	var at [2]recorded.Figures
	for n := range at {
		var count float64
		for _, c := range set {
			if c.Instances != n+1 {
				continue
			}
			f, k := c.Figures(), cost(c)
			at[n].ThroughputRps += f.ThroughputRps * k
			at[n].MeanMs += f.MeanMs / k
			at[n].P50Ms += f.P50Ms / k
			at[n].P95Ms += f.P95Ms / k
			at[n].P99Ms += f.P99Ms / k
			count++
		}
		at[n].ThroughputRps /= count
		at[n].MeanMs /= count
		at[n].P50Ms /= count
		at[n].P95Ms /= count
		at[n].P99Ms /= count
	}
	return at
}

// line goes straight on through both sizes; a latency stays above zero.
func line(at [2]recorded.Figures, n float64) recorded.Figures {
	on := func(one, two float64) float64 { return math.Max(one/100, one+(n-1)*(two-one)) }
	return recorded.Figures{
		ThroughputRps: on(at[0].ThroughputRps, at[1].ThroughputRps), MeanMs: on(at[0].MeanMs, at[1].MeanMs),
		P50Ms: on(at[0].P50Ms, at[1].P50Ms), P95Ms: on(at[0].P95Ms, at[1].P95Ms), P99Ms: on(at[0].P99Ms, at[1].P99Ms),
	}
}

// usl is the law through both sizes. Two points fix two parameters, so kappa
// is none, which leaves Amdahl's law.
func usl(at [2]recorded.Figures) fit.Law {
	contention := math.Max(0, 2*at[0].ThroughputRps/at[1].ThroughputRps-1)
	return fit.Law{Name: fit.USL, Params: []fit.Param{
		{Name: "lambda", Value: at[0].ThroughputRps}, {Name: "sigma", Value: contention}, {Name: "kappa"},
	}}
}

// uslFigures takes the mean latency from Little's law, and the quantiles in
// their proportion to it with two instances.
func uslFigures(law fit.Law, at [2]recorded.Figures, c *recorded.Cell) recorded.Figures {
	x := law.Throughput(float64(c.Instances))
	mean := at[1].MeanMs // an open load has no number of clients
	if k := c.Clients(); k > 0 && !c.Thinks() {
		mean = float64(k) / x * 1e3
	}
	k := mean / at[1].MeanMs
	return recorded.Figures{ThroughputRps: x, MeanMs: mean, P50Ms: k * at[1].P50Ms, P95Ms: k * at[1].P95Ms, P99Ms: k * at[1].P99Ms}
}

// serviceRate is that of one server in M/M/c, per second at a cost of 1: from
// throughput in a saturated closed load, else the rate that explains the mean
// latency.
func serviceRate(set []*recorded.Cell, cost func(*recorded.Cell) float64) float64 {
	var rates []float64
	for _, c := range set {
		f := c.Figures()
		rate := f.ThroughputRps / float64(c.Instances)
		if c.Open() || c.Thinks() {
			rate = solveRate(c, f.MeanMs)
		}
		rates = append(rates, math.Log(rate*cost(c)))
	}
	mean, _ := stats.MeanSd(rates)
	return math.Exp(mean)
}

// solveRate is the service rate at which M/M/c has a mean latency.
func solveRate(c *recorded.Cell, meanMs float64) float64 {
	lo, hi := 1e-3, 1e6
	for range 100 {
		mid := math.Sqrt(lo * hi)
		if mmc(mid, c).MeanMs > meanMs {
			lo = mid
		} else {
			hi = mid
		}
	}
	return hi
}

// mmc is M/M/c: one queue before all instances, and exponential demand.
func mmc(rate float64, c *recorded.Cell) recorded.Figures {
	if clients := c.Clients(); clients > 0 && !c.Thinks() {
		return closedMMC(rate, c.Instances, clients)
	}
	x := c.Figures().ThroughputRps
	if c.Open() {
		x = float64(len(c.Records)) / c.HorizonS()
	}
	system := queueing.MMc{ArrivalRps: x, ServiceRps: rate, Instances: c.Instances}
	ms := func(q float64) float64 { return system.ResponseQuantileS(q) * 1e3 }
	return recorded.Figures{ThroughputRps: x, MeanMs: system.ResponseMeanS() * 1e3, P50Ms: ms(0.5), P95Ms: ms(0.95), P99Ms: ms(0.99)}
}

// closedMMC is the same with clients that do not think, at least as many as
// instances: a request waits for as many departures as clients are too many,
// which come at the rate of all instances, and is then served.
func closedMMC(rate float64, instances, clients int) recorded.Figures {
	all := rate * float64(instances)
	waits := clients - instances
	tail := func(t float64) float64 { return erlangPlusExponential(waits, all, rate, t) }
	ms := func(q float64) float64 {
		return 1e3 * float64(sort.Search(1e7, func(i int) bool { return tail(float64(i)*1e-4) <= 1-q })) * 1e-4
	}
	return recorded.Figures{ThroughputRps: all, MeanMs: 1e3 * float64(clients) / all, P50Ms: ms(0.5), P95Ms: ms(0.95), P99Ms: ms(0.99)}
}

// erlangPlusExponential is the probability that k exponential times of rate a
// and one of rate b together exceed t: integrated over the last.
func erlangPlusExponential(k int, a, b, t float64) float64 {
	const steps = 400
	sum := math.Exp(-b * t)
	for i := range steps {
		u := t * (float64(i) + 0.5) / steps
		sum += b * math.Exp(-b*u) * erlangTail(k, a, t-u) * t / steps
	}
	return sum
}

// erlangTail is the probability that fewer than k arrivals of rate a come in t.
func erlangTail(k int, a, t float64) float64 {
	term, sum := math.Exp(-a*t), 0.0
	for i := range k {
		sum += term
		term *= a * t / float64(i+1)
	}
	return sum
}
