package evidence

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/flate"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/k9mil/velocitas/internal/strict"
)

// Source is a file that is read once, as a stream.
type Source struct {
	Name string // as errors call it

	file   *os.File // nil where there is none
	head   []byte   // the first bytes, unpacked; not consumed
	r      *bufio.Reader
	read   *counter
	packed bool
	cut    bool // the packed stream ended before its end
}

// headMost is by how many bytes a format is recognised.
const headMost = 64 << 10

// Open opens a file, packed with gzip or bzip2 or not. Errors are of type
// [*strict.Error].
func Open(path string) (*Source, error) {
	info, err := os.Stat(path)
	problem := ""
	switch {
	case errors.Is(err, fs.ErrNotExist):
		problem = "no such file"
	case err != nil:
		problem = "cannot be read: " + cause(err)
	case info.IsDir():
		problem = "is a directory; a file is wanted"
	case !info.Mode().IsRegular() && info.Mode()&fs.ModeNamedPipe == 0:
		problem = "is not a regular file"
	}
	if problem != "" {
		return nil, &strict.Error{File: path, Problem: problem}
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, &strict.Error{File: path, Problem: "cannot be read: " + cause(err)}
	}
	s, err := From(path, f)
	if err != nil {
		f.Close()
		return nil, err
	}
	s.file = f
	return s, nil
}

func cause(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

// From is a source of what a reader has; name is how errors call it.
func From(name string, r io.Reader) (*Source, error) {
	s := &Source{Name: name, read: &counter{r: r}}
	s.r = bufio.NewReaderSize(s.read, 256<<10)
	magic, err := s.r.Peek(6)
	if err != nil && err != io.EOF {
		return nil, s.fault("cannot be read: %s", cause(err))
	}
	if err := s.unpack(magic); err != nil {
		return nil, err
	}
	s.head, err = s.r.Peek(headMost)
	if err != nil && err != io.EOF && !s.broken(err) {
		return nil, s.fault("cannot be read: %s", cause(err))
	}
	if bytes.HasPrefix(s.head, []byte("\xef\xbb\xbf")) {
		_, _ = s.r.Discard(3)
		s.head = s.head[3:]
	}
	return s, s.text()
}

// Close closes the file, if there is one.
func (s *Source) Close() error {
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}

func (s *Source) fault(format string, args ...any) error {
	return &strict.Error{File: s.Name, Problem: fmt.Sprintf(format, args...)}
}

// unpack reads on through what a file is packed with.
func (s *Source) unpack(magic []byte) error {
	var from io.Reader
	switch {
	case bytes.HasPrefix(magic, []byte("\x1f\x8b")):
		z, err := gzip.NewReader(s.r)
		if err != nil {
			return s.fault("begins as gzip does and is none: %v", err)
		}
		from = z
	case bytes.HasPrefix(magic, []byte("BZh")):
		from = bzip2.NewReader(s.r)
	case bytes.HasPrefix(magic, []byte("PK\x03\x04")):
		return s.fault("is a zip archive; unpack it")
	case bytes.HasPrefix(magic, []byte("\xfd7zXZ\x00")):
		return s.fault("is packed with xz; unpack it: xz -dc FILE | velocitas import -")
	case bytes.HasPrefix(magic, []byte("\x28\xb5\x2f\xfd")):
		return s.fault("is packed with zstd; unpack it: zstd -dc FILE | velocitas import -")
	default:
		return nil
	}
	s.packed = true
	s.r = bufio.NewReaderSize(from, 256<<10)
	if again, _ := s.r.Peek(2); bytes.Equal(again, []byte("\x1f\x8b")) {
		return s.fault("is packed twice; unpack it once: gzip -dc FILE | velocitas import -")
	}
	return nil
}

// broken notes that a packed stream ended or went wrong in the middle. What came
// before can be used.
func (s *Source) broken(err error) bool {
	var corrupt flate.CorruptInputError
	var structural bzip2.StructuralError
	damaged := errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, gzip.ErrChecksum) || errors.Is(err, gzip.ErrHeader) ||
		errors.As(err, &corrupt) || errors.As(err, &structural)
	s.cut = s.cut || s.packed && damaged
	return s.cut
}

// text refuses what is no text; a gob of vegeta is none, and read all the same.
func (s *Source) text() error {
	switch {
	case len(s.head) == 0 && s.cut:
		return s.fault("is cut off: its packed content ends before the first line")
	case len(s.head) == 0:
		return s.fault("is empty")
	case bytes.HasPrefix(s.head, []byte("\xff\xfe")), bytes.HasPrefix(s.head, []byte("\xfe\xff")), utf16(s.head):
		return s.fault("is UTF-16 text; save it as UTF-8")
	}
	return nil
}

// utf16 tells whether every other byte at the start is zero.
func utf16(head []byte) bool {
	if len(head) < 8 {
		return false
	}
	head = head[:min(len(head)&^1, 64)]
	for i := range head {
		if (head[i] == 0) == (head[i^1] == 0) {
			return false
		}
	}
	return true
}

// doubts say what went wrong with the file beside its lines.
func (s *Source) doubts() (list []string) {
	if s.cut {
		list = append(list, "the packed file is cut off or damaged in the middle; what comes before is used")
	}
	if s.file == nil {
		return list
	}
	opened, err := s.file.Stat()
	if err != nil {
		return list
	}
	if now, err := os.Stat(s.file.Name()); err != nil || !os.SameFile(opened, now) {
		list = append(list, "the file was rotated while it was read: it is read to its end, and what came after is in another")
	} else if opened.Mode().IsRegular() && opened.Size() < s.read.n {
		list = append(list, "the file was cut while it was read: what is used is of before")
	}
	return list
}

// counter counts what is read.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// wholeMost bounds what is read as a whole, in bytes.
const wholeMost = 64 << 20

// whole is all that a source has.
func (s *Source) whole(ctx context.Context) ([]byte, error) {
	data, err := strict.Read(ctx, s.Name, s.r, wholeMost)
	if err != nil && s.cut {
		return nil, s.fault("is cut off: its packed content ends in the middle")
	}
	return data, err
}
