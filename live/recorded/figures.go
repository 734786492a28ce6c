package recorded

import (
	"math"
	"slices"
)

// Figures are what clients saw in a window of a run.
type Figures struct {
	ThroughputRps                             float64
	MeanMs, P25Ms, P50Ms, P90Ms, P95Ms, P99Ms float64
}

// Metrics are the figures that are compared, in order.
var Metrics = []string{"throughput", "mean", "p25", "p50", "p90", "p95", "p99"}

// Values are the figures in the order of Metrics.
func (f Figures) Values() []float64 {
	return []float64{f.ThroughputRps, f.MeanMs, f.P25Ms, f.P50Ms, f.P90Ms, f.P95Ms, f.P99Ms}
}

// HorizonS is when the load ended, in whole seconds since it began.
func (c *Cell) HorizonS() float64 {
	last := 0.0
	for _, r := range c.Records {
		last = math.Max(last, r.Intended.Seconds())
	}
	return math.Round(last)
}

// Figures sums up the requests that ended after the warm-up and before the
// load did.
func (c *Cell) Figures() Figures {
	horizon := c.HorizonS()
	var ms []float64
	sum := 0.0
	for _, r := range c.Records {
		end := r.Intended.Seconds() + r.Latency.Seconds()
		if !r.Status.Answered() || end < WarmUpS || end >= horizon {
			continue
		}
		ms = append(ms, r.Latency.Seconds()*1e3)
		sum += r.Latency.Seconds() * 1e3
	}
	slices.Sort(ms)
	n := float64(len(ms))
	return Figures{
		ThroughputRps: n / (horizon - WarmUpS),
		MeanMs:        sum / n,
		P25Ms:         quantile(ms, 0.25), P50Ms: quantile(ms, 0.5), P90Ms: quantile(ms, 0.9), P95Ms: quantile(ms, 0.95), P99Ms: quantile(ms, 0.99),
	}
}

// quantile is the smallest value that a share q of all is not above.
func quantile(sorted []float64, q float64) float64 {
	i := int(math.Ceil(q*float64(len(sorted)))) - 1
	return sorted[min(max(i, 0), len(sorted)-1)]
}

// Arrivals are the instants at which requests were due, in seconds.
func (c *Cell) Arrivals() []float64 {
	at := make([]float64, len(c.Records))
	for i, r := range c.Records {
		at[i] = r.Intended.Seconds()
	}
	slices.Sort(at)
	return at
}

// buckets is into how many a run is cut to see how steadily it answers.
const buckets = 120

// Counts is how many requests were answered in each of 120 equal parts of the
// run, warm-up included.
func (c *Cell) Counts() []float64 {
	width := c.HorizonS() / buckets
	counts := make([]float64, buckets)
	for _, r := range c.Records {
		b := int((r.Intended.Seconds() + r.Latency.Seconds()) / width)
		if r.Status.Answered() && b < buckets {
			counts[b]++
		}
	}
	return counts
}

// Unsteadiness is the coefficient of variation of the number of answers in so
// many parts of 120 in a row, after the warm-up.
func Unsteadiness(counts []float64, horizonS float64, parts int) float64 {
	first := int(math.Ceil(WarmUpS / horizonS * float64(len(counts))))
	var sum, squares, n float64
	for at := first; at+parts <= len(counts); at += parts {
		x := 0.0
		for _, c := range counts[at : at+parts] {
			x += c
		}
		sum, squares, n = sum+x, squares+x*x, n+1
	}
	mean := sum / n
	return math.Sqrt(math.Max(0, squares/n-mean*mean)) / mean
}
