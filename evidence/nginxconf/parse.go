package nginxconf

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
)

// Bounds of what is read: nobody writes more by hand.
const (
	fileBytes = 4 << 20
	filesMost = 1000
)

// directive is one of a configuration: its name, what follows, and the block that
// it opens, if it does.
type directive struct {
	Directive string
	Args      []string
	File      string
	Line      int
	Block     directives // nil where it opens none
	// InMap tells that it is a line of a map or of a block like it.
	InMap bool
}

type directives []*directive

// IsBlock tells whether it opens a block.
func (d *directive) IsBlock() bool { return d.Block != nil }

// tree reads a file with all that it includes as one list of directives.
type tree struct {
	files   []string
	missing []string
}

// open gives a file's text, once it is one that nginx would read.
func (t *tree) open(path string) (io.ReadCloser, error) {
	path = t.found(path)
	if len(t.files) == filesMost {
		return nil, fmt.Errorf("%s: more than %d files are included", path, filesMost)
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && len(t.files) > 0:
		t.missing = append(t.missing, path)
		return io.NopCloser(strings.NewReader("")), nil
	case err != nil:
		return nil, fmt.Errorf("%s: %w", path, errors.Unwrap(err))
	case info.IsDir():
		return nil, fmt.Errorf("%s: is a folder; want an nginx.conf", path)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s: is a pipe or a device; want an nginx.conf", path)
	case info.Size() > fileBytes:
		return nil, fmt.Errorf("%s: has %d MB; a configuration has %d at most", path, info.Size()>>20, fileBytes>>20)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	if bytes.HasPrefix(text, []byte("\xff\xfe")) || bytes.HasPrefix(text, []byte("\xfe\xff")) {
		return nil, fmt.Errorf("%s: is UTF-16; save it as UTF-8", path)
	}
	if bytes.IndexByte(text, 0) >= 0 {
		return nil, fmt.Errorf("%s: is no text", path)
	}
	if !slices.Contains(t.files, path) { // the parser opens some twice
		t.files = append(t.files, path)
	}
	return io.NopCloser(bytes.NewReader(text)), nil
}

// found is where a file is: below the folder of the configuration, if it is not
// where the machine that the configuration is of has it.
func (t *tree) found(path string) string {
	if len(t.files) == 0 || !filepath.IsAbs(path) {
		return path
	}
	if _, err := os.Stat(path); err == nil {
		return path
	}
	if beside := t.beside(path); beside != "" {
		if _, err := os.Stat(beside); err == nil {
			return beside
		}
	}
	return path
}

// beside is a path below /etc/nginx as one below the folder of the first file.
func (t *tree) beside(path string) string {
	for _, prefix := range []string{"/etc/nginx/", "/usr/local/nginx/conf/", "/usr/local/etc/nginx/"} {
		if rest, ok := strings.CutPrefix(path, prefix); ok {
			return filepath.Join(filepath.Dir(t.files[0]), rest)
		}
	}
	return ""
}

func (t *tree) glob(pattern string) ([]string, error) {
	found, err := filepath.Glob(pattern)
	if err == nil && len(found) == 0 && len(t.files) > 0 && filepath.IsAbs(pattern) {
		if beside := t.beside(pattern); beside != "" {
			found, err = filepath.Glob(beside)
		}
	}
	sort.Strings(found)
	return found, err
}
