package cmd

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/k9mil/velocitas/internal/output"
)

// prepareOut makes a folder and sees that files can be made in it, before any
// work is done. undo takes away what it made, as long as that is empty.
func prepareOut(dir string) (undo func(), err error) {
	made := missing(dir)
	undo = func() {
		for _, d := range made {
			os.Remove(d)
		}
	}
	madeForReport.Store(&made)
	if err := tryOut(dir); err != nil {
		undo()
		return nil, usage("--out: %s: cannot be written to: %v", dir, output.Cause(err))
	}
	return undo, nil
}

// madeForReport are the folders that this command made.
var madeForReport atomic.Pointer[[]string]

// undoOut takes away the folders that a command made which is left behind, as
// long as they are empty.
func undoOut() {
	if made := madeForReport.Load(); made != nil {
		for _, d := range *made {
			os.Remove(d)
		}
	}
}

// prepareReport is prepareOut for a report that may have no folder.
func prepareReport(dir string) (undo func(), err error) {
	if dir == "" {
		return func() {}, nil
	}
	return prepareOut(dir)
}

// missing are the folders of a path that are not there, the innermost first.
func missing(dir string) []string {
	var list []string
	for d := filepath.Clean(dir); ; d = filepath.Dir(d) {
		if _, err := os.Lstat(d); !errors.Is(err, fs.ErrNotExist) || d == filepath.Dir(d) {
			return list
		}
		list = append(list, d)
	}
}

func tryOut(dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".velocitas-*")
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// reportFiles collects the files of a report. Those that follow an error are
// not made.
type reportFiles struct {
	files []output.File
	err   error
}

func (r *reportFiles) add(f output.File, err error) {
	if r.err = errors.Join(r.err, err); r.err == nil {
		r.files = append(r.files, f)
	}
}

func (r *reportFiles) addAll(files []output.File, err error) {
	if r.err = errors.Join(r.err, err); r.err == nil {
		r.files = append(r.files, files...)
	}
}

// write writes all files or none and returns their paths.
func (r *reportFiles) write() ([]string, error) {
	if r.err == nil {
		r.err = output.Write(r.files...)
	}
	if r.err != nil {
		return nil, r.err
	}
	return output.Paths(r.files), nil
}
