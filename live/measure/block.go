package measure

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/k9mil/velocitas/live/load"
	"github.com/k9mil/velocitas/live/stack"
)

// Block is one size measured once.
type Block struct {
	Round     int    `json:"round"` // from 1
	Instances int    `json:"instances"`
	Seed      uint64 `json:"seed"` // of arrivals and think times

	// Fault says what broke, Behind how the generator missed its plan. A block
	// with either counts for nothing.
	Fault  string `json:"fault,omitempty"`
	Behind string `json:"behind,omitempty"`

	// Before and After are the probe's times beside the load.
	Before ProbeTime `json:"probe_before"`
	After  ProbeTime `json:"probe_after"`
	// Load1 is the machine's load average before the block.
	Load1 float64 `json:"load_average"`

	// Settle is cut from the start; the window lasts from there to End. Both
	// are instants since the start of the load.
	Settle time.Duration `json:"settle_ns"`
	End    time.Duration `json:"end_ns"`
	// Window is what was used in the window, Whole from the empty system before
	// the load to the empty system after it. WindowTook is the window's length
	// between the two readings.
	Window     stack.Counters `json:"window"`
	WindowTook time.Duration  `json:"window_took_ns"`
	Whole      stack.Counters `json:"whole"`
	Host       HostUse        `json:"host"` // in the window

	// Members are the instances in use, Run is the load; its records are
	// written to a file of their own.
	Members []stack.Member `json:"members"`
	Run     *load.Run      `json:"-"`

	// Happened are the scenario's events, as they came about.
	Happened []Happened `json:"happened,omitempty"`
}

// Clean says whether the block counts.
func (b *Block) Clean() bool { return b.Fault == "" && b.Behind == "" }

// ProbeCPU is the mean of the two probes.
func (b *Block) ProbeCPU() time.Duration { return (b.Before.CPU + b.After.CPU) / 2 }

// measureBlock fills b. What breaks in the system is the block's fault; the
// error is the context's or the load's configuration.
func measureBlock(ctx context.Context, s System, c Config, probe timer, b *Block) error {
	b.Settle, b.End = c.Settle, c.Block
	if err := s.Use(ctx, b.Instances); err != nil {
		return b.broke(ctx, "the balancer did not take the instances: %v", err)
	}
	e := newEvents(s, c, b.Instances)
	err := e.begin(ctx)
	if err != nil {
		err = b.broke(ctx, "before the load: %v", err)
	} else {
		err = b.between(ctx, e, c, probe)
	}
	if undone := e.end(ctx); undone != nil && err == nil && b.Fault == "" {
		return b.broke(ctx, "after the load: %v", undone)
	}
	return err
}

// between is the block from when its instances are as they should be.
func (b *Block) between(ctx context.Context, e *events, c Config, probe timer) error {
	b.Members = append(b.Members, e.expected...)
	if b.Fault = b.notRunning(e.Instances(), nil); b.Fault != "" {
		return ctx.Err()
	}
	b.Load1 = readLoadAverage()
	b.Before = probe.Time()
	if err := b.underLoad(ctx, e, c); err != nil || b.Fault != "" {
		return err
	}
	b.After = probe.Time()
	b.Happened = e.happened
	b.Behind = b.Run.Behind()
	b.Fault = b.findFault(e, c.recently())
	return nil
}

// broke notes a fault, unless it is only that the context ended.
func (b *Block) broke(ctx context.Context, format string, args ...any) error {
	b.Fault = fmt.Sprintf(format, args...)
	return ctx.Err()
}

// underLoad runs the load, lets the events happen, and reads the counters around
// it and around the window.
func (b *Block) underLoad(ctx context.Context, e *events, c Config) error {
	empty, err := e.Counters(ctx)
	if err != nil {
		return b.broke(ctx, "counters before the load: %v", err)
	}
	run, played, stop := make(chan error, 1), make(chan error, 1), make(chan struct{})
	began := time.Now()
	go func() { run <- b.send(ctx, e.URL(), c) }()
	go func() { played <- e.play(ctx, began, stop) }()

	opened, hostOpened, errOpened := readAt(ctx, e, began.Add(b.Settle))
	still := b.standing(e)
	closed, hostClosed, errClosed := readAt(ctx, e, began.Add(b.End))
	still = cmp.Or(still, b.standing(e))
	close(stop)
	errPlayed := <-played
	if err := <-run; err != nil {
		return err
	}
	if still != "" {
		b.Fault = still
		return nil
	}
	if errPlayed != nil {
		return b.broke(ctx, "events: %v", errPlayed)
	}
	drained, err := e.Counters(ctx)
	for _, err := range []error{errOpened, errClosed, err} {
		if err != nil {
			return b.broke(ctx, "counters under load: %v", err)
		}
	}
	if name := wentBack(empty, drained); name != "" {
		return b.broke(ctx, "%s used less CPU time after the load than before: it was restarted", name)
	}
	b.Window, b.Whole = closed.Sub(opened), drained.Sub(empty)
	b.WindowTook = closed.At.Sub(opened.At)
	b.Host = hostClosed.Sub(hostOpened)
	return nil
}

// standing names an instance in use that does not run or stands still, although
// no event says so.
func (b *Block) standing(e *events) string {
	before := e.away()
	now := e.Instances()
	gone := e.away()
	for i := range gone {
		gone[i] = gone[i] || before[i]
	}
	return b.notRunning(now, gone)
}

// send runs the load of the block.
func (b *Block) send(ctx context.Context, url string, c Config) (err error) {
	if c.Scenario.Load.Kind == "closed" {
		b.Run, err = load.Closed(ctx, c.target(url, b.Seed), c.clients(b.Instances, b.Seed), c.Block)
	} else {
		b.Run, err = load.Open(ctx, c.target(url, b.Seed), c.plan(b.Instances, b.Seed))
	}
	return err
}

// readAt waits for an instant and reads all counters then.
func readAt(ctx context.Context, s System, at time.Time) (stack.Counters, HostUse, error) {
	if err := waitUntil(ctx, at); err != nil {
		return stack.Counters{}, HostUse{}, err
	}
	counters, err := s.Counters(ctx)
	return counters, readHost(), err
}

func waitUntil(ctx context.Context, at time.Time) error {
	timer := time.NewTimer(time.Until(at))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// wentBack names a part whose CPU time decreased.
func wentBack(before, after stack.Counters) string {
	for i, u := range after.Instances {
		if i < len(before.Instances) && u.CPUNs < before.Instances[i].CPUNs {
			return fmt.Sprintf("instance %d", i+1)
		}
	}
	if after.Balancer.CPUNs < before.Balancer.CPUNs {
		return "the balancer"
	}
	return ""
}
