package cmd

import (
	"bytes"
	"context"
	"strings"
	"sync"
	"testing"
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
// and the end of a command that none interrupted is not.
func TestSignalsAreAcknowledged(t *testing.T) {
	root := newRoot()
	for args, want := range map[string]string{"live": "removing the instances", "instance": "closing the store", "sim": ""} {
		var said sharedBuffer
		ctx, signal := context.WithCancel(t.Context())
		acknowledge(ctx, &said, cleaned(root, []string{args}))
		signal()
		deadline := time.Now().Add(time.Second)
		for want != "" && said.String() == "" && time.Now().Before(deadline) {
			time.Sleep(time.Millisecond)
		}
		if got := said.String(); !strings.Contains(got, want) || (got == "") != (want == "") {
			t.Errorf("%s says %q", args, got)
		}
	}
	var said sharedBuffer
	ctx, end := context.WithCancel(t.Context())
	acknowledge(ctx, &said, "cleaning")()
	end()
	time.Sleep(10 * time.Millisecond)
	if said.String() != "" {
		t.Errorf("a command that ended by itself says %q", said.String())
	}
}
