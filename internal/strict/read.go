package strict

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// ReadFile is the content of a regular file or a pipe of at most limit bytes.
// Directories, devices and sockets are refused unread. It returns ctx's error as
// soon as ctx ends, even while a pipe has no writer or a disk does not answer.
// Other errors are of type [*Error].
func ReadFile(ctx context.Context, path string, limit int64) ([]byte, error) {
	return abandoned(ctx, func() ([]byte, error) { return readFile(path, limit) })
}

// Read is all that r has, of at most limit bytes; name is how errors call it.
// It ends with ctx as [ReadFile] does.
func Read(ctx context.Context, name string, r io.Reader, limit int64) ([]byte, error) {
	return abandoned(ctx, func() ([]byte, error) { return readAll(name, r, 0, limit) })
}

// abandoned is what read returns, unless ctx ends before: then the read is left
// behind, to end with the process. No system can be told to stop waiting for a
// pipe's other end.
func abandoned(ctx context.Context, read func() ([]byte, error)) ([]byte, error) {
	type result struct {
		data []byte
		err  error
	}
	done := make(chan result, 1)
	go func() {
		data, err := read()
		done <- result{data, err}
	}()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case got := <-done:
		return got.data, got.err
	}
}

func readFile(path string, limit int64) ([]byte, error) {
	fault := func(format string, args ...any) error {
		return &Error{File: path, Problem: fmt.Sprintf(format, args...)}
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fault("no such file")
	case err != nil:
		return nil, fault("cannot be read: %v", cause(err))
	case info.IsDir():
		return nil, fault("is a directory; a file is wanted")
	case !info.Mode().IsRegular() && info.Mode()&fs.ModeNamedPipe == 0:
		return nil, fault("is not a regular file")
	case info.Size() > limit:
		return nil, fault("is too large: %d bytes; at most %d are read", info.Size(), limit)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fault("cannot be read: %v", cause(err))
	}
	defer f.Close()
	return readAll(path, f, info.Size(), limit)
}

// readAll reads what is expected to have so many bytes, and no more than the
// limit of what turns out to be larger.
func readAll(name string, r io.Reader, expected, limit int64) ([]byte, error) {
	var b bytes.Buffer
	b.Grow(int(expected) + bytes.MinRead)
	n, err := b.ReadFrom(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, &Error{File: name, Problem: fmt.Sprintf("cannot be read: %v", cause(err))}
	}
	if n > limit {
		return nil, &Error{File: name, Problem: fmt.Sprintf("is too large; at most %d bytes are read", limit)}
	}
	return b.Bytes(), nil
}

// cause is the system's own word, without the path that the error repeats.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
