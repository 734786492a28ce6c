package measure

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"sync"
	"syscall"
	"time"

	"github.com/k9mil/velocitas/live/stack"
	"github.com/k9mil/velocitas/scenarios"
)

// Actor is a system to whose instances, counted from 0, something can be done.
type Actor interface {
	System
	// Signal sends a signal to an instance.
	Signal(ctx context.Context, i int, signal syscall.Signal) error
	// Restart starts an instance that was killed, and returns when it is ready.
	Restart(ctx context.Context, i int) error
	// Limit lets an instance use so many cores from now on.
	Limit(ctx context.Context, i int, cpus float64) error
}

// Happened is an event as it came about. Instants are since the start of the load.
type Happened struct {
	Do       string        `json:"do"`
	Instance int           `json:"instance"` // from 1
	At       time.Duration `json:"at_ns"`    // when it was due
	Began    time.Duration `json:"began_ns"`
	Done     time.Duration `json:"done_ns"` // a started instance is ready then
}

// plight is what is wrong with an instance now.
type plight struct {
	down, paused bool
	slow         float64 // 1 is as ever
}

// away is a time in which an instance did not answer, since the start of the load.
type away struct{ from, to time.Duration }

// never is the end of what has not ended.
const never = time.Duration(1<<63 - 1)

// events makes the events of one block happen. Without any, it is the system
// itself. It counts the CPU time of all lives of an instance together.
type events struct {
	System
	actor Actor // nil where nothing can be done, and nothing is asked for
	table []scenarios.Change
	base  []float64 // CPU limits of those in use as they were
	slow  []float64 // by how much each is slower all of the time

	mu       sync.Mutex
	began    time.Time
	now      []plight
	spans    [][]away
	expected []stack.Member // those in use, as they should be at the end
	happened []Happened
	lives    lives
}

// newEvents are those of a block with so many instances.
func newEvents(s System, c Config, instances int) *events {
	e := &events{System: s, table: c.Scenario.Timetable(instances),
		now: make([]plight, instances), spans: make([][]away, instances)}
	e.actor, _ = s.(Actor)
	for i := range instances {
		e.now[i].slow = 1
		e.base, e.slow = append(e.base, c.limits[i]), append(e.slow, c.Scenario.InstanceAt(i+1).Slow)
	}
	return e
}

// begin slows down those that are slow all of the time, and notes who is there.
func (e *events) begin(ctx context.Context) error {
	if err := e.limit(ctx, func(i int) float64 { return e.base[i] / e.slow[i] }); err != nil {
		return err
	}
	e.expected = append(e.expected, e.Instances()[:len(e.now)]...)
	return nil
}

// end gives back what begin took.
func (e *events) end(ctx context.Context) error {
	return e.limit(ctx, func(i int) float64 { return e.base[i] })
}

// limit changes the limits that are not as they should be.
func (e *events) limit(ctx context.Context, want func(i int) float64) (errs error) {
	for i, m := range e.Instances()[:len(e.now)] {
		if math.Abs(m.CPUs-want(i)) > 1e-8 { // containers count in billionths
			errs = errors.Join(errs, e.actor.Limit(ctx, i, want(i)))
		}
	}
	return errs
}

// play lets the events happen until stop is closed, and then undoes what is
// still in force.
func (e *events) play(ctx context.Context, began time.Time, stop <-chan struct{}) error {
	e.mu.Lock()
	e.began = began
	e.mu.Unlock()
	for _, h := range e.table {
		timer := time.NewTimer(time.Until(began.Add(h.At)))
		select {
		case <-timer.C:
			if err := e.strike(ctx, h); err != nil {
				return errors.Join(err, e.undo(ctx))
			}
			continue
		case <-stop:
		case <-ctx.Done():
		}
		timer.Stop()
		return e.undo(ctx)
	}
	select {
	case <-stop:
	case <-ctx.Done():
	}
	return e.undo(ctx)
}

// undo starts whoever is not as ever, and waits until it answers.
func (e *events) undo(ctx context.Context) error {
	var errs error
	for i, p := range e.now {
		if p == (plight{slow: 1}) {
			continue
		}
		err := e.start(ctx, i)
		if err == nil {
			err = answersAgain(ctx, e.expected[i].Address)
		}
		errs = errors.Join(errs, err)
	}
	return errs
}

// strike lets one event happen.
func (e *events) strike(ctx context.Context, h scenarios.Change) error {
	done := Happened{Do: h.Do, Instance: h.Instance, At: h.At, Began: time.Since(e.began)}
	err := e.act(ctx, h)
	if err != nil {
		return fmt.Errorf("%s of instance %d: %w", h.Do, h.Instance, err)
	}
	done.Done = time.Since(e.began)
	e.happened = append(e.happened, done)
	return nil
}

func (e *events) act(ctx context.Context, h scenarios.Change) error {
	i := h.Instance - 1
	p := e.now[i]
	switch h.Do {
	case "slow":
		p.slow = h.Factor
		e.set(i, p)
		return e.actor.Limit(ctx, i, e.base[i]/e.slow[i]/h.Factor)
	case "pause":
		if p.down || p.paused {
			return nil
		}
		p.paused = true
		e.set(i, p)
		return e.actor.Signal(ctx, i, syscall.SIGSTOP)
	case "stop":
		if p.down {
			return nil
		}
		// What it has used until now ends with it.
		if _, err := e.Counters(ctx); err != nil {
			return err
		}
		p.down = true
		e.set(i, p)
		return e.actor.Signal(ctx, i, syscall.SIGKILL)
	}
	return e.start(ctx, i)
}

// start undoes all that was done to an instance.
func (e *events) start(ctx context.Context, i int) error {
	p := e.now[i]
	if p.slow != 1 {
		if err := e.actor.Limit(ctx, i, e.base[i]/e.slow[i]); err != nil {
			return err
		}
	}
	switch {
	case p.down:
		if err := e.actor.Restart(ctx, i); err != nil {
			return err
		}
	case p.paused:
		if err := e.actor.Signal(ctx, i, syscall.SIGCONT); err != nil {
			return err
		}
	}
	m := e.Instances()[i]
	if p.down && m.Address != e.expected[i].Address {
		return fmt.Errorf("instance %d came back at another address, %s", i+1, m.Address)
	}
	e.mu.Lock()
	e.expected[i] = m
	e.mu.Unlock()
	e.set(i, plight{slow: 1})
	return nil
}

// set notes the plight of an instance and, if it has changed, since when.
func (e *events) set(i int, p plight) {
	e.mu.Lock()
	defer e.mu.Unlock()
	was, is := e.now[i].down || e.now[i].paused, p.down || p.paused
	since := time.Since(e.began)
	switch {
	case is && !was:
		e.spans[i] = append(e.spans[i], away{since, never})
	case was && !is:
		e.spans[i][len(e.spans[i])-1].to = since
	}
	e.now[i] = p
}

// away is which of the instances are away, by an event.
func (e *events) away() []bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	gone := make([]bool, len(e.now))
	for i, p := range e.now {
		gone[i] = p.down || p.paused
	}
	return gone
}

// explains tells whether some instance was away between two instants, or had
// been so recently that nginx may still leave it out.
func (e *events) explains(from, to, recently time.Duration) bool {
	for _, spans := range e.spans {
		for _, a := range spans {
			if from <= max(a.to, a.to+recently) && to >= a.from {
				return true
			}
		}
	}
	return false
}

// Counters are the system's, with all lives of an instance together.
func (e *events) Counters(ctx context.Context) (stack.Counters, error) {
	c, err := e.System.Counters(ctx)
	if err != nil || len(e.table) == 0 {
		return c, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.lives.add(c), nil
}

// lives adds up the counters of instances that were killed and started again.
type lives struct{ before, last []stack.Usage }

// add is the counters with what all earlier lives used.
func (l *lives) add(c stack.Counters) stack.Counters {
	for len(l.last) < len(c.Instances) {
		l.before, l.last = append(l.before, stack.Usage{}), append(l.last, stack.Usage{})
	}
	for i, u := range c.Instances {
		if u.CPUNs < l.last[i].CPUNs { // a new life, or none
			l.before[i] = l.before[i].Add(l.last[i])
		}
		l.last[i] = u
		c.Instances[i] = u.Add(l.before[i])
	}
	return c
}

// patienceAgain is how long an instance may take to answer again after a pause.
const patienceAgain = 30 * time.Second

// answersAgain waits until an instance is ready. Of one without an address
// nothing is known.
func answersAgain(ctx context.Context, address string) error {
	if address == "" {
		return nil
	}
	client := http.Client{Timeout: patienceAgain, Transport: &http.Transport{DisableKeepAlives: true}}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/healthz", nil)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}
