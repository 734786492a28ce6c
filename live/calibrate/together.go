package calibrate

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"sync"

	"github.com/k9mil/velocitas/model/stats"
)

// togetherRounds is how often an instance is asked for each number of answers
// at a time.
const togetherRounds = 12

// together is how much less a request costs with so many inside than alone, for
// each row of the speed table: transactions that wait together are committed
// together. A block is as long as from one flush to the next, so that there is
// one in each, and is taken again where a compaction fell into it; the ratios
// are taken within a round and so free of drift.
func (in Instance) together(ctx context.Context, own background) ([]float64, error) {
	block := int(math.Round(own.flushEvery))
	ownNs := own.flushNs / own.flushEvery
	ratios := make([][]float64, len(concurrencies))
	order := rand.New(rand.NewPCG(1, 1))
	for range togetherRounds {
		costs := make([]float64, len(concurrencies))
		for _, row := range order.Perm(len(concurrencies)) {
			s, err := in.askTogether(ctx, concurrencies[row], block)
			if err != nil {
				return nil, err
			}
			costs[row] = math.Max(s.cpuNs-ownNs, s.cpuNs/10)
		}
		for row := range costs {
			ratios[row] = append(ratios[row], costs[0]/costs[row])
		}
	}
	efficiency := make([]float64, len(ratios))
	for row := range ratios {
		efficiency[row] = stats.Median(ratios[row])
	}
	return efficiency, nil
}

// spent is what a request took on average, flushes included.
type spent struct {
	cpuNs   float64
	stopped float64 // how often the CPU limit stopped the instance
}

// askTogether asks so many times in all, inside at a time.
func (in Instance) askTogether(ctx context.Context, inside, requests int) (spent, error) {
	each := max(1, requests/inside)
	for {
		tables, err := in.get(ctx, tracePath)
		if err != nil {
			return spent{}, err
		}
		before, err := in.Used(ctx)
		if err != nil {
			return spent{}, err
		}
		if err := in.several(ctx, inside, each); err != nil {
			return spent{}, err
		}
		after, err := in.Used(ctx)
		if err != nil {
			return spent{}, err
		}
		if now, err := in.get(ctx, tracePath); err != nil || now >= tables {
			n := float64(each * inside)
			return spent{float64(after.CPUNs-before.CPUNs) / n, float64(after.ThrottledPeriods-before.ThrottledPeriods) / n}, err
		}
	}
}

// several has clients ask each so many times, one answer after the other.
func (in Instance) several(ctx context.Context, clients, each int) error {
	var asking sync.WaitGroup
	failed := make([]error, clients)
	for i := range failed {
		asking.Go(func() {
			for n := 0; n < each && failed[i] == nil; n++ {
				_, failed[i] = in.get(ctx, tracePath)
			}
		})
	}
	asking.Wait()
	return errors.Join(failed...)
}
