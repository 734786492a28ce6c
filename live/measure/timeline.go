package measure

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/k9mil/velocitas/live/load"
	"github.com/k9mil/velocitas/model"
)

// moments is how many a timeline has, as many as the simulator's.
const moments = 120

// timeline follows the blocks of a size through time, averaged over the rounds.
// A request counts when it is due as offered, when it ends as answered or failed.
func timeline(blocks []*Block) []model.Moment {
	width := blocks[0].End / moments
	all := make([]model.Moment, moments)
	latencies := make([]*hdrhistogram.Histogram, moments)
	for i := range all {
		all[i].TimeS = (time.Duration(i) * width).Seconds()
		latencies[i] = load.NewHistogram()
	}
	one := 1 / width.Seconds() / float64(len(blocks))
	for _, b := range blocks {
		for _, r := range b.Run.Records {
			from := start(r, b.Run.Clients > 0)
			end := from + r.Latency
			if i := int(from / width); i < moments {
				all[i].OfferedRps += one
			}
			for i := int(from / width); i < moments && time.Duration(i)*width < end; i++ {
				inside := min(end, time.Duration(i+1)*width) - max(from, time.Duration(i)*width)
				all[i].InSystem += inside.Seconds() * one
			}
			switch i := int(end / width); {
			case i >= moments:
			case r.Status.Answered():
				all[i].ThroughputRps += one
				_ = latencies[i].RecordValue(load.Microseconds(r.Latency)) // cut to the range
			default:
				all[i].ErrorsRps += one
			}
		}
	}
	for i, h := range latencies {
		if h.TotalCount() > 0 {
			all[i].P50Ms = float64(h.ValueAtQuantile(50)) / 1e3
			all[i].P99Ms = float64(h.ValueAtQuantile(99)) / 1e3
		}
	}
	return all
}
