package measure

import (
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/k9mil/velocitas/model"
)

// Result is what a measurement found.
type Result struct {
	// Curve holds the estimates, brought to one speed of the machine where they
	// follow it; Raw holds them as they came.
	Curve, Raw *model.Curve
	// Blocks are all blocks in the order in which they were measured, those
	// that count for nothing included.
	Blocks []*Block
	// Drift is how the machine's speed changed, and what followed it.
	Drift Drift
}

// mostFaults in a row end a measurement: the system is gone.
const mostFaults = 3

// Run measures the system. Every size is measured once in each round, in an
// order drawn from the scenario's seed. Where the generator fell behind, there
// are further rounds, at most twice as many again.
//
// An error comes with what was measured until then, whose blocks tell what
// broke; its curves hold only sizes of which at least two clean blocks exist.
func Run(ctx context.Context, s System, c Config) (*Result, error) {
	c, err := c.complete(len(s.Instances()))
	if err != nil {
		return nil, err
	}
	if err := Can(s, c.Scenario); err != nil {
		return nil, fmt.Errorf("measure: %w", err)
	}
	return run(ctx, s, c, NewProbe())
}

// timer is a Probe, or a test's.
type timer interface{ Time() ProbeTime }

// run is Run with a complete configuration.
func run(ctx context.Context, s System, c Config, probe timer) (*Result, error) {
	r := &Result{}
	for _, m := range s.Instances() {
		c.limits = append(c.limits, m.CPUs)
	}
	all := schedule(c.Sizes, c.Rounds, c.Scenario.Seed)
	err := r.measure(ctx, s, c, probe, all, len(all))
	// A generator that fell behind once may keep up the next time.
	for round := c.Rounds + 1; err == nil && round <= 3*c.Rounds; round++ {
		again := r.again(c, round)
		if len(again) == 0 {
			break
		}
		err = r.measure(ctx, s, c, probe, again, len(r.Blocks)+len(again))
	}
	if ctx.Err() != nil {
		return r, ctx.Err()
	}
	return r, r.summarise(s, c, err)
}

// measure fills the blocks, of which there will be total in the end, and keeps
// them. It gives up when the system is gone.
func (r *Result) measure(ctx context.Context, s System, c Config, probe timer, blocks []*Block, total int) error {
	faults := 0
	var next time.Time
	for _, b := range blocks {
		if err := waitUntil(ctx, next); err != nil {
			return err
		}
		began := time.Now()
		if err := measureBlock(ctx, s, c, probe, b); err != nil {
			return err
		}
		r.Blocks = append(r.Blocks, b)
		if c.Progress != nil {
			c.Progress(len(r.Blocks), total, b)
		}
		faults++
		if b.Fault == "" {
			faults = 0
		} else {
			next = began.Add(c.Block) // what broke at once has a block's time to come back
		}
		if faults == mostFaults {
			return fmt.Errorf("measure: %d blocks in a row broke, the last with %d instances: %s", faults, b.Instances, b.Fault)
		}
	}
	return nil
}

// again is one more block for each size that lacks one because the generator
// fell behind.
func (r *Result) again(c Config, round int) []*Block {
	var blocks []*Block
	for _, b := range schedule(c.Sizes, round, c.Scenario.Seed) {
		behind := slices.ContainsFunc(r.Blocks, func(old *Block) bool { return old.Instances == b.Instances && old.Behind != "" })
		if b.Round == round && behind && len(r.Clean(b.Instances)) < c.Rounds {
			blocks = append(blocks, b)
		}
	}
	return blocks
}

// schedule is every size once in each round, in random order.
func schedule(sizes []int, rounds int, seed uint64) []*Block {
	order := rand.New(rand.NewPCG(seed, stream("order", 0, 0)))
	var blocks []*Block
	for round := 1; round <= rounds; round++ {
		for _, i := range order.Perm(len(sizes)) {
			n := sizes[i]
			blocks = append(blocks, &Block{Round: round, Instances: n, Seed: seed ^ stream("block", round, n)})
		}
	}
	return blocks
}

// stream makes a purpose a number, so that each has random numbers of its own.
func stream(name string, round, n int) uint64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%s %d %d", name, round, n)
	return h.Sum64()
}
