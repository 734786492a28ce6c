package sim

import (
	"context"
	"fmt"
	"math"
	"time"
)

// Bound is what a replication must not exceed: no more than Share of its
// requests may take longer than Latency, or fail.
type Bound struct {
	Latency time.Duration
	Share   float64 // 0 to 1
}

// futility ends a replication that is certain to exceed a bound.
type futility struct{ atNs int64 }

func (f futility) Error() string {
	return fmt.Sprintf("a bound is exceeded at %v", time.Duration(f.atNs))
}

// tally counts the requests that exceed bounds, to end a replication as soon as
// one bound is exceeded whatever comes.
type tally struct {
	bounds []Bound
	most   []int64 // requests that may exceed each
	late   []int64 // that did
}

// newTally works out how many requests may exceed each bound; it is nil without
// any. How many finish in the window is known only at its end; more than six
// standard deviations above the number expected would be wonders, even of the
// arrivals that begin before it.
func newTally(cfg *system) *tally {
	if len(cfg.bounds) == 0 {
		return nil
	}
	t := &tally{bounds: cfg.bounds, late: make([]int64, len(cfg.bounds))}
	expected := float64(cfg.horizonNs) / cfg.arrivals.gapNs
	all := expected + float64(6*math.Sqrt(expected)) + 6
	for _, b := range t.bounds {
		t.most = append(t.most, int64(math.Ceil(float64(b.Share*all))))
	}
	return t
}

func (t *tally) finish(ns int64, failed bool) {
	for i, b := range t.bounds {
		if failed || ns > int64(b.Latency) {
			t.late[i]++
		}
	}
}

// futile tells whether some bound is exceeded already.
func (t *tally) futile() bool {
	for i, n := range t.late {
		if n > t.most[i] {
			return true
		}
	}
	return false
}

// Futile makes the next replications, so many, and ends each as soon as it is
// certain to exceed one of the bounds. It returns how many were, and how much
// virtual time was simulated in all. If none was, they count as if [Sample.Grow]
// had made them; else all are forgotten. The load must be open and steady.
func (s *Sample) Futile(ctx context.Context, replications int, bounds []Bound) (exceeded int, took time.Duration, err error) {
	if a := s.cfg.arrivals; a == nil || a.shape != nil || a.trace != nil {
		panic("sim: bounds want an open and steady load")
	}
	cfg := *s.cfg
	cfg.bounds = bounds
	first := len(s.outs)
	outs, err := several{cfg: &cfg, first: s.first + uint64(first), warmNs: s.warmNs, before: first}.run(ctx, replications)
	if err != nil {
		return 0, 0, err
	}
	for _, o := range outs {
		if o.futileNs > 0 {
			exceeded++
			took += time.Duration(o.futileNs)
		} else {
			took += time.Duration(s.cfg.horizonNs)
		}
	}
	if exceeded == 0 {
		s.outs = append(s.outs, outs...)
	}
	return exceeded, took, nil
}
