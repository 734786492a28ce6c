package calibrate

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"time"

	"github.com/k9mil/velocitas/badger/store"
	"github.com/k9mil/velocitas/live/load/cputime"
	"github.com/k9mil/velocitas/live/measure"
	"github.com/k9mil/velocitas/model"
)

// Options of a calibration of the store. The zero value is a good one, and
// takes a minute or two.
type Options struct {
	// Threads is GOMAXPROCS while the store is timed; 0 leaves it as it is.
	Threads int
	// Flushes is how many the trace waits for, at least 4; 0 is 11, which
	// shows two compactions.
	Flushes int
	// Rounds is how often each block is timed; 0 is 6.
	Rounds int
	// Progress, if set, is told in a few words what is being done.
	Progress func(what string)

	// gaps are the idle times before the flushes that tell how a flush becomes
	// dearer with time; nil is defaultGaps.
	gaps []time.Duration
}

// The pieces of work that are timed.
const (
	stretchKeys    = 100   // of the trace: about 1 ms
	requestKeys    = 1000  // of a request in the speed table
	manyKeys       = 10000 // of a request of the first velocitas
	perBlock       = 96    // requests of requestKeys in a block
	manyPerBlock   = 9     // requests of manyKeys in a block
	restedPerBlock = 24    // requests of requestKeys in a block with pauses
	idleFor        = time.Second
	quietFor       = 20 * time.Millisecond
	quietMost      = 10 * time.Second
	traceMost      = 5 * time.Minute
)

// concurrencies are the rows of the speed table.
var concurrencies = []int{1, 2, 4, 8, 16}

func (o Options) complete() (Options, error) {
	if o.Threads == 0 {
		o.Threads = runtime.GOMAXPROCS(0)
	}
	if o.Flushes == 0 {
		o.Flushes = 11
	}
	if o.Rounds == 0 {
		o.Rounds = 6
	}
	if o.gaps == nil {
		o.gaps = defaultGaps
	}
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	switch {
	case o.Threads < 1 || o.Threads > 1024:
		return o, fmt.Errorf("calibrate: threads %d: want 1 to 1024", o.Threads)
	case o.Flushes < 4:
		return o, fmt.Errorf("calibrate: flushes %d: want at least 4", o.Flushes)
	case o.Rounds < 1:
		return o, fmt.Errorf("calibrate: rounds %d: want at least 1", o.Rounds)
	}
	return o, nil
}

// Store times the real in-memory Badger in this process and returns a profile
// of it. HTTP, nginx and the generator cost nothing in it, since none of them
// ran; it says so. Nothing else should run in the process meanwhile: CPU time
// is the process's, because the store works on threads of its own.
func Store(ctx context.Context, o Options) (*model.Profile, error) {
	o, err := o.complete()
	if err != nil {
		return nil, err
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(o.Threads))
	probe := measure.NewProbe()
	before := probe.Time()

	o.Progress("the store's own work: flushes and compaction")
	trace, err := takeTrace(ctx, o.Flushes)
	if err != nil {
		return nil, err
	}
	own, err := analyse(trace)
	if err != nil {
		return nil, err
	}
	o.Progress("flushes after a rest")
	cold, err := timeCold(ctx, o.gaps, own.perStretchNs)
	if err != nil {
		return nil, err
	}
	o.Progress("requests alone and together")
	timed, err := timeBlocks(ctx, o)
	if err != nil {
		return nil, err
	}
	return timed.profile(own, cold, o, (before.CPU+probe.Time().CPU)/2), nil
}

// takeTrace inserts into an empty store until so many flushes were seen.
func takeTrace(ctx context.Context, flushes int) ([]stretch, error) {
	s, err := store.Open()
	if err != nil {
		return nil, err
	}
	defer s.Close()
	var trace []stretch
	began := time.Now()
	for seen, i := 0, 0; seen < flushes; i++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if time.Since(began) > traceMost {
			return nil, fmt.Errorf("calibrate: %d of %d flushes seen within %v: this machine is too slow", seen, flushes, traceMost)
		}
		cpu := cputime.Process()
		if err := s.Insert(i*stretchKeys%store.KeySpace, stretchKeys, store.Transactions); err != nil {
			return nil, err
		}
		trace = append(trace, stretch{cpuNs: float64(cputime.Process() - cpu), endS: time.Since(began).Seconds(), tables: s.TableBytes()})
		if i > 0 && trace[i].tables > trace[i-1].tables {
			seen++
		}
	}
	return trace, nil
}

// kind is a kind of block: so many requests alike, so many at a time.
type kind struct {
	inside, keys, requests int
	mode                   store.Mode
	// pause is how long the process rests before each request.
	pause time.Duration
}

// The kinds that others are compared with, or are looked up.
var (
	alone  = kind{1, requestKeys, perBlock, store.Transactions, 0}
	many   = kind{1, manyKeys, manyPerBlock, store.Transactions, 0}
	batch  = kind{1, requestKeys, perBlock, store.Batch, 0}
	rested = kind{1, requestKeys, restedPerBlock, store.Transactions, quietFor}
)

// together is alone with more inside.
func together(inside int) kind { return kind{inside, requestKeys, perBlock, store.Transactions, 0} }

// kinds are all that are timed.
func kinds() []kind {
	var all []kind
	for _, k := range concurrencies {
		all = append(all, together(k))
	}
	return append(all, many, batch, rested)
}

// timings are what the blocks took, by kind.
type timings struct {
	cpuNs, cores map[kind][]float64 // CPU time of a request; cores used
	alone        []float64          // CPU time of each request that was alone
	idle         float64            // cores of a store that does nothing
}

// timeBlocks times every kind in each of several rounds, in random order, so
// that ratios between kinds are free of the machine's drift. A block fits between
// two flushes, so that the store's own work is not in it.
func timeBlocks(ctx context.Context, o Options) (*timings, error) {
	s, err := store.Open()
	if err != nil {
		return nil, err
	}
	defer s.Close()
	t := &timings{cpuNs: make(map[kind][]float64), cores: make(map[kind][]float64)}
	order, all := rand.New(rand.NewPCG(1, 1)), kinds()
	for range o.Rounds {
		for _, i := range order.Perm(len(all)) {
			if err := t.block(ctx, s, all[i]); err != nil {
				return nil, err
			}
		}
	}
	cpu, wall := cputime.Process(), time.Now()
	time.Sleep(idleFor)
	t.idle = (cputime.Process() - cpu).Seconds() / time.Since(wall).Seconds()
	return t, nil
}

// emptied brings the store to just after a flush, when nothing runs any more:
// the memtable then has room for a whole block, and no flush falls into it.
func emptied(ctx context.Context, s *store.Store) error {
	for before := s.TableBytes(); s.TableBytes() == before; {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.Insert(0, store.KeySpace, store.Batch); err != nil {
			return err
		}
	}
	return rest(ctx)
}

// rest waits until the process does nothing any more.
func rest(ctx context.Context) error {
	began := time.Now()
	for time.Since(began) < quietMost {
		cpu := cputime.Process()
		time.Sleep(quietFor)
		if cputime.Process()-cpu < quietFor/10 {
			return ctx.Err()
		}
	}
	return fmt.Errorf("calibrate: the process did not come to rest within %v: something else runs in it", quietMost)
}

// block times one block of a kind.
func (t *timings) block(ctx context.Context, s *store.Store, k kind) error {
	if err := emptied(ctx, s); err != nil {
		return err
	}
	var workers sync.WaitGroup
	failed := make([]error, k.inside)
	single := make([][]float64, k.inside)
	cpu, wall := cputime.Process(), time.Now()
	for w := range k.inside {
		workers.Go(func() { single[w], failed[w] = work(ctx, s, k, w) })
	}
	workers.Wait()
	if err := errors.Join(failed...); err != nil {
		return err
	}
	spent := cputime.Process() - cpu
	t.cores[k] = append(t.cores[k], spent.Seconds()/time.Since(wall).Seconds())
	if k.pause > 0 { // what is spent in the pauses is not the requests'
		t.cpuNs[k] = append(t.cpuNs[k], mean(single[0]))
		return nil
	}
	t.cpuNs[k] = append(t.cpuNs[k], float64(spent)/float64(k.requests))
	if k == alone {
		t.alone = append(t.alone, single[0]...)
	}
	return nil
}

// work is one of a block's workers, which does its part of the requests. It
// returns the process's CPU time during each.
func work(ctx context.Context, s *store.Store, k kind, worker int) (cpuNs []float64, err error) {
	for i := worker; i < k.requests; i += k.inside {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		time.Sleep(k.pause)
		before := cputime.Process()
		if err := s.Insert(i*k.keys%store.KeySpace, k.keys, k.mode); err != nil {
			return nil, err
		}
		cpuNs = append(cpuNs, float64(cputime.Process()-before))
	}
	return cpuNs, nil
}

// shapeRows is how many quantiles a shape has.
const shapeRows = 33

// quantileShape has quantiles at even steps of probability, scaled so that
// straight lines between them have mean 1. The outermost are such that the lines
// to them have the mean of what lies beyond the last but one: to the largest
// value seen, a line would make one outlier a thirtieth of all.
func quantileShape(sorted []float64) model.Shape {
	q := make([]float64, shapeRows)
	const last = shapeRows - 1
	for i := range q {
		at := float64(i) / last * float64(len(sorted)-1)
		low := int(at)
		high := min(low+1, len(sorted)-1)
		q[i] = sorted[low] + (at-float64(low))*(sorted[high]-sorted[low])
	}
	if beyond := len(sorted) / last; beyond > 1 {
		q[0] = min(max(0, 2*mean(sorted[:beyond])-q[1]), q[1])
		q[last] = max(2*mean(sorted[len(sorted)-beyond:])-q[last-1], q[last-1])
	}
	var sum float64
	for i := range last {
		sum += (q[i] + q[i+1]) / 2
	}
	for i := range q {
		q[i] *= last / sum
	}
	return model.Shape{Kind: "quantiles", Quantiles: q}
}
