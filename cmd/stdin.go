package cmd

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/k9mil/velocitas/internal/output"
	"github.com/k9mil/velocitas/model/strict"
)

// isStdin tells whether a name on the command line stands for stdin.
func isStdin(name string) bool {
	return name == "-" || name == "/dev/stdin" || name == "/dev/fd/0" || name == "/proc/self/fd/0"
}

// isInherited tells whether a name stands for a file that the shell has opened
// for this process, as <(command) does.
func isInherited(name string) bool {
	number, ok := strings.CutPrefix(name, "/dev/fd/")
	n, err := strconv.Atoi(number)
	return ok && err == nil && n > 2
}

// readStream reads what a name that is no file stands for: stdin, or what the
// shell has opened. ok is false where it is neither. shown is how errors call it.
// A signal ends the wait for whoever writes.
func readStream(ctx context.Context, name string, stdin io.Reader, limit int64) (data []byte, shown string, ok bool, err error) {
	from := stdin
	switch {
	case isStdin(name):
		shown = "stdin"
	case isInherited(name):
		f, err := os.Open(name)
		if err != nil {
			return nil, name, true, &strict.Error{File: name, Problem: "cannot be read: " + output.Cause(err).Error()}
		}
		defer f.Close()
		from, shown = f, filepath.Base(filepath.Dir(name))+filepath.Base(name)
	default:
		return nil, name, false, nil
	}
	data, err = readWithin(ctx, from, limit)
	if err != nil && ctx.Err() == nil {
		err = &strict.Error{File: shown, Problem: err.Error()}
	}
	return data, shown, true, err
}

// readWithin reads all there is, at most so many bytes, unless ctx ends before
// that. A read that hangs is then left behind, to end with the process.
func readWithin(ctx context.Context, r io.Reader, limit int64) ([]byte, error) {
	type result struct {
		data []byte
		err  error
	}
	done := make(chan result, 1)
	go func() {
		data, err := io.ReadAll(io.LimitReader(r, limit+1))
		done <- result{data, err}
	}()
	select {
	case <-ctx.Done():
		return nil, stopped(ctx, nil)
	case got := <-done:
		switch {
		case got.err != nil:
			return nil, fmt.Errorf("cannot be read: %w", output.Cause(got.err))
		case int64(len(got.data)) > limit:
			return nil, fmt.Errorf("is too large; at most %d bytes are read", limit)
		}
		return got.data, nil
	}
}
