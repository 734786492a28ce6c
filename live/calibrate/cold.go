package calibrate

import (
	"context"
	"time"

	"github.com/k9mil/velocitas/badger/store"
	"github.com/k9mil/velocitas/live/load/cputime"
	"github.com/k9mil/velocitas/model/stats"
)

// coldness is how a flush becomes dearer with the time since the last one:
// meanwhile Go gave memory back to the system, and caches hold other things.
type coldness struct {
	perSNs float64 // more CPU time for each second
	mostNs float64 // at most
}

// defaultGaps are rests before a flush: none, some seconds, and long enough
// for what can grow cold to have done so.
var defaultGaps = []time.Duration{0, 0, 0, 4 * time.Second, 4 * time.Second, 12 * time.Second}

// coldFlush is one flush after a rest.
type coldFlush struct {
	gap   time.Duration
	cpuNs float64
}

// timeCold times a flush after each of the rests. Flushes that a compaction
// followed tell nothing and are taken again.
func timeCold(ctx context.Context, gaps []time.Duration, perStretchNs float64) (coldness, error) {
	s, err := store.Open()
	if err != nil {
		return coldness{}, err
	}
	defer s.Close()
	var seen []coldFlush
	for i := 0; i < len(gaps); {
		cpuNs, compacted, err := flushAfter(ctx, s, gaps[i], perStretchNs)
		if err != nil {
			return coldness{}, err
		}
		if !compacted {
			seen = append(seen, coldFlush{gaps[i], cpuNs})
			i++
		}
	}
	return findColdness(seen), nil
}

// nearlyFull is how many keys a memtable takes after emptied without a flush.
const nearlyFull = 100_000

// flushAfter fills the memtable, rests, goes on until it is flushed and
// returns the CPU time of the flush: all but that of the inserts.
func flushAfter(ctx context.Context, s *store.Store, gap time.Duration, perStretchNs float64) (cpuNs float64, compacted bool, err error) {
	if err := emptied(ctx, s); err != nil {
		return 0, false, err
	}
	if err := s.Insert(0, nearlyFull, store.Batch); err != nil {
		return 0, false, err
	}
	if err := wait(ctx, gap); err != nil {
		return 0, false, err
	}
	tables, cpu, stretches := s.TableBytes(), cputime.Process(), 0
	for ; s.TableBytes() == tables; stretches++ {
		if err := s.Insert(stretches*stretchKeys%store.KeySpace, stretchKeys, store.Transactions); err != nil {
			return 0, false, err
		}
	}
	if err := rest(ctx); err != nil {
		return 0, false, err
	}
	return float64(cputime.Process()-cpu) - float64(stretches)*perStretchNs, s.TableBytes() < tables, nil
}

// findColdness takes the shortest rests as warm, the slope from them to the
// next, and the longest as cold.
func findColdness(seen []coldFlush) coldness {
	byGap := make(map[time.Duration][]float64)
	least, most := time.Duration(1<<62), time.Duration(0)
	for _, f := range seen {
		byGap[f.gap] = append(byGap[f.gap], f.cpuNs)
		least, most = min(least, f.gap), max(most, f.gap)
	}
	next := most
	for _, f := range seen {
		if f.gap > least {
			next = min(next, f.gap)
		}
	}
	if next <= least {
		return coldness{}
	}
	warm := stats.Median(byGap[least])
	rise := stats.Median(byGap[next]) - warm
	if rise <= 0 {
		return coldness{}
	}
	return coldness{perSNs: rise / (next - least).Seconds(), mostNs: max(rise, stats.Median(byGap[most])-warm)}
}

// wait sleeps unless the context ends before.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}
