package load

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"time"
)

// A request is all its attempts: each is given up after the timeout, the next
// comes after a backoff that grows, and the latency holds all of it.
func TestRetries(t *testing.T) {
	const timeout, backoff = 60 * time.Millisecond, 20 * time.Millisecond
	slow := func(*atomic.Int64) http.HandlerFunc { return after(10 * timeout) }
	broken := func(*atomic.Int64) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }
	}
	recovers := func(asked *atomic.Int64) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if asked.Load() < 3 {
				after(10*timeout)(w, r)
			}
		}
	}
	for _, row := range []struct {
		why      string
		handler  func(asked *atomic.Int64) http.HandlerFunc
		errors   bool
		attempts int64
		status   Status
		latency  time.Duration // at least
	}{
		{"never in time", slow, false, 3, TimedOut, 3*timeout + backoff + 2*backoff},
		{"in time at last", recovers, false, 3, 200, 2*timeout + backoff + 2*backoff},
		{"an error that counts", broken, true, 3, 503, backoff + 2*backoff},
		{"an error that does not", broken, false, 1, 503, 0},
	} {
		var asked atomic.Int64
		handler := row.handler(&asked)
		c := service(t, func(w http.ResponseWriter, r *http.Request) {
			asked.Add(1)
			handler(w, r)
		})
		c.Timeout, c.Retries = timeout, Retries{Most: 2, Errors: row.errors, Backoff: backoff, Factor: 2}
		run, err := Open(context.Background(), c, []time.Duration{0})
		if err != nil {
			t.Fatal(err)
		}
		r := run.Records[0]
		if asked.Load() != row.attempts || r.Status != row.status || r.Latency < row.latency || r.Latency > row.latency+9*timeout {
			t.Errorf("%s: %d attempts, status %v, latency %v: want %d, %v, some more than %v",
				row.why, asked.Load(), r.Status, r.Latency, row.attempts, row.status, row.latency)
		}
	}
}

// A load that is told to stop does not wait for its retries.
func TestRetriesStop(t *testing.T) {
	c := service(t, after(time.Second))
	c.Timeout, c.Retries = 10*time.Millisecond, Retries{Most: 100, Backoff: time.Hour}
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	began := time.Now()
	if _, err := Open(ctx, c, []time.Duration{0}); err == nil || time.Since(began) > time.Minute {
		t.Errorf("error %v after %v", err, time.Since(began))
	}
}
