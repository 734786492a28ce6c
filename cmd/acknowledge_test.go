package cmd

import (
	"bytes"
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

type sharedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *sharedBuffer) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(b)
}

func (s *sharedBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// A signal is answered within a second by a line that says what is cleaned up,
// and the end of a command that none interrupted is not. The second is that of a
// clock that stands still while something is to be done.
func TestSignalsAreAcknowledged(t *testing.T) {
	root := newRoot()
	for args, want := range map[string]string{"live": "removing the instances", "instance": "closing the store", "sim": ""} {
		synctest.Test(t, func(t *testing.T) {
			var said sharedBuffer
			ctx, signal := context.WithCancel(t.Context())
			acknowledge(ctx, &said, cleaned(root, []string{args}))
			signal()
			time.Sleep(time.Second)
			if got := said.String(); !strings.Contains(got, want) || (got == "") != (want == "") {
				t.Errorf("%s says %q", args, got)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		var said sharedBuffer
		ctx, end := context.WithCancel(t.Context())
		acknowledge(ctx, &said, "cleaning")()
		end()
		time.Sleep(time.Hour)
		if said.String() != "" {
			t.Errorf("a command that ended by itself says %q", said.String())
		}
	})
}
