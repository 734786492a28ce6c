package evidence

import (
	"math"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/k9mil/velocitas/model"
)

// Result sums up one file.
type Result struct {
	Source  string // the file
	Format  *Format
	Detail  string // such as the log_format that was found
	Skipped Skipped
	Doubts  []string // what is wrong with the file, or odd about it

	Requests int64 // all that ended, failed ones included
	Failed   int64
	ByStatus map[string]int64 // by status, "0" for no answer; nil where the format has none
	ByError  map[string]int64 // by the words that the format has for failures
	// StartNs is when the first request began, since 1970 or the start of the run,
	// and DurationNs how long it all took; -1 where that is not known.
	StartNs, DurationNs int64
	Dated               bool // StartNs is since 1970

	Latency    Latency // of answered requests, as the recorder saw them
	OfAll      bool    // Latency is of failed requests, too: the format does not tell them apart
	Upstream   Latency // what instances took, over all their tries; empty where the format has none
	Classes    []*Class
	Instances  []*Instance
	Timeline   []Second
	TimelineNs int64 // the length of its stretches

	Retried   int64 // requests with more than one try at instances
	Tries     int64
	Recovered int64 // retried and answered
	Nobody    int64 // tries for which there was no instance left
	BackNs    int64 // by how much the clock, or the order of lines, ran back at most
	BackTimes int64

	Arrivals       []int64 // since StartNs, in ascending order, if they were asked for
	ArrivalsStepNs int64
	ArrivalsCut    bool // there were more than are kept

	// ThroughputRps is what the format itself states where no duration does; 0
	// where it states none.
	ThroughputRps float64
}

// Latency is a distribution: all of it, or what quantiles the format states.
type Latency struct {
	Count        int64
	MeanNs       float64                 // -1 where not known
	MinNs, MaxNs int64                   // -1 where not known
	Histogram    *hdrhistogram.Histogram // µs; nil where only quantiles are known
	Quantiles    []model.Quantile        // in ascending order
	sumNs        float64
}

func noLatency() Latency { return Latency{MeanNs: -1, MinNs: -1, MaxNs: -1} }

// add adds one latency.
func (l *Latency) add(ns int64) {
	if l.Histogram == nil {
		l.Histogram = newHistogram(allDigits)
		l.MinNs = math.MaxInt64
	}
	l.Count++
	l.sumNs += float64(ns)
	l.MinNs, l.MaxNs = min(l.MinNs, ns), max(l.MaxNs, ns)
	record(l.Histogram, ns)
}

// close works out what adding leaves open.
func (l *Latency) close() {
	if l.Histogram != nil && l.Count > 0 {
		l.MeanNs = l.sumNs / float64(l.Count)
	}
}

// Known tells whether anything is known.
func (l *Latency) Known() bool {
	return l.Histogram != nil && l.Count > 0 || len(l.Quantiles) > 0 || l.MeanNs >= 0
}

// QuantileMs is a quantile, 0 to 1, in milliseconds; 0 where it is not known. Of
// those that a format states none is made up between two.
func (l *Latency) QuantileMs(q float64) float64 {
	if l.Histogram != nil {
		return quantileMs(l.Histogram, q)
	}
	for _, known := range l.Quantiles {
		if math.Abs(known.Q-q) < 1e-9 {
			return known.LatencyMs
		}
	}
	return 0
}

// Rps is requests per second that were answered, or were not told apart; 0 where
// it is not known.
func (r *Result) Rps() float64 { return r.perSecond(r.Requests - r.Failed) }

// OfferedRps is all requests per second.
func (r *Result) OfferedRps() float64 { return r.perSecond(r.Requests) }

func (r *Result) perSecond(n int64) float64 {
	switch {
	case r.DurationNs > 0 && r.Requests > 0:
		return float64(n) / (float64(r.DurationNs) / 1e9)
	case r.Requests > 0:
		return r.ThroughputRps * float64(n) / float64(r.Requests)
	}
	return r.ThroughputRps
}

// ErrorRate is failed over all requests, 0 to 1.
func (r *Result) ErrorRate() float64 {
	if r.Requests == 0 {
		return 0
	}
	return float64(r.Failed) / float64(r.Requests)
}

// Counted are the instances that requests are spread over, without addresses that
// got next to nothing.
func (r *Result) Counted() []*Instance { return counted(r.Instances) }

// Evenness tests how requests are spread over those; ok is false where they
// are not known or too few.
func (r *Result) Evenness() (e Evenness, ok bool) { return evenness(r.Counted()) }
