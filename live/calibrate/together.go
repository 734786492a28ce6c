package calibrate

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
)

const (
	// blockRounds is how often an instance is asked in each way, blockSize for how
	// many answers: so few that the machine is as fast for one way as for the
	// next, and several blocks fit between two flushes. On a machine whose speed
	// differs by a fifth from second to second, ratios are right to some 4 %.
	blockRounds = 40
	blockSize   = 32
)

// blocks are stretches of requests without a flush in them.
type blocks struct {
	of         Instance
	size       int // requests
	room, left int // requests between two flushes, and before the next
}

// betweenFlushes makes blocks of an instance that flushes after so many requests.
func (in Instance) betweenFlushes(every int) *blocks {
	room := every - part(float64(every), partBefore) - afterFlush
	return &blocks{of: in, room: room, size: max(1, min(blockSize, room-besides))}
}

// next waits until a block fits in before the next flush.
func (b *blocks) next(ctx context.Context) error {
	if b.left < b.size+besides {
		if err := b.of.pastFlush(ctx); err != nil {
			return err
		}
		b.left = b.room
	}
	b.left -= b.size + besides
	return nil
}

// together is how much less a request costs with so many inside than alone, for
// each row of the speed table: transactions that wait together are committed
// together. No block has a flush in it.
func (in Instance) together(ctx context.Context, own background) ([]float64, error) {
	blocks, costs := in.betweenFlushes(int(own.flushEvery)), make([]float64, len(concurrencies))
	order := rand.New(rand.NewPCG(1, 1))
	for range blockRounds {
		for _, row := range order.Perm(len(concurrencies)) {
			if err := blocks.next(ctx); err != nil {
				return nil, err
			}
			s, err := in.askTogether(ctx, concurrencies[row], blocks.size)
			if err != nil {
				return nil, err
			}
			costs[row] += s.cpuNs
		}
	}
	efficiency := make([]float64, len(costs))
	for row := range costs {
		efficiency[row] = costs[0] / costs[row]
	}
	return efficiency, nil
}

// afterFlush is after how many requests nothing of a flush is left, nor of a
// compaction that it brought.
const afterFlush = 4

// pastFlush asks until the store was flushed and what that brought is done.
func (in Instance) pastFlush(ctx context.Context) error {
	before, err := in.get(ctx, tracePath)
	for flushed := false; err == nil && !flushed; {
		var tables int64
		tables, err = in.get(ctx, tracePath)
		flushed, before = tables > before, tables
	}
	for i := 0; err == nil && i < afterFlush; i++ {
		_, err = in.get(ctx, tracePath)
	}
	return err
}

// besides are the requests that a block needs to see how large the tables are.
const besides = 2

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
