package stack

import (
	"context"
	"errors"
	"testing"
	"time"
)

// A command that is deaf to being told to end, and one whose children hold its
// output open, keep nobody waiting: not for the minutes that they sleep.
func TestCancelledCommandEndsAtOnce(t *testing.T) {
	for _, script := range []string{"trap '' TERM; sleep 300; sleep 300", "sleep 300 & sleep 300", "exec sleep 300"} {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(100*time.Millisecond, cancel)
		began := time.Now()
		_, err := execute(ctx, nil, nil, "sh", "-c", script)
		if took := time.Since(began); took > patience || !errors.Is(err, context.Canceled) {
			t.Errorf("%s: ended after %v: %v", script, took, err)
		}
		cancel()
	}
}
