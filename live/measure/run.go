package measure

import (
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"

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
// order drawn from the scenario's seed.
//
// An error comes with what was measured until then, whose blocks tell what
// broke; its curves hold only sizes of which at least two clean blocks exist.
func Run(ctx context.Context, s System, c Config) (*Result, error) {
	c, err := c.complete(len(s.Instances()))
	if err != nil {
		return nil, err
	}
	return run(ctx, s, c, NewProbe())
}

// timer is a Probe, or a test's.
type timer interface{ Time() ProbeTime }

// run is Run with a complete configuration.
func run(ctx context.Context, s System, c Config, probe timer) (*Result, error) {
	var err error
	result := &Result{}
	faults := 0
	for _, b := range schedule(c.Sizes, c.Rounds, c.Scenario.Seed) {
		if err := measureBlock(ctx, s, c, probe, b); err != nil {
			return result, err
		}
		result.Blocks = append(result.Blocks, b)
		if c.Progress != nil {
			c.Progress(len(result.Blocks), len(c.Sizes)*c.Rounds, b)
		}
		faults++
		if b.Fault == "" {
			faults = 0
		}
		if faults == mostFaults {
			err = fmt.Errorf("measure: %d blocks in a row broke, the last with %d instances: %s", faults, b.Instances, b.Fault)
			break
		}
	}
	return result, result.summarise(s, c, err)
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
