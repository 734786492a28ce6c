package model

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/k9mil/velocitas/model/strict"
)

// WriteFile writes a file whole or not at all: it fills a temporary file beside
// it, which then takes its name.
func WriteFile(path string, data []byte) error {
	temp := filepath.Join(filepath.Dir(path), fmt.Sprintf(".%s.%d.tmp", filepath.Base(path), os.Getpid()))
	if err := writeNew(temp, data); err != nil {
		return unwritable(path, err)
	}
	if err := os.Rename(temp, path); err != nil {
		os.Remove(temp)
		return unwritable(path, err)
	}
	return nil
}

func writeNew(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err != nil {
		os.Remove(path)
	}
	return err
}

func unwritable(path string, err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	var l *os.LinkError
	if errors.As(err, &l) {
		err = l.Err
	}
	return &strict.Error{File: path, Problem: fmt.Sprintf("cannot be written: %v", err)}
}
