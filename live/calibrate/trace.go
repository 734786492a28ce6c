package calibrate

import (
	"errors"
	"slices"
)

// stretch is a short piece of inserting: so many keys, one after the other.
type stretch struct {
	cpuNs float64 // the process's CPU time, background work included
	endS  float64 // wall time since the start of the trace
	// tables is the size of the store's tables after it.
	tables int64
}

// background is what a trace tells about the store's own work.
type background struct {
	// perStretchNs is the CPU time of a stretch in which nothing else was done.
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
}

// spike is how many times the median a stretch costs from which on something
// else ran beside it.
const spike = 1.6

// analyse tells flushes and compactions from inserting. The store's tables
// say when: they grow with a flush and shrink with a compaction. What they cost
// is all CPU time above that of the stretches in which neither ran, so that
// nothing is lost or counted twice. It needs two whole cycles from flush to flush.
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
	b := background{perStretchNs: quiet(trace), flushes: len(ends)}
	b.flushEvery = float64(ends[len(ends)-1]-ends[0]) / float64(len(ends)-1)
	b.cycleS = (trace[ends[len(ends)-1]].endS - trace[ends[0]].endS) / float64(len(ends)-1)
	b.split(trace, ends, shrunk)
	return b, nil
}

// quiet is the mean of the stretches that are not spikes.
func quiet(trace []stretch) float64 {
	costs := make([]float64, len(trace))
	for i, s := range trace {
		costs[i] = s.cpuNs
	}
	slices.Sort(costs)
	most := spike * costs[len(costs)/2]
	var sum float64
	n := 0
	for _, c := range costs {
		if c <= most {
			sum += c
			n++
		}
	}
	return sum / float64(n)
}

// split gives every flush the extra CPU time from half a cycle before its end
// to half a cycle after it, and what cycles with a compaction have more than
// the others to the compaction.
func (b *background) split(trace []stretch, ends []int, shrunk []bool) {
	half := int(b.flushEvery / 2)
	var first, plain, compacted []float64
	for k, end := range ends {
		if end-half < 0 || end+half >= len(trace) {
			continue // not seen whole
		}
		var extra float64
		for _, s := range trace[end-half : end+half] {
			extra += s.cpuNs - b.perStretchNs
		}
		if k == 0 {
			first = append(first, extra)
		} else if shrunk[k] {
			compacted = append(compacted, extra)
		} else {
			plain = append(plain, extra)
		}
	}
	b.flushNs = max(0, mean(plain))
	b.firstNs = max(0, mean(first)-b.flushNs)
	if len(compacted) > 0 {
		b.compactEvery = spacing(shrunk)
		b.compactNs = max(0, mean(compacted)-b.flushNs)
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
