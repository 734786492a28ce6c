package calibrate

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"

	"github.com/k9mil/velocitas/model/stats"
)

// Crowd is what an instance is held back by: a limit of its own, and others on
// the same host.
type Crowd struct {
	// Instances are on one host, none with a limit. The first is asked, the
	// others only keep the host busy; one alone leaves that out.
	Instances []Instance
	// Limit sets the CPU limit of the first, in cores; 0 takes it away.
	Limit func(ctx context.Context, cpus float64) error
	// CPUs is the limit to ask it under; 0 leaves that out.
	CPUs float64
}

// Held is what being held back costs an instance.
type Held struct {
	// ResumeNs is CPU time lost each time that it goes on after a limit stopped it.
	ResumeNs int64
	// FullHost is what a request costs while no core of the host is idle, relative
	// to one beside idle cores; 0 is not known.
	FullHost float64
}

const (
	// heldRounds bring the ratios to within some 4 % on a machine whose speed
	// differs by 15 % from second to second.
	heldRounds = 12
	// heldInside keep an instance from ever waiting for requests.
	heldInside = 4
)

// AskHeld asks the first instance by itself, under the limit, and beside the
// others, in random order in each round; alone is what it showed before. Each
// block is as long as from one flush to the next.
func AskHeld(ctx context.Context, c Crowd, alone *Alone) (held Held, err error) {
	first := c.Instances[0]
	block := int(alone.Background.FlushEveryBytes) / (alone.Background.BytesPerKey * traceKeys)
	var lostNs, full []float64
	order := rand.New(rand.NewPCG(1, 2))
	ways := []func() (spent, error){
		func() (spent, error) { return first.askTogether(ctx, heldInside, block) },
		func() (spent, error) { return c.limited(ctx, block) },
		func() (spent, error) { return c.beside(ctx, block) },
	}
	for range heldRounds {
		var cost [3]spent
		for _, i := range order.Perm(len(ways)) {
			if i == 1 && c.CPUs == 0 || i == 2 && len(c.Instances) == 1 {
				continue
			}
			if cost[i], err = ways[i](); err != nil {
				return Held{}, err
			}
		}
		free, limited, beside := cost[0], cost[1], cost[2]
		if limited.stopped > 0 {
			lostNs = append(lostNs, (limited.cpuNs-free.cpuNs)/limited.stopped)
		}
		if beside.cpuNs > 0 {
			full = append(full, beside.cpuNs/free.cpuNs)
		}
	}
	if len(lostNs) > 0 {
		held.ResumeNs = int64(max(0, stats.Median(lostNs)))
	}
	if len(full) > 0 {
		held.FullHost = min(10, max(0.1, stats.Median(full)))
	}
	return held, nil
}

// limited asks the first instance under its limit.
func (c Crowd) limited(ctx context.Context, block int) (s spent, err error) {
	if err := c.Limit(ctx, c.CPUs); err != nil {
		return s, err
	}
	defer func() {
		// The next block needs it to be gone.
		err = errors.Join(err, c.Limit(context.WithoutCancel(ctx), 0))
	}()
	return c.Instances[0].askTogether(ctx, heldInside, block)
}

// beside asks the first instance while all others are kept busy.
func (c Crowd) beside(ctx context.Context, block int) (s spent, err error) {
	busy, stop := context.WithCancel(ctx)
	var asking sync.WaitGroup
	failed := make([]error, len(c.Instances))
	for i, other := range c.Instances[1:] {
		for range heldInside {
			asking.Go(func() {
				var err error
				for err == nil {
					_, err = other.get(busy, tracePath)
				}
				if busy.Err() == nil {
					failed[i] = fmt.Errorf("beside another: %w", err)
				}
			})
		}
	}
	s, err = c.Instances[0].askTogether(ctx, heldInside, block)
	stop()
	asking.Wait()
	return s, errors.Join(append(failed, err)...)
}
