package load

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"time"
)

// Retries are what a client does about an attempt that failed. A request is then
// all its attempts: its latency lasts until the end of the last.
type Retries struct {
	// Most is how often a client tries again at most; 0 is never.
	Most int
	// Errors has it try again also after an answer of 500 and above and after a
	// connection that broke, not only after a timeout.
	Errors bool
	// Backoff is the wait before the first retry, which grows by Factor from one
	// to the next; a Factor of 0 is 1.
	Backoff time.Duration
	Factor  float64
}

func (r Retries) validate() error {
	if r.Most < 0 || r.Backoff < 0 || r.Factor < 0 {
		return fmt.Errorf("load: %d retries, backoff %v, factor %g: want 0 or more", r.Most, r.Backoff, r.Factor)
	}
	return nil
}

// wait is the time before retry n, counted from 0.
func (r Retries) wait(n int) time.Duration {
	factor := r.Factor
	if factor == 0 {
		factor = 1
	}
	return time.Duration(float64(r.Backoff) * math.Pow(factor, float64(n)))
}

// errGaveUp is the end of a request whose last attempt took too long.
var errGaveUp = errors.New("the client gave up")

// attempts makes the attempts of a request, each with a timeout of its own (0
// is none), until the load's context ends.
type attempts struct {
	http.RoundTripper
	load context.Context
	Retries
	timeout time.Duration
}

func (a attempts) RoundTrip(r *http.Request) (*http.Response, error) {
	for n := 0; ; n++ {
		answer, err := a.attempt(r)
		again := errors.Is(err, errGaveUp) || a.Errors && (err != nil || answer.StatusCode >= http.StatusInternalServerError)
		if !again || n == a.Most || a.load.Err() != nil {
			return answer, err
		}
		select {
		case <-time.After(a.wait(n)):
		case <-a.load.Done():
			return nil, errStopped
		}
	}
}

// attempt is one, from its send to the last byte of its answer.
func (a attempts) attempt(r *http.Request) (*http.Response, error) {
	ctx, cancel := r.Context(), func() {}
	if a.timeout > 0 {
		ctx, cancel = context.WithTimeoutCause(ctx, a.timeout, errGaveUp)
	}
	defer cancel()
	answer, err := a.RoundTripper.RoundTrip(r.Clone(ctx))
	if err == nil {
		var body []byte
		body, err = io.ReadAll(answer.Body)
		answer.Body.Close()
		answer.Body = io.NopCloser(bytes.NewReader(body))
	}
	switch {
	case err == nil:
		return answer, nil
	case errors.Is(context.Cause(ctx), errGaveUp):
		return nil, errGaveUp
	default:
		return nil, err
	}
}
