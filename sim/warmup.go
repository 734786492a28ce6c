package sim

import (
	"context"

	"github.com/k9mil/velocitas/model/stats"
)

// pilotSeries is the latency by bucket of time, which the pilots keep.
type pilotSeries struct {
	sum   []float64 // ns; whole numbers, so exact up to 2^53 and finite beyond
	count []int64
}

func newPilotSeries(buckets int) pilotSeries {
	return pilotSeries{sum: make([]float64, buckets), count: make([]int64, buckets)}
}

func (p pilotSeries) add(bucket int, latencyNs int64) {
	p.sum[bucket] += float64(latencyNs)
	p.count[bucket]++
}

const (
	// pilots are replications that only look for the end of the warm-up; their
	// streams are their own, so that the cut is independent of what is cut.
	pilots     = 4
	firstPilot = uint64(1) << 32
)

// findWarmUp is how much to cut from the start: where MSER-5 cuts the series
// of the number in system (open load) or of latency (closed load, in which the
// number in system hardly changes), averaged over the pilots. ok is false when
// it finds no cut in the first half, which it then proposes.
func findWarmUp(ctx context.Context, cfg *system) (warmNs int64, ok bool, err error) {
	outs, err := several{cfg: cfg, first: firstPilot, pilot: true}.run(ctx, pilots)
	if err != nil {
		return 0, false, err
	}
	buckets := len(outs[0].series)
	series := make([]float64, 0, buckets)
	last := 0.0
	for b := range buckets {
		var area, sum float64
		var count int64
		for _, o := range outs {
			area += float64(o.series[b])
			sum += o.unit.sum[b]
			count += o.unit.count[b]
		}
		switch {
		case cfg.clients == 0:
			last = area
		case count > 0:
			last = sum / float64(count)
		}
		series = append(series, last)
	}
	cut, ok := stats.MSER5(series)
	if !ok {
		cut = buckets / 2
	}
	return int64(cut) * outs[0].bucketNs, ok, nil
}
