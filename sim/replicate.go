package sim

import (
	"context"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// outcome is what one replication leaves.
type outcome struct {
	windowNs  int64 // measured time, after the warm-up
	latency   *hdrhistogram.Histogram
	sum       wide // of latencies, ns
	maxNs     int64
	status    [outcomes]int64
	share     []int64 // requests given to each instance in the window
	given     []int64 // and from the start
	offered   int64
	retries   int64
	area      wide    // ∫ in system dt over the window, request-ns
	series    []int64 // the same by bucket, from the start
	bucketNs  int64
	used      []usage // by station, over the window
	unit      pilotSeries
	timeline  *timeline
	nowInside int64
	futileNs  int64 // when it ended, and left nothing else, since it exceeded a bound
	service   *serviceLog
	kept      areas
}

// replicate runs one replication that records after warmNs. It fails when the
// context ends. A pilot follows the latency, too.
func replicate(ctx context.Context, cfg *system, replication uint64, warmNs int64, pilot bool) (*outcome, error) {
	return replicateWithin(guard{ctx: ctx}, cfg, replication, warmNs, pilot)
}

// replicateWithin is replicate under a guard.
func replicateWithin(g guard, cfg *system, replication uint64, warmNs int64, pilot bool) (out *outcome, err error) {
	defer func() {
		if stopped := haltedBy(recover()); stopped != nil {
			out, err = nil, stopped
			if f, ok := stopped.(futility); ok {
				out, err = &outcome{futileNs: f.atNs}, nil
			}
		}
	}()
	with := *cfg
	with.timetable = append([]happening{{atNs: warmNs, do: warmUpEnds}}, cfg.timetable...)
	with.sortTimetable()
	for _, short := range []bool{true, false} {
		if short && cfg.told != nil {
			continue // the fast path does not know who served a request
		}
		if err := g.ctx.Err(); err != nil {
			return nil, err
		}
		e, err := newGuarded(g, &with, replication, short)
		if err != nil {
			return nil, err
		}
		if pilot {
			e.log.pilot = newPilotSeries(len(e.log.series))
		}
		run := e.run
		if cfg.account != nil {
			run = e.runWithAccounts
		}
		if run(e.cfg.horizonNs) {
			if g.over != nil {
				g.over()
			}
			return e.outcome(cfg.horizonNs - warmNs), nil
		}
	}
	panic("sim: the general path cannot be wrong")
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
		windowNs: windowNs, latency: l.latency, sum: l.sum, maxNs: l.maxNs, status: l.status,
		share: share, given: l.given, offered: l.offered, retries: l.retries, area: l.total(),
		series: l.series, bucketNs: l.bucketNs, used: used, unit: l.pilot, timeline: l.timeline,
		nowInside: l.inSystem, service: l.service, kept: e.kept,
	}
}
