package stack

import (
	"context"
	"errors"
	"testing"
	"time"
)

// A command that is deaf to being told to end, and one whose children hold its
// output open, keep nobody waiting.
func TestCancelledCommandEndsAtOnce(t *testing.T) {
	for _, script := range []string{"trap '' TERM; sleep 20; sleep 20", "sleep 20 & sleep 20", "exec sleep 20"} {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(100*time.Millisecond, cancel)
		began := time.Now()
		_, err := execute(ctx, nil, nil, "sh", "-c", script)
		if took := time.Since(began); took > time.Second || !errors.Is(err, context.Canceled) {
			t.Errorf("%s: ended after %v: %v", script, took, err)
		}
		cancel()
	}
}
