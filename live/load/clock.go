package load

import (
	"context"
	"runtime"
	"time"
)

// clock is the time since the start of a load, and a way to wait on it. Tests
// put one in its place that needs no time.
type clock interface {
	now() time.Duration
	// wait returns after d, or false when the context ended before.
	wait(ctx context.Context, d time.Duration) bool
}

// wallClock is the real one.
type wallClock struct{ origin time.Time }

func (c wallClock) now() time.Duration { return time.Since(c.origin) }

// lastStretch is waited for by the kernel's own sleep, which wakes within a
// tenth of a millisecond where the runtime's timers take up to one.
const lastStretch = time.Millisecond

// sleepers bounds the threads that the kernel's sleep holds on to.
var sleepers = make(chan struct{}, 64)

func (c wallClock) wait(ctx context.Context, d time.Duration) bool {
	end := time.Now().Add(d)
	if d > lastStretch && !sleep(ctx, d-lastStretch) {
		return false
	}
	left := time.Until(end)
	if left <= 0 {
		return ctx.Err() == nil
	}
	select {
	case sleepers <- struct{}{}:
		// Whoever was just given a hit runs first: to sleep at once would take
		// this thread from it and wake another, later and at more cost.
		runtime.Gosched()
		kernelSleep(time.Until(end))
		<-sleepers
		return ctx.Err() == nil
	default:
		return sleep(ctx, left)
	}
}

func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
