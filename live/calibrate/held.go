package calibrate

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
)

// Surroundings is what an instance is held back by: a limit of its own, and others on
// the same host.
type Surroundings struct {
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

// heldInside keep an instance from ever waiting for requests.
const heldInside = 4

// AskHeld asks the first instance by itself, under the limit, and beside the
// others, in random order in each round; alone is what it showed before.
func AskHeld(ctx context.Context, c Surroundings, alone *Alone) (Held, error) {
	first := c.Instances[0]
	blocks := first.betweenFlushes(int(alone.Background.FlushEveryBytes) / (alone.Background.BytesPerKey * traceKeys))
	order := rand.New(rand.NewPCG(1, 2))
	ways := []func() (spent, error){
		func() (spent, error) { return first.askTogether(ctx, heldInside, blocks.size) },
		func() (spent, error) { return c.limited(ctx, blocks.size) },
		func() (spent, error) { return c.beside(ctx, blocks.size) },
	}
	var cost [3]spent // sums
	for range blockRounds {
		for _, i := range order.Perm(len(ways)) {
			if i == 1 && c.CPUs == 0 || i == 2 && len(c.Instances) == 1 {
				continue
			}
			if err := blocks.next(ctx); err != nil {
				return Held{}, err
			}
			s, err := ways[i]()
			if err != nil {
				return Held{}, err
			}
			cost[i].cpuNs += s.cpuNs
			cost[i].stopped += s.stopped
		}
	}
	var held Held
	free, limited, beside := cost[0], cost[1], cost[2]
	if limited.stopped > 0 {
		held.ResumeNs = int64(max(0, (limited.cpuNs-free.cpuNs)/limited.stopped))
	}
	if beside.cpuNs > 0 {
		held.FullHost = min(10, max(0.1, beside.cpuNs/free.cpuNs))
	}
	return held, nil
}

// limited asks the first instance under its limit.
func (c Surroundings) limited(ctx context.Context, block int) (s spent, err error) {
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
func (c Surroundings) beside(ctx context.Context, block int) (s spent, err error) {
	busy, stop := context.WithCancel(ctx)
	var begun, asking sync.WaitGroup
	failed := make([]error, len(c.Instances))
	for i, other := range c.Instances[1:] {
		for range heldInside {
			begun.Add(1)
			asking.Go(func() {
				_, err := other.get(busy, tracePath)
				begun.Done()
				for err == nil {
					_, err = other.get(busy, tracePath)
				}
				if busy.Err() == nil {
					failed[i] = fmt.Errorf("beside another: %w", err)
				}
			})
		}
	}
	begun.Wait()
	s, err = c.Instances[0].askTogether(ctx, heldInside, block)
	stop()
	asking.Wait()
	return s, errors.Join(append(failed, err)...)
}
