package calibrate

import (
	"errors"

	"github.com/k9mil/velocitas/model/stats"
)

// stretch is a short piece of inserting: so many keys, one after the other, as
// many in each stretch of a trace.
type stretch struct {
	cpuNs float64 // the process's CPU time, background work included
	endS  float64 // wall time since the start of the trace
	// tables is the size of the store's tables after it.
	tables int64
}

// background is what a trace tells about the store's own work.
type background struct {
	// perStretchNs is the CPU time of a stretch in which nothing else was done
	// but what Go does for every so much memory taken.
	perStretchNs float64
	// flushEvery counts the stretches from one flush to the next.
	flushEvery float64
	cycleS     float64 // the same in seconds of wall time
	flushNs    float64
	firstNs    float64 // what the first flush cost more than the others
	// compactEvery counts the flushes from one compaction to the next; 0 when
	// none was seen.
	compactEvery int
	compactNs    float64
	flushes      int // how many were seen
	// quiet are the CPU times of the stretches in which nothing else was done,
	// each relative to the mean of its cycle.
	quiet []float64
}

// analyse tells flushes and compactions from inserting. The store's tables
// say when: they grow with a flush and shrink with a compaction. What they cost
// is the CPU time of the stretches around, above that of the other stretches of
// the same cycle, so that a machine that becomes slower meanwhile does not look
// like work. It needs two whole cycles from flush to flush.
func analyse(trace []stretch) (background, error) {
	var ends []int // the stretches in which a flush ended
	var shrunk []bool
	for i := 1; i < len(trace); i++ {
		switch {
		case trace[i].tables > trace[i-1].tables:
			ends = append(ends, i)
			shrunk = append(shrunk, false)
		case trace[i].tables < trace[i-1].tables && len(ends) > 0:
			shrunk[len(shrunk)-1] = true
		}
	}
	if len(ends) < 3 {
		return background{}, errors.New("calibrate: fewer than three flushes were seen: insert for longer")
	}
	b := background{flushes: len(ends)}
	b.flushEvery = float64(ends[len(ends)-1]-ends[0]) / float64(len(ends)-1)
	b.cycleS = (trace[ends[len(ends)-1]].endS - trace[ends[0]].endS) / float64(len(ends)-1)
	b.split(trace, ends, shrunk)
	return b, nil
}

// Stretches of a cycle that belong to its flush: those of a tenth before the
// tables grew and an eighth after, since compaction follows.
const (
	partBefore = 10
	partAfter  = 8
)

// cycle is what half a cycle before and half a cycle after a flush cost.
type cycle struct {
	quietNs float64 // of a stretch in which the store did nothing by itself
	extraNs float64 // of all others together, above that
	quiet   []float64
}

// around is the cycle whose flush ended in a stretch; ok is false where the
// trace does not hold all of it.
func around(trace []stretch, end int, every float64) (c cycle, ok bool) {
	half := int(every / 2)
	if end-half < 0 || end+half >= len(trace) {
		return c, false
	}
	var own, others []float64
	for i := end - half; i < end+half; i++ {
		if i >= end-int(every/partBefore) && i <= end+int(every/partAfter) {
			own = append(own, trace[i].cpuNs)
		} else {
			others = append(others, trace[i].cpuNs)
		}
	}
	quietNs := mean(others)
	return cycle{quietNs, float64(len(own)) * (mean(own) - quietNs), others}, true
}

// split gives what a cycle costs above its inserting to its flush, and what
// cycles with a compaction have more than the others to the compaction.
func (b *background) split(trace []stretch, ends []int, shrunk []bool) {
	var quiet, first, plain, compacted []float64
	for k, end := range ends {
		c, ok := around(trace, end, b.flushEvery)
		if !ok {
			continue
		}
		quiet = append(quiet, c.quietNs)
		for _, ns := range c.quiet {
			b.quiet = append(b.quiet, ns/c.quietNs)
		}
		extra := c.extraNs / c.quietNs // in stretches
		if k == 0 {
			first = append(first, extra)
		} else if shrunk[k] {
			compacted = append(compacted, extra)
		} else {
			plain = append(plain, extra)
		}
	}
	b.perStretchNs = stats.Median(quiet)
	flush := mean(plain)
	b.flushNs = b.perStretchNs * max(0, flush)
	b.firstNs = b.perStretchNs * max(0, mean(first)-flush)
	if len(compacted) > 0 {
		b.compactEvery = spacing(shrunk)
		b.compactNs = b.perStretchNs * max(0, mean(compacted)-flush)
	}
}

// spacing counts the flushes up to the last compaction for each compaction;
// the trace begins with an empty store.
func spacing(shrunk []bool) int {
	compactions, last := 0, 0
	for k, s := range shrunk {
		if s {
			compactions++
			last = k + 1
		}
	}
	return max(1, (last+compactions/2)/max(1, compactions))
}

// mean of xs, 0 of none.
func mean(xs []float64) float64 {
	var sum float64
	for _, x := range xs {
		sum += x
	}
	return sum / float64(max(1, len(xs)))
}
