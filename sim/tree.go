package sim

import "math"

// A key orders events: virtual time in the high bits and the source in the
// low ones, so that a tie in time is broken by the source's number. Sources
// are numbered on purpose (see engine.go): what ends goes before what begins.
type key = uint64

const (
	sourceBits = 20
	maxSources = 1 << sourceBits
	// maxTimeNs is the longest virtual time that a key can hold, about 4.8 hours.
	maxTimeNs     = int64(1) << (64 - sourceBits)
	never     key = math.MaxUint64
)

func keyAt(timeNs int64, source int32) key { return uint64(timeNs)<<sourceBits | uint64(source) }

// keyOf is keyAt for an instant that may lie beyond all time.
func keyOf(timeNs int64, source int32) key {
	if timeNs >= maxTimeNs {
		return never
	}
	return keyAt(timeNs, source)
}

// splitKey is the inverse of keyAt.
func splitKey(k key) (timeNs int64, source int32) {
	return int64(k >> sourceBits), int32(k & (maxSources - 1))
}

// tree is the event list: a tournament over sources, each with at most one
// next event. The root is the earliest. Scheduling, rescheduling and
// cancelling are the same walk to the root, without branches.
type tree struct {
	node []key
	half int32 // number of leaves, a power of two
}

func newTree(sources int) tree {
	half := int32(1)
	for int(half) < sources {
		half *= 2
	}
	t := tree{node: make([]key, 2*half), half: half}
	for i := range t.node {
		t.node[i] = never
	}
	return t
}

// first is the earliest key, never when nothing is scheduled.
func (t *tree) first() key { return t.node[1] }

// set makes k the next event of a source.
func (t *tree) set(source int32, k key) {
	node := t.node
	i := uint32(source + t.half)
	node[i] = k
	for i > 1 {
		k = min(k, node[i^1])
		i >>= 1
		node[i] = k
	}
}

// at is the source's own next event.
func (t *tree) at(source int32) key { return t.node[source+t.half] }
