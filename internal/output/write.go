// Package output writes the files of a report and names them. A report appears
// as a whole or not at all: a full disk or a kill leaves no new file beside old
// ones, and no half of any.
package output

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"

	"github.com/k9mil/velocitas/internal/strict"
)

// File is a file to be written.
type File struct {
	Path string
	Data []byte
}

// Paths are the paths of files, in their order.
func Paths(files []File) []string {
	var paths []string
	for _, f := range files {
		paths = append(paths, f.Path)
	}
	return paths
}

// Write writes files, which replace those of the same names. All are filled
// under temporary names in their own folders before the first takes its name,
// so that whatever can fail for lack of space or permission fails while nothing
// has changed. Modes are as the umask says. Errors
// name the file.
func Write(files ...File) error {
	var pending []temporary
	defer func() {
		for _, t := range pending {
			os.Remove(t.name)
		}
	}()
	for _, f := range files {
		t, err := fill(f.Path, func(w io.Writer) error {
			_, err := w.Write(f.Data)
			return err
		})
		if err != nil {
			return unwritable(f.Path, err)
		}
		pending = append(pending, t)
	}
	for len(pending) > 0 {
		if err := pending[0].rename(); err != nil {
			return unwritable(pending[0].path, err)
		}
		pending = pending[1:]
	}
	return nil
}

// Stream writes one file as [Write] does, with content that is made on the way.
func Stream(path string, content func(io.Writer) error) error {
	t, err := fill(path, content)
	if err != nil {
		return unwritable(path, err)
	}
	if err := t.rename(); err != nil {
		os.Remove(t.name)
		return unwritable(path, err)
	}
	return nil
}

// temporary is a file that is complete but for its name.
type temporary struct{ name, path string }

func (t temporary) rename() error { return os.Rename(t.name, t.path) }

// fill makes a temporary for a path and leaves nothing where it fails.
func fill(path string, content func(io.Writer) error) (temporary, error) {
	if err := replaceable(path); err != nil {
		return temporary{}, err
	}
	f, err := create(path)
	if err != nil {
		return temporary{}, err
	}
	err = content(f)
	if err == nil {
		err = f.Sync() // some file systems learn only now that they are full
	}
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return temporary{f.Name(), path}, err
}

// replaceable is an error where something has the path's name that a file must
// not take the place of: as root, a rename replaces even a device.
func replaceable(path string) error {
	info, err := os.Lstat(path)
	switch {
	case err != nil: // most often there is none; anything else, creating tells
		return nil
	case info.IsDir():
		return errors.New("is a directory")
	case !info.Mode().IsRegular() && info.Mode()&fs.ModeSymlink == 0:
		return errors.New("is not a regular file")
	}
	return nil
}

// create makes a new file beside path. Its name is random, since in containers
// all processes have the same number and a kill leaves temporaries behind; and
// it is opened by hand, since os.CreateTemp overrules the umask.
func create(path string) (*os.File, error) {
	const tries = 1000
	dir, base := filepath.Split(path)
	base = cut(base, 200) // names have at most 255 bytes
	for i := 0; ; i++ {
		name := dir + "." + base + "." + strconv.FormatUint(rand.Uint64(), 36) + ".tmp"
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if err == nil || !errors.Is(err, fs.ErrExist) || i == tries {
			return f, err
		}
	}
}

// unwritable says which file could not be written, without the name of its
// temporary.
func unwritable(path string, err error) error {
	return fmt.Errorf("%s: cannot be written: %w", strict.Cut(path, 200), Cause(err))
}

// Cause is the system's own word for what went wrong with a file, without the
// path.
func Cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	var l *os.LinkError
	if errors.As(err, &l) {
		return l.Err
	}
	return err
}
