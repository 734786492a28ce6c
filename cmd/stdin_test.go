package cmd

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"
)

// Whoever waits for a stdin on which nobody writes is free once ctx ends.
func TestStdinEnds(t *testing.T) {
	silent, _ := io.Pipe()
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer stop()
	if _, _, ok, err := readStream(ctx, "-", silent, 10); !ok || err == nil {
		t.Errorf("%v, %v", ok, err)
	}
}

func TestStdinIsBounded(t *testing.T) {
	if _, _, _, err := readStream(t.Context(), "-", strings.NewReader("12345678901"), 10); err == nil || !strings.Contains(err.Error(), "stdin: is too large") {
		t.Errorf("%v", err)
	}
	data, shown, ok, err := readStream(t.Context(), "/dev/stdin", strings.NewReader("1234567890"), 10)
	if string(data) != "1234567890" || shown != "stdin" || !ok || err != nil {
		t.Errorf("%q, %q, %v, %v", data, shown, ok, err)
	}
	if _, _, ok, _ := readStream(t.Context(), "stdin", nil, 10); ok {
		t.Error("a file of that name is taken for stdin")
	}
}
