package sim

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/k9mil/velocitas/scenarios/balancing"
	"github.com/k9mil/velocitas/sim/nginx"
)

// several are what some replications have in common.
type several struct {
	cfg    *system
	first  uint64 // number of the first
	warmNs int64
	pilot  bool
	before int                 // replications that are kept from before
	tell   func(parts float64) // if set, is told of each part of a replication that is done
}

// run makes n replications side by side, as many at once as memory has room for.
// One that comes to hold more than its share of it is made again when it is alone
// with all of it; so whether there is enough does not depend on how many
// processors there are.
func (s several) run(ctx context.Context, n int) ([]*outcome, error) {
	if s.cfg.proxy.Policy == balancing.HashConsistent && s.cfg.proxy.Ring == nil {
		s.cfg.proxy.Ring = nginx.NewRing(s.cfg.proxy.Peers)
	}
	outs := make([]*outcome, n)
	kept := int64(s.before+n) * s.cfg.keptBytes()
	free := s.cfg.liveBytes() - kept
	least := s.cfg.leastBytes()
	if free < least {
		return nil, fmt.Errorf("%s: %d replications of %s take more than the %s of memory that there are for them; lower max_replications or raise precision, or allow more (%s)",
			s.cfg.name, s.before+n, instances(len(s.cfg.stations)), size(s.cfg.liveBytes()), moreMemory(kept+least))
	}
	atOnce := max(1, min(processors(), n, int(free/max(1, least))))
	var noRoom atomic.Bool
	one := func(i int, share int64) (err error) {
		outs[i], err = replicateWithin(s.guard(ctx, share), s.cfg, s.first+uint64(i), s.warmNs, s.pilot)
		return err
	}
	err := parallel(ctx, n, atOnce, func(i int) error {
		if noRoom.Load() {
			return nil
		}
		err := one(i, free/int64(atOnce))
		if errors.Is(err, errFull) && atOnce > 1 {
			noRoom.Store(true)
			return nil
		}
		return err
	})
	for i := 0; i < n && err == nil; i++ {
		if outs[i] == nil {
			err = one(i, free)
		}
	}
	if errors.Is(err, errFull) {
		err = s.cfg.full(free)
	}
	return outs, err
}

// guard is one for a replication that may hold so much.
func (s several) guard(ctx context.Context, share int64) guard {
	g := guard{ctx: ctx, share: share}
	if s.tell == nil {
		return g
	}
	told := 0.0
	g.tell = func(nowNs, horizonNs int64) {
		part := float64(nowNs) / float64(horizonNs)
		s.tell(part - told)
		told = part
	}
	g.over = func() { s.tell(1 - told) }
	return g
}
