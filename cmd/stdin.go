package cmd

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/k9mil/velocitas/internal/output"
	"github.com/k9mil/velocitas/internal/strict"
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
	data, err = strict.Read(ctx, shown, from, limit)
	return data, shown, true, err
}

// readNamed reads what a name stands for: stdin, what the shell has opened, or a
// file. shown is how errors call it.
func readNamed(ctx context.Context, name string, stdin io.Reader, limit int64) (data []byte, shown string, err error) {
	data, shown, ok, err := readStream(ctx, name, stdin, limit)
	if !ok {
		data, err = strict.ReadFile(ctx, name, limit)
	}
	return data, shown, err
}
