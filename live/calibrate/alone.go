package calibrate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/k9mil/velocitas/live/stack"
	"github.com/k9mil/velocitas/model"
)

// Alone is what an instance shows that nobody holds back, answering one request
// at a time or so many.
type Alone struct {
	// Background is the store's own work, Flushes how often it was seen.
	Background model.Background
	Flushes    int
	// WakeNs is what a request costs more after a rest.
	WakeNs int64
	// Shape is the distribution of the CPU time of all other requests.
	Shape model.Shape
	// Swing is how its speed went up and down.
	Swing model.Swing
	// Efficiency is that of the rows of the speed table, in their order.
	Efficiency []float64
	// QuietNs is the mean CPU time of these: how fast the machine was.
	QuietNs float64
	// Held is what being held back costs it, see [AskHeld].
	Held
}

// Instance is one to be asked alone.
type Instance struct {
	Address string // host:port
	Threads int    // GOMAXPROCS
	// Used reads what it has used so far.
	Used func(context.Context) (stack.Usage, error)
}

const (
	// aloneFlushes shows ten compactions: one costs a third more or less than the
	// next, and they decide the tail.
	aloneFlushes = 51
	// longRest follows requests that rest.
	longRest  = 50 * time.Millisecond
	aloneMost = 5 * time.Minute
	// aloneRequests tell the distribution of requests other than those of
	// the trace; fewestAlone of them must have met no flush.
	aloneRequests = 150
	fewestAlone   = 50
	traceKeys     = 1000
	tracePath     = "/?keys=1000"
)

// AskAlone asks an instance for one answer after the other, for as long as
// aloneFlushes take, and reads its CPU time after each; then for several at a
// time. The distribution is that of requests for path.
func AskAlone(ctx context.Context, in Instance, path string) (*Alone, error) {
	trace, err := in.untilFlushed(ctx)
	if err != nil {
		return nil, err
	}
	own, err := analyse(trace)
	if err != nil {
		return nil, err
	}
	others, quietNs := own.quiet, own.perStretchNs
	if path != tracePath {
		if others, err = in.quiet(ctx, path); err != nil {
			return nil, err
		}
		quietNs, others = mean(others), locally(others)
	}
	slices.Sort(others)
	efficiency, err := in.together(ctx, own)
	if err != nil {
		return nil, err
	}
	return &Alone{
		Background: own.model(traceKeys, in.Threads, own.cold), Flushes: own.flushes,
		WakeNs: int64(own.restedNs), Shape: quantileShape(others), QuietNs: quietNs, Swing: own.swing, Efficiency: efficiency,
	}, nil
}

// withRests are the flushes before which requests rest for longer, so that they
// come as seldom as under a CPU limit. None of them brings a compaction.
var withRests = []int{3, 4, 8, 9}

// untilFlushed asks until the store was flushed often enough. The pace changes
// in the middle between two flushes.
func (in Instance) untilFlushed(ctx context.Context) ([]stretch, error) {
	var trace []stretch
	began := time.Now()
	rest := time.Duration(0)
	for {
		seen := flushes(trace)
		flushed := len(seen)
		halfway := flushed > 0 && len(trace)-seen[flushed-1].end > seen[0].end/2
		if flushed == aloneFlushes && halfway {
			return trace, nil
		}
		if time.Since(began) > aloneMost {
			return nil, fmt.Errorf("calibrate: an instance alone flushed %d times within %v: want %d", flushed, aloneMost, aloneFlushes)
		}
		next := flushed
		if halfway || flushed == 0 {
			next++
		}
		rested := rest > 0 // before this request
		rest = 0
		if slices.Contains(withRests, next) {
			rest = longRest
		}
		s, err := in.ask(ctx, tracePath, rest)
		if err != nil {
			return nil, err
		}
		s.rested, s.endS = rested, time.Since(began).Seconds()
		trace = append(trace, s)
	}
}

// quiet are the CPU times of requests that met no flush.
func (in Instance) quiet(ctx context.Context, path string) (cpuNs []float64, err error) {
	trace := make([]stretch, aloneRequests)
	for i := range trace {
		if trace[i], err = in.ask(ctx, path, 0); err != nil {
			return nil, err
		}
	}
	for i := 1; i+1 < len(trace); i++ {
		if trace[i-1].tables == trace[i].tables && trace[i].tables == trace[i+1].tables {
			cpuNs = append(cpuNs, trace[i].cpuNs)
		}
	}
	if len(cpuNs) < fewestAlone {
		return nil, fmt.Errorf("calibrate: %d of %d requests met no flush: %s asks for too many keys to tell the distribution of the demand", len(cpuNs), aloneRequests, path)
	}
	return cpuNs, nil
}

// ask is one request, the rest after it, and what both cost.
func (in Instance) ask(ctx context.Context, path string, rest time.Duration) (s stretch, err error) {
	before, err := in.Used(ctx)
	if err != nil {
		return s, err
	}
	if s.tables, err = in.get(ctx, path); err != nil {
		return s, err
	}
	if rest > 0 {
		if err := wait(ctx, rest); err != nil {
			return s, err
		}
	}
	after, err := in.Used(ctx)
	s.cpuNs = float64(after.CPUNs - before.CPUNs)
	return s, err
}

// get asks once and returns the size of the store's tables.
func (in Instance) get(ctx context.Context, path string) (tables int64, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+in.Address+path, nil)
	if err != nil {
		return 0, err
	}
	req.Header.Set("Accept", "application/json")
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, fmt.Errorf("calibrate: %w", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("calibrate: the instance answered %s", answer.Status)
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, fmt.Errorf("calibrate: %w", err)
	}
	var said struct {
		TableBytes *int64 `json:"table_bytes"`
	}
	if err := json.Unmarshal(body, &said); err != nil || said.TableBytes == nil {
		return 0, errors.Join(errors.New("calibrate: the instance does not say how large its tables are"), err)
	}
	return *said.TableBytes, nil
}
