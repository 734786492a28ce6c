package strict

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// ReadFile is the content of a regular file of at most limit bytes. It reads
// no more than that of a file that grows, and refuses directories and devices
// unread.
func ReadFile(path string, limit int64) ([]byte, error) {
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
	case !info.Mode().IsRegular():
		return nil, fault("is not a regular file")
	case info.Size() > limit:
		return nil, fault("is too large: %d bytes; at most %d are read", info.Size(), limit)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fault("cannot be read: %v", cause(err))
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, fault("cannot be read: %v", cause(err))
	}
	if int64(len(data)) > limit {
		return nil, fault("is too large; at most %d bytes are read", limit)
	}
	return data, nil
}

// cause is the system's own word, without the path that the error repeats.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
