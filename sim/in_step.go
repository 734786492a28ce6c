package sim

import (
	"context"
	"fmt"

	"github.com/k9mil/velocitas/scenarios/balancing"
)

// inStepReplications are enough to see what a zone would do.
const inStepReplications = 2

// inStepBy is how many times longer p95 must be without a zone to be worth a word.
const inStepBy = 1.2

// InStep says so, in words, where requests wait because nginx's workers go through
// their lists of instances in step: each has a list of its own unless there is a
// zone, all begin with the same instance, and so they send their requests to the
// same ones. It is "" where that is not so, which is tried by simulating a zone
// under the same random numbers. It needs a replication to compare with.
func (s *Sample) InStep(ctx context.Context) (string, error) {
	c := s.cfg
	if c.proxy.Workers < 2 || c.proxy.Zone || c.proxy.Policy != balancing.RoundRobin || len(c.stations) < 2 || c.withTime || len(s.outs) == 0 {
		return "", nil
	}
	with := *s
	zoned := *c
	zoned.proxy.Zone = true
	with.cfg, with.outs = &zoned, nil
	if err := with.Grow(ctx, min(inStepReplications, len(s.outs))); err != nil {
		return "", err
	}
	apart, together := latency(with.outs).P95.Value, latency(s.outs[:len(with.outs)]).P95.Value
	if !(together > inStepBy*apart) {
		return "", nil
	}
	return fmt.Sprintf("requests bunch up at the same instances: without a zone each of nginx's %d workers goes through a list of its own, and all begin with the same instance, so that the lists are in step or meet by chance; with balancer.zone: true p95 would be about %.3g ms rather than %.3g ms",
		c.proxy.Workers, apart, together), nil
}
