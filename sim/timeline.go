package sim

import "github.com/HdrHistogram/hdrhistogram-go"

// timeline follows a replication through time, for scenarios in which
// something happens.
type timeline struct {
	bucketNs int64
	buckets  []moment
}

type moment struct {
	offered, answered, failed int64
	latency                   *hdrhistogram.Histogram // ms/100, two digits
}

const (
	timelineBuckets = 120
	timelineUnitNs  = 10_000
	timelineDigits  = 2
)

func newTimeline(horizonNs int64) *timeline {
	t := &timeline{bucketNs: max(1, (horizonNs+timelineBuckets-1)/timelineBuckets), buckets: make([]moment, timelineBuckets)}
	for i := range t.buckets {
		t.buckets[i].latency = hdrhistogram.New(1, latencyMax/(timelineUnitNs/latencyUnitNs), timelineDigits)
	}
	return t
}

func (t *timeline) at(now int64) *moment {
	return &t.buckets[min(int(now/t.bucketNs), len(t.buckets)-1)]
}

func (t *timeline) finish(now, latencyNs int64, status uint8) {
	m := t.at(now)
	if status != answered {
		m.failed++
		return
	}
	m.answered++
	_ = m.latency.RecordValue(min(latencyNs/timelineUnitNs, m.latency.HighestTrackableValue()))
}
