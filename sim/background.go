package sim

import (
	"math"

	"github.com/k9mil/velocitas/sim/random"
)

// background is the store's own work. A memtable is flushed each time so much
// has been inserted, in the middle of some request, and with each so-many-th
// flush level 0 is compacted; both take CPU from the instance that wrote. A flush
// costs more the longer ago the last one was, and the first most of all: the
// memory that it needs has gone back to the system meanwhile.
type background struct {
	every        float64 // requests' worth of inserts that fill a memtable; 0: there is none
	flushNs      float64 // right after another
	coldPerNs    float64 // more for each ns since the last
	coldMostNs   float64 // but not more than this
	firstNs      float64 // more for the first
	everyFlushes int
	compactNs    float64
	share        float64 // of the instance's CPU while requests are in service

	done    float64 // requests' worth of inserts since the last flush
	flushes int
	last    int64   // when the last flush began
	leftNs  float64 // CPU time of background work still to do
	rate    float64 // cores on it now
}

// full is a memtable that is full.
func (b *background) full(now int64) {
	b.done = math.Max(0, b.done-b.every)
	b.leftNs += b.flush(now)
}

// use makes an empty store one that has been written to for a while: it is
// anywhere between two flushes and between two compactions, and was at rest
// until now.
func (b *background) use(stream *random.Stream) {
	if b.every == 0 {
		return
	}
	b.done = float64(b.every * stream.Float64())
	b.flushes = 1 + int(stream.Uint64n(uint64(max(1, b.everyFlushes))))
	b.last = -restNs
}

// restNs is longer than a flush gets dearer with.
const restNs = 1 << 60

// flush is the CPU time of a flush now, with the compaction that it brings.
func (b *background) flush(now int64) float64 {
	cost := b.flushNs + math.Min(b.coldMostNs, float64(b.coldPerNs*float64(now-b.last)))
	if b.flushes == 0 {
		cost += b.firstNs
	}
	b.last = now
	b.flushes++
	if b.everyFlushes > 0 && b.flushes%b.everyFlushes == 0 {
		cost += b.compactNs
	}
	return cost
}
