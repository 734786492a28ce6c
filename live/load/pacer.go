package load

import (
	"context"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// planPacer says when the hits of a plan are due. It is pure: the answer
// depends on its arguments alone.
type planPacer []time.Duration

var _ vegeta.Pacer = planPacer(nil)

// Pace is how long to wait for the hit after so many, and whether the plan is
// at its end. A hit that is overdue is not waited for.
func (p planPacer) Pace(elapsed time.Duration, hits uint64) (time.Duration, bool) {
	if hits >= uint64(len(p)) {
		return 0, true
	}
	return max(0, p[hits]-elapsed), false
}

// Rate is the plan's mean rate in hits per second.
func (p planPacer) Rate(time.Duration) float64 {
	if len(p) == 0 || p[len(p)-1] <= 0 {
		return 0
	}
	return float64(len(p)) / p[len(p)-1].Seconds()
}

// exactPacer does the waiting of another pacer itself, since Attack sleeps on
// the runtime's timers, which are up to a millisecond late on an idle machine,
// and cannot be woken before the time.
type exactPacer struct {
	vegeta.Pacer
	ctx   context.Context
	clock clock
}

// Pace returns when the hit is due; what is left to wait is nothing.
func (p exactPacer) Pace(_ time.Duration, hits uint64) (time.Duration, bool) {
	wait, stop := p.Pacer.Pace(p.clock.now(), hits)
	if stop || !p.clock.wait(p.ctx, wait) {
		return 0, true
	}
	return 0, false
}

// clientPacer paces one client of a closed load: its first hit is due at once,
// each other when the client has thought after the answer to the one before.
type clientPacer struct {
	ctx   context.Context
	clock clock
	// until is the instant from which on no hit is sent.
	until time.Duration
	think func() time.Duration
	// answered has the instant of each answer. Attack asks for the next pace
	// while the last hit is still out, which is why Pace waits for it.
	answered chan time.Duration
	// due has the intended instant of every hit so far.
	due []time.Duration
}

var _ vegeta.Pacer = (*clientPacer)(nil)

// Pace returns when the next hit is due.
func (p *clientPacer) Pace(elapsed time.Duration, hits uint64) (time.Duration, bool) {
	due := elapsed
	if hits > 0 {
		select {
		case answer := <-p.answered:
			due = answer + p.think()
		case <-p.ctx.Done():
			return 0, true
		}
	}
	if due >= p.until || !p.clock.wait(p.ctx, due-p.clock.now()) {
		return 0, true
	}
	p.due = append(p.due, due)
	return 0, false
}

// Rate is not known beforehand: it is what a closed load finds out.
func (p *clientPacer) Rate(time.Duration) float64 { return 0 }
