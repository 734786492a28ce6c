package load

import (
	"cmp"
	"slices"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/k9mil/velocitas/live/load/cputime"
)

// Run is what a load saw.
type Run struct {
	Began time.Time
	// Records are in order of the intended instant.
	Records []Record
	// Planned counts the requests of an open load's plan; 0 for a closed load.
	Planned int
	// Clients counts those of a closed load, Think is their mean think time;
	// 0 for an open load.
	Clients int
	Think   time.Duration
	// PlannedFor is when the last request was due (open), or the time for
	// which clients asked (closed); Took is the time until the last answer.
	PlannedFor, Took time.Duration
	// CPU is this process's CPU time meanwhile: the generator's, together with
	// whatever else runs in the process.
	CPU   time.Duration
	Bound Bound
}

// finish fills in what is known when all answers are there.
func (r *Run) finish(cpuBefore time.Duration) {
	r.CPU = cputime.Process() - cpuBefore
	r.Took = time.Since(r.Began)
	slices.SortStableFunc(r.Records, func(a, b Record) int { return cmp.Compare(a.Intended, b.Intended) })
}

// LongestLatency is the top of the histograms' range; what is longer counts as
// this long.
const LongestLatency = time.Hour

// NewHistogram is an empty latency histogram in microseconds with three digits.
func NewHistogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(1, LongestLatency.Microseconds(), 3)
}

// Histogram holds the latencies of the answered requests among the records.
func Histogram(records []Record) *hdrhistogram.Histogram {
	h := NewHistogram()
	for _, r := range records {
		if r.Status.Answered() {
			// RecordValue refuses only what is out of the range cut here.
			_ = h.RecordValue(Microseconds(r.Latency))
		}
	}
	return h
}

// Microseconds is d as the histograms count it.
func Microseconds(d time.Duration) int64 {
	return max(1, min(d, LongestLatency).Round(time.Microsecond).Microseconds())
}
