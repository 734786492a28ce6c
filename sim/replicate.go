package sim

import (
	"context"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// outcome is what one replication leaves.
type outcome struct {
	windowNs  int64 // measured time, after the warm-up
	latency   *hdrhistogram.Histogram
	sumNs     int64
	maxNs     int64
	status    [statuses]int64
	share     []int64 // requests given to each instance in the window
	given     []int64 // and from the start
	offered   int64
	retries   int64
	areaNs    int64   // ∫ in system dt over the window
	series    []int64 // the same by bucket, from the start
	bucketNs  int64
	used      []usage // by station, over the window
	unit      pilotSeries
	timeline  *timeline
	nowInside int64
}

// looks is how often a replication looks whether it should stop.
const looks = 64

// replicate runs one replication that records after warmNs. It fails when the
// context ends.
func replicate(ctx context.Context, cfg *system, replication uint64, warmNs int64, pilot bool) (*outcome, error) {
	with := *cfg
	with.timetable = append([]happening{{atNs: warmNs, do: warmUpEnds}}, cfg.timetable...)
	with.sortTimetable()
	for _, short := range []bool{true, false} {
		e, err := newEngine(&with, replication, short)
		if err != nil {
			return nil, err
		}
		if pilot {
			e.log.pilot = newPilotSeries(len(e.log.series))
		}
		right, err := e.runSliced(ctx)
		if err != nil {
			return nil, err
		}
		if right {
			return e.outcome(cfg.horizonNs - warmNs), nil
		}
	}
	panic("sim: the long way cannot be wrong")
}

// runSliced runs to the horizon and looks now and then whether to stop.
func (e *engine) runSliced(ctx context.Context) (right bool, err error) {
	for i := int64(1); i <= looks; i++ {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		if !e.advanceTo(e.cfg.horizonNs / looks * i) {
			return false, nil
		}
	}
	return e.run(e.cfg.horizonNs), nil
}

func (e *engine) outcome(windowNs int64) *outcome {
	used := e.usage()
	for i := range used {
		used[i].cpuNs -= e.started[i].cpuNs
		used[i].periods -= e.started[i].periods
		used[i].strikes -= e.started[i].strikes
	}
	l := &e.log
	share := make([]int64, len(l.given))
	for i := range share {
		share[i] = l.given[i] - l.before[i]
	}
	return &outcome{
		windowNs: windowNs, latency: l.latency, sumNs: l.sumNs, maxNs: l.maxNs, status: l.status,
		share: share, given: l.given, offered: l.offered, retries: l.retries, areaNs: l.area,
		series: l.series, bucketNs: l.bucketNs, used: used, unit: l.pilot, timeline: l.timeline,
		nowInside: l.inSystem,
	}
}
