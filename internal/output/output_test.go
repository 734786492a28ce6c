package output

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func content(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return strings.Join(all, " ")
}

// Whatever is wrong with one file of a report, the others stay as they were and
// nothing else is left behind.
func TestAllOrNone(t *testing.T) {
	dir := t.TempDir()
	old := filepath.Join(dir, "a.json")
	if err := Write(File{old, []byte("old")}); err != nil {
		t.Fatal(err)
	}
	taken, fifo := filepath.Join(dir, "folder"), filepath.Join(dir, "fifo")
	if err := errors.Join(os.Mkdir(taken, 0o777), syscall.Mkfifo(fifo, 0o666)); err != nil {
		t.Fatal(err)
	}
	before := names(t, dir)
	for path, want := range map[string]string{
		taken:                           ": cannot be written: is a directory",
		fifo:                            ": cannot be written: is not a regular file",
		"/dev/null":                     ": cannot be written: is not a regular file",
		filepath.Join(dir, "none", "b"): ": cannot be written: no such file or directory",
	} {
		err := Write(File{old, []byte("new")}, File{path, []byte("new")})
		if err == nil || err.Error() != path+want {
			t.Errorf("got %v, want %s%s", err, path, want)
		}
		if got := content(t, old); got != "old" || names(t, dir) != before {
			t.Errorf("%s: the other file holds %q, and there are %s", path, got, names(t, dir))
		}
	}
}

// A full disk shows while a file is filled, before any has its name: the limit
// on the size of files stands in for it.
func TestFull(t *testing.T) {
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	old := filepath.Join(dir, "a.json")
	if err := Write(File{old, []byte("old")}); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 1000, Max: was.Max}); err != nil {
		t.Fatal(err)
	}
	err := Write(File{old, []byte("new")}, File{filepath.Join(dir, "b.png"), make([]byte, 2000)})
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		t.Fatal(err)
	}
	if err == nil || !strings.HasSuffix(err.Error(), "b.png: cannot be written: file too large") {
		t.Errorf("got %v", err)
	}
	if content(t, old) != "old" || names(t, dir) != "a.json" {
		t.Errorf("the other file holds %q, and there are %s", content(t, old), names(t, dir))
	}
}

// The umask decides on modes, for new files and replaced ones.
func TestUmask(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.png")
	defer syscall.Umask(syscall.Umask(0o077))
	for range 2 {
		if err := Write(File{path, nil}); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
			t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
		}
	}
}

// Writers of one file at the same time do not meet, each leaves a whole file,
// and what a kill left of another stands in nobody's way.
func TestWritersDoNotMeet(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, strings.Repeat("n", 255))
	if err := os.WriteFile(filepath.Join(dir, "."+strings.Repeat("n", 200)+".1.tmp"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			if err := Write(File{path, []byte(strings.Repeat(string(rune('a'+i)), 10_000))}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := content(t, path); got != strings.Repeat(got[:1], 10_000) {
		t.Errorf("%d bytes that are not all alike", len(got))
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 2 {
		t.Errorf("left behind: %v", entries)
	}
}

// Content that fails on the way leaves the old file.
func TestStream(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.csv")
	write := func(text string, err error) error {
		return Stream(path, func(w io.Writer) error {
			_, writing := io.WriteString(w, text)
			return errors.Join(writing, err)
		})
	}
	if err := write("whole", nil); err != nil {
		t.Fatal(err)
	}
	if err := write("half", errors.New("torn")); err == nil || err.Error() != path+": cannot be written: torn" {
		t.Errorf("got %v", err)
	}
	if got := content(t, path); got != "whole" || names(t, filepath.Dir(path)) != "a.csv" {
		t.Errorf("%q, and there are %s", got, names(t, filepath.Dir(path)))
	}
}

func TestName(t *testing.T) {
	for text, want := range map[string]string{
		"first":                  "first",
		"my table (2)":           "my table (2)",
		"naïve":                  "naïve",
		"../../etc/passwd":       "-..-etc-passwd-",
		"":                       "unnamed-",
		"...":                    "unnamed-",
		".hidden":                "hidden-",
		"a/b":                    "a-b-",
		"\x1b[2J":                "-[2J-",
		strings.Repeat("x", 300): strings.Repeat("x", 71) + "-",
		strings.Repeat("ü", 300): strings.Repeat("ü", 35) + "-",
	} {
		got := Name(text)
		if !strings.HasPrefix(got, want) || strings.HasSuffix(want, "-") != (len(got) == len(want)+8) {
			t.Errorf("Name(%q) = %q, want %q and a digest if that ends with a dash", text, got, want)
		}
	}
}

// Any two texts have two names, and each can be created.
func TestNamesDiffer(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[ab/\\.:ü]{0,4}`), rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 100), func(b []byte) string { return string(b) }))
		a, b := text.Draw(t, "a"), text.Draw(t, "b")
		if a != b && Name(a) == Name(b) {
			t.Fatalf("%q and %q are both %q", a, b, Name(a))
		}
		if name := Name(a); len(name) > nameMost || !utf8.ValidString(name) || filepath.Base(name) != name || strings.HasPrefix(name, ".") {
			t.Fatalf("%q is %q", a, name)
		}
		path := filepath.Join(dir, Name(a)+"-distribution.png")
		if err := Write(File{path, nil}); err != nil {
			t.Fatal(err)
		}
		os.Remove(path)
	})
}
