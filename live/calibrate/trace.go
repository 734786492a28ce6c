package calibrate

import (
	"errors"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/model/stats"
)

// stretch is a short piece of inserting: so many keys, one after the other, as
// many in each stretch of a trace.
type stretch struct {
	cpuNs float64 // the process's CPU time, background work included
	endS  float64 // wall time since the start of the trace
	// rested is whether there was a rest before it, longer than elsewhere in
	// the trace.
	rested bool
	// tables is the size of the store's tables after it.
	tables int64
}

// background is what a trace tells about the store's own work.
type background struct {
	// perStretchNs is the CPU time of a stretch in which nothing else was done
	// but what Go does for every so much memory taken; after a rest it is
	// restedNs more.
	perStretchNs, restedNs float64
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
	// cold is how flushes become dearer with the time since the last, where
	// the trace has some with and some without rests.
	cold coldness
	// quiet are the CPU times of the stretches in which nothing else was done,
	// without rests, each relative to those next to it.
	quiet []float64
	swing model.Swing
}

// cycle is half a cycle before and half a cycle after a flush.
type cycle struct {
	sinceS           float64 // since the flush before, or the start
	first, compacted bool
	rested           bool // whether its stretches follow rests
	// quiet are the stretches in which the store did nothing by itself, quietNs
	// is their mean and besideNs that of those next to the others; extraNs is
	// what the others together cost above that.
	quiet                      []float64
	quietNs, besideNs, extraNs float64
}

// analyse tells flushes and compactions from inserting. The store's tables
// say when: they grow with a flush and shrink with a compaction. What they cost
// is the CPU time of the stretches around, above that of the other stretches of
// the same cycle, so that a machine that becomes slower meanwhile does not look
// like work. It needs two whole cycles from flush to flush.
func analyse(trace []stretch) (background, error) {
	seen := flushes(trace)
	if len(seen) < 3 {
		return background{}, errors.New("calibrate: fewer than three flushes were seen: insert for longer")
	}
	last := len(seen) - 1
	b := background{flushes: len(seen), flushEvery: float64(seen[last].end-seen[0].end) / float64(last)}
	var all []cycle
	for k, f := range seen {
		c, ok := around(trace, f, b.flushEvery)
		if !ok {
			continue
		}
		c.first, c.compacted = k == 0, f.compacted > 0
		c.sinceS = trace[f.end].endS
		if k > 0 {
			c.sinceS -= trace[seen[k-1].end].endS
		}
		all = append(all, c)
	}
	b.split(all)
	b.compactEvery = spacing(seen)
	b.swing = swingOf(trace, ownOrRested(trace, seen, b.flushEvery))
	return b, nil
}

// ownOrRested tells for each stretch whether it is the store's own work, or
// follows a rest.
func ownOrRested(trace []stretch, seen []flush, every float64) []bool {
	not := make([]bool, len(trace))
	for i := range trace {
		not[i] = trace[i].rested
	}
	for _, f := range seen {
		from, until := f.span(every)
		for i := max(0, from); i <= min(until, len(trace)-1); i++ {
			not[i] = true
		}
	}
	return not
}

// flush is one in a trace.
type flush struct {
	end int // the stretch in which it ended
	// compacted is the stretch in which a compaction ended that followed it, 0
	// where none did.
	compacted int
}

// flushes are those in a trace. Where a flush and a compaction ended in the same
// stretch the tables only shrink: so long after the flush before that there must
// have been another.
func flushes(trace []stretch) []flush {
	var all []flush
	for i := 1; i < len(trace); i++ {
		grew, shrank := trace[i].tables > trace[i-1].tables, trace[i].tables < trace[i-1].tables
		n := len(all)
		if grew || shrank && n > 0 && i-all[n-1].end > all[0].end/2 {
			all = append(all, flush{end: i})
			n++
		}
		if shrank && n > 0 {
			all[n-1].compacted = i
		}
	}
	return all
}

// Stretches of a cycle that belong to its flush: those of a twelfth before the
// tables grew, and a fortieth after that or after a compaction ended. Over 35
// flushes of the real store all of what a flush costs lay within a fifteenth
// before and a fiftieth after; what is looked at needlessly adds only noise.
// They are compared with an eighth on either side, so that a machine that
// becomes slower or faster meanwhile cancels out.
const (
	partBefore = 12
	partAfter  = 40
	partBeside = 8
)

// span is from which to which stretch a flush and its compaction cost something.
func (f flush) span(every float64) (from, until int) {
	return f.end - part(every, partBefore), max(f.end, f.compacted) + part(every, partAfter)
}

// part is a share of a cycle in stretches, one at least.
func part(every, share float64) int { return int(math.Ceil(every / share)) }

// around is the cycle of a flush; ok is false where the trace does not hold all
// of it.
func around(trace []stretch, f flush, every float64) (c cycle, ok bool) {
	half := int(every / 2)
	if f.end-half < 0 || f.end+half >= len(trace) {
		return c, false
	}
	c.rested = trace[f.end].rested
	from, until := f.span(every)
	near := part(every, partBeside)
	var own, beside []float64
	for i := f.end - half; i < f.end+half; i++ {
		if i >= from && i <= until {
			own = append(own, trace[i].cpuNs)
		} else if trace[i].rested == c.rested {
			c.quiet = append(c.quiet, trace[i].cpuNs)
			if i >= from-near && i <= until+near {
				beside = append(beside, trace[i].cpuNs)
			}
		}
	}
	if len(beside) == 0 {
		beside = c.quiet
	}
	c.quietNs, c.besideNs = mean(c.quiet), mean(beside)
	c.extraNs = float64(len(own)) * (mean(own) - c.besideNs)
	return c, true
}

// split gives what a cycle costs above its inserting to its flush, and what the
// first and cycles with a compaction have more than the others to these.
func (b *background) split(all []cycle) {
	usualNs := quietNs(all)
	var since, plain []float64
	for _, c := range all {
		if !c.first && !c.compacted {
			since, plain = append(since, c.sinceS), append(plain, c.extra(usualNs))
		}
		if !c.rested {
			b.quiet = append(b.quiet, locally(c.quiet)...)
		}
	}
	b.perStretchNs = usualNs[false]
	if rested, ok := usualNs[true]; ok {
		b.restedNs = max(0, rested-usualNs[false])
		b.cold = coldnessOf(since, plain)
	}
	b.cycleS, b.flushNs = mean(since), max(0, mean(plain))
	var first, compacted []float64
	for _, c := range all {
		more := c.extra(usualNs) - b.flushNs - b.cold.perSNs*(c.sinceS-b.cycleS)
		if c.first {
			first = append(first, more)
		} else if c.compacted {
			compacted = append(compacted, more)
		}
	}
	b.firstNs, b.compactNs = max(0, mean(first)), max(0, mean(compacted))
}

// quietNs is what a quiet stretch costs in the median cycle, without and with
// rests. The machine's speed is taken to be what it was then.
func quietNs(all []cycle) map[bool]float64 {
	each := map[bool][]float64{}
	for _, c := range all {
		each[c.rested] = append(each[c.rested], c.quietNs)
	}
	usual := map[bool]float64{}
	for rested, ns := range each {
		usual[rested] = stats.Median(ns)
	}
	return usual
}

// extra is what the cycle cost above its inserting, at that speed. It is
// relative to what lies next to it: the machine's speed changes within a cycle.
func (c cycle) extra(usualNs map[bool]float64) float64 {
	return c.extraNs / c.besideNs * usualNs[c.rested]
}

// coldnessOf is the slope of what flushes cost over the time since the one
// before, where it is one beyond doubt; what is longer than any of these costs
// no more.
func coldnessOf(sinceS, costNs []float64) coldness {
	n := float64(len(sinceS))
	offset, slope := stat.LinearRegression(sinceS, costNs, nil, false)
	residual := 0.0
	for i, s := range sinceS {
		off := costNs[i] - offset - slope*s
		residual += off * off
	}
	doubt := math.Sqrt(residual / (n - 2) / (n - 1) / stat.Variance(sinceS, nil))
	if !(slope > stats.TQuantile(0.975, n-2)*doubt) { // nor a number where all are the same
		return coldness{}
	}
	return coldness{perSNs: slope, mostNs: slope * slices.Max(sinceS)}
}

// spacing counts the flushes up to the last compaction for each compaction, 0
// where none was seen; the trace begins with an empty store.
func spacing(seen []flush) int {
	compactions, last := 0, 0
	for k, f := range seen {
		if f.compacted > 0 {
			compactions++
			last = k + 1
		}
	}
	if compactions == 0 {
		return 0
	}
	return max(1, (last+compactions/2)/compactions)
}

// mean of xs, 0 of none.
func mean(xs []float64) float64 {
	var sum float64
	for _, x := range xs {
		sum += x
	}
	return sum / float64(max(1, len(xs)))
}
