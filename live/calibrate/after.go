package calibrate

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"time"

	"github.com/k9mil/velocitas/live/load"
	"github.com/k9mil/velocitas/live/measure"
	"github.com/k9mil/velocitas/live/stack"
	"github.com/k9mil/velocitas/model/stats"
)

// After asks afterTries times for afterFor, and a number of times a second that
// neither tells too little nor lets requests wait for each other.
const (
	afterTries = 3
	afterFor   = time.Second
	fewestPerS = 50
	mostPerS   = 200
)

// After is the part, 0 to 1, of the CPU time of load generator and Docker's proxy
// that no request waits for: ends of connections, and timers for the next one. It
// asks for something that costs an instance next to nothing, perS times a second,
// or with 0 as a single client does. Of such an answer's time, what is beyond the
// CPU time of nginx and instance was waited for. All that these two do is taken to
// come before the answer, which makes the part too large, and waking a process to
// take no time, which makes it too small. It is the median of several tries, to two
// digits. The error is of the counters or the load; who is refused tells nothing.
func After(ctx context.Context, s measure.System, target load.Config, perS float64) (float64, error) {
	var parts []float64
	for range afterTries {
		before, err := s.Counters(ctx)
		if err != nil {
			return 0, fmt.Errorf("calibrate: after the answer: %w", err)
		}
		run, err := askLightly(ctx, target, perS)
		if err != nil {
			return 0, fmt.Errorf("calibrate: after the answer: %w", err)
		}
		after, err := s.Counters(ctx)
		if err != nil {
			return 0, fmt.Errorf("calibrate: after the answer: %w", err)
		}
		parts = append(parts, partAfterAnswer(run, after.Sub(before)))
	}
	return math.Round(100*stats.Median(parts)) / 100, nil
}

// askLightly asks for afterFor.
func askLightly(ctx context.Context, target load.Config, perS float64) (*load.Run, error) {
	if perS == 0 {
		return load.Closed(ctx, target, load.Clients{Count: 1}, afterFor)
	}
	return load.Open(ctx, target, load.Constant(min(mostPerS, max(fewestPerS, perS)), afterFor))
}

// partAfterAnswer compares the median time of an answer with what was used; 0
// where nobody was answered.
func partAfterAnswer(run *load.Run, used stack.Counters) float64 {
	var tookNs []float64
	for _, r := range run.Records {
		if r.Status == http.StatusOK {
			tookNs = append(tookNs, float64(r.Latency))
		}
	}
	allNs := float64(run.CPU.Nanoseconds() + used.ProxyCPUNs)
	if len(tookNs) == 0 || allNs <= 0 {
		return 0
	}
	servingNs := float64(used.Balancer.CPUNs)
	for _, u := range used.Instances {
		servingNs += float64(u.CPUNs)
	}
	n := float64(len(run.Records))
	waitedNs := stats.Median(tookNs) - servingNs/n
	return min(1, max(0, 1-waitedNs/(allNs/n)))
}
