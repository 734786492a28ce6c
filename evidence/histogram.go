package evidence

import "github.com/HdrHistogram/hdrhistogram-go"

// Latencies are kept in microseconds up to three hours, to three digits where
// they are of requests and to two where they are of instances.
const (
	latencyUnitNs  = 1000
	latencyMost    = 3 * 3600 * 1_000_000
	allDigits      = 3
	instanceDigits = 2
)

func newHistogram(digits int) *hdrhistogram.Histogram {
	return hdrhistogram.New(1, latencyMost, digits)
}

// record adds a latency. One beyond the range counts as the range's end.
func record(h *hdrhistogram.Histogram, ns int64) { recordMany(h, ns, 1) }

func recordMany(h *hdrhistogram.Histogram, ns, count int64) {
	_ = h.RecordValues(min((ns+latencyUnitNs/2)/latencyUnitNs, latencyMost), count)
}

// quantileMs is a quantile, 0 to 1, in milliseconds; 0 of none.
func quantileMs(h *hdrhistogram.Histogram, q float64) float64 {
	if h == nil || h.TotalCount() == 0 {
		return 0
	}
	return float64(h.ValueAtQuantile(100*q)) / 1000
}
