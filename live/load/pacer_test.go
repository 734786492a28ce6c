package load

import (
	"context"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const ms = time.Millisecond

func TestPlanPacer(t *testing.T) {
	plan := planPacer{0, 10 * ms, 10 * ms, 50 * ms}
	for _, row := range []struct {
		elapsed time.Duration
		hits    uint64
		wait    time.Duration
		stop    bool
	}{
		{0, 0, 0, false},             // due at once
		{0, 1, 10 * ms, false},       // the second is due in 10 ms
		{10 * ms, 2, 0, false},       // two at the same instant
		{60 * ms, 1, 0, false},       // overdue: not waited for
		{20 * ms, 3, 30 * ms, false}, // what is left
		{20 * ms, 4, 0, true},        // the end of the plan
		{0, math.MaxUint64, 0, true}, // far beyond it
	} {
		if wait, stop := plan.Pace(row.elapsed, row.hits); wait != row.wait || stop != row.stop {
			t.Errorf("Pace(%v, %d) = %v, %v: want %v, %v", row.elapsed, row.hits, wait, stop, row.wait, row.stop)
		}
	}
	if _, stop := planPacer(nil).Pace(0, 0); !stop {
		t.Error("an empty plan has a hit")
	}
}

// virtual is a clock on which waiting takes no time.
type virtual struct {
	at    time.Duration
	waits []time.Duration
}

func (v *virtual) now() time.Duration { return v.at }

func (v *virtual) wait(ctx context.Context, d time.Duration) bool {
	v.waits = append(v.waits, d)
	v.at += max(0, d)
	return ctx.Err() == nil
}

// Whatever the plan, a generator that needs no time sends at its instants.
func TestExactPacerFollowsAnyPlan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plan := rapid.SliceOf(rapid.Custom(func(t *rapid.T) time.Duration {
			return time.Duration(rapid.Int64Range(0, 1e9).Draw(t, "at"))
		})).Draw(t, "plan")
		slices.Sort(plan)
		clock := &virtual{}
		pacer := exactPacer{planPacer(plan), context.Background(), clock}
		for i := range plan {
			if wait, stop := pacer.Pace(0, uint64(i)); wait != 0 || stop || clock.at != plan[i] {
				t.Fatalf("hit %d at %v (wait %v, stop %v): want %v", i, clock.at, wait, stop, plan[i])
			}
		}
		if _, stop := pacer.Pace(0, uint64(len(plan))); !stop {
			t.Fatal("no stop at the end")
		}
	})
}

// A client asks at once, then after answer plus think time, and not at or
// after the end.
func TestClientPacer(t *testing.T) {
	clock := &virtual{}
	p := &clientPacer{ctx: context.Background(), clock: clock, until: 100 * ms,
		think: func() time.Duration { return 20 * ms }, answered: make(chan time.Duration, 1)}
	for i, row := range []struct {
		answered time.Duration
		due      time.Duration
		stop     bool
	}{
		{0, 0, false},                 // the first needs no answer
		{15 * ms, 35 * ms, false},     // answered after 15 ms
		{79 * ms, 99 * ms, false},     // just in time
		{99*ms + 1, 119*ms + 1, true}, // too late
	} {
		if i > 0 {
			clock.at = row.answered
			p.answered <- row.answered
		}
		_, stop := p.Pace(0, uint64(i))
		if stop != row.stop {
			t.Fatalf("hit %d: stop %v: want %v", i, stop, row.stop)
		}
		if !stop && (p.due[i] != row.due || clock.at != row.due) {
			t.Errorf("hit %d: due at %v, sent at %v: want %v", i, p.due[i], clock.at, row.due)
		}
	}
}

// A client whose answer never comes stops with the load.
func TestClientPacerStops(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	p := &clientPacer{ctx: ctx, clock: &virtual{}, until: time.Hour, answered: make(chan time.Duration)}
	if _, stop := p.Pace(0, 1); !stop {
		t.Error("no stop")
	}
}

// The real clock never wakes early.
func TestWallClockWaits(t *testing.T) {
	for _, d := range []time.Duration{-ms, 0, 100 * time.Microsecond, 1200 * time.Microsecond, 5 * ms} {
		c := wallClock{time.Now()}
		if !c.wait(context.Background(), d) || c.now() < d {
			t.Errorf("waited %v of %v", c.now(), d)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if began := time.Now(); (wallClock{began}).wait(ctx, time.Hour) || time.Since(began) > time.Minute {
		t.Error("waited in spite of the context")
	}
}
