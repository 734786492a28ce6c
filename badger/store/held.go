package store

import (
	"sync"
	"sync/atomic"
)

// held counts the different keys written so far, so that a page or a metric
// can show the count without reading the whole store.
type held struct {
	count atomic.Int64
	mu    sync.Mutex
	seen  [KeySpace]bool
}

func (h *held) add(start, keys int) {
	if h.count.Load() == KeySpace {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range min(keys, KeySpace) {
		if number := (start + i) % KeySpace; !h.seen[number] {
			h.seen[number] = true
			h.count.Add(1)
		}
	}
}

// Keys returns how many keys the store holds, 0 to KeySpace. It is kept by
// counting what was written; Digest counts by reading.
func (s *Store) Keys() int { return int(s.held.count.Load()) }
