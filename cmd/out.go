package cmd

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
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
	if err := tryOut(dir); err != nil {
		undo()
		return nil, usage("--out: %s: cannot be written to: %v", dir, cause(err))
	}
	return undo, nil
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

// cause is the system's own word, without the path that the error repeats.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
