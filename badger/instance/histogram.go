package instance

import (
	"math"
	"slices"
	"strconv"
)

const (
	binsPerDecade = 10
	fewestBins    = 12
	mostBins      = 40
)

// A histogram is that of the last requests' durations. Bins are equal on a
// logarithmic axis, ten to a factor of ten, since durations spread by factors.
type histogram struct {
	Requests int     `json:"requests"`
	P50Ms    float64 `json:"p50_ms"`
	P95Ms    float64 `json:"p95_ms"`
	MaxMs    float64 `json:"max_ms"`
	Bins     []bin   `json:"bins"`

	first int // the first bin's number; bin k begins at 10^(k/10) ms
}

// A bin counts the durations from FromMs to below ToMs. The first and the last
// also hold those beyond.
type bin struct {
	FromMs float64 `json:"from_ms"`
	ToMs   float64 `json:"to_ms"`
	Count  int     `json:"count"`
	Newest bool    `json:"newest,omitempty"` // this request is in it
}

// newHistogram makes the histogram of at least one duration, the newest last.
func newHistogram(tookMs []float64) histogram {
	sorted := slices.Sorted(slices.Values(tookMs))
	largest := sorted[len(sorted)-1]
	first, last := binRange(binOf(sorted[0]), binOf(largest))
	h := histogram{
		Requests: len(sorted),
		P50Ms:    quantile(sorted, 0.50),
		P95Ms:    quantile(sorted, 0.95),
		MaxMs:    largest,
		Bins:     make([]bin, last-first+1),
		first:    first,
	}
	for i := range h.Bins {
		h.Bins[i].FromMs = binEdge(first + i)
		h.Bins[i].ToMs = binEdge(first + i + 1)
	}
	at := func(took float64) *bin { return &h.Bins[min(max(binOf(took), first), last)-first] }
	for _, took := range sorted {
		at(took).Count++
	}
	at(tookMs[len(tookMs)-1]).Newest = true
	return h
}

// quantile is the nearest-rank quantile: the smallest value that at least a
// share q of all do not exceed.
func quantile(sorted []float64, q float64) float64 {
	rank := int(math.Ceil(float64(len(sorted)) * q))
	return sorted[max(rank, 1)-1]
}

// binOf returns the number of a duration's bin. What took less than the
// clock's microsecond counts as one.
func binOf(tookMs float64) int {
	// The small addition keeps an edge in the bin that begins with it.
	return int(math.Floor(binsPerDecade*math.Log10(max(tookMs, 0.001)) + 1e-9))
}

// binEdge is where bin k begins, rounded to three digits as a reader would
// write it.
func binEdge(k int) float64 {
	text := strconv.FormatFloat(math.Pow(10, float64(k)/binsPerDecade), 'g', 3, 64)
	edge, err := strconv.ParseFloat(text, 64)
	if err != nil {
		panic(err) // it was just written
	}
	return edge
}

// binRange widens a narrow range on both sides and cuts a wide one below.
func binRange(first, last int) (int, int) {
	if missing := fewestBins - (last - first + 1); missing > 0 {
		first -= missing / 2
		last = first + fewestBins - 1
	}
	return max(first, last-mostBins+1), last
}
