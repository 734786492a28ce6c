package scenarios

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/k9mil/velocitas/internal/strict"
)

// FileMost bounds a scenario file in bytes. The built-in ones have about 2,000.
const FileMost = 256 << 10

// Read reads a built-in scenario or a YAML (or JSON) file, with the trace and the
// samples that it names, and resolves it. The files that a scenario file names are looked for beside that file. Errors are of type
// [*strict.Error], or ctx's where that ends.
func Read(ctx context.Context, nameOrFile string) (*Scenario, error) {
	data, err := Text(ctx, nameOrFile)
	if err != nil {
		return nil, err
	}
	if _, ok := Builtin(nameOrFile); ok {
		return Parse(nameOrFile+".yaml", data)
	}
	return ReadText(ctx, nameOrFile, filepath.Dir(nameOrFile), data)
}

// Text is what a built-in scenario or a file says, unread.
func Text(ctx context.Context, nameOrFile string) ([]byte, error) {
	if data, ok := Builtin(nameOrFile); ok {
		return data, nil
	}
	if _, err := os.Stat(nameOrFile); err != nil && !looksLikeFile(nameOrFile) {
		return nil, &strict.Error{File: strict.Quote(nameOrFile),
			Problem: "there is no built-in scenario and no file of that name" + strict.Hint(nameOrFile, Names())}
	}
	return strict.ReadFile(ctx, nameOrFile, FileMost)
}

// ReadText is [Read] of a scenario whose text is at hand, such as one from stdin.
// Errors call it file; the files that it names are looked for in dir.
func ReadText(ctx context.Context, file, dir string, data []byte) (*Scenario, error) {
	s, doc, err := parse(file, data)
	if err != nil {
		return nil, err
	}
	if looksLikeFile(s.Profile) {
		s.Profile = beside(dir, s.Profile)
	}
	if s.Load.Trace != "" && s.Load.TraceS == nil {
		s.Load.TraceS, err = readTrace(ctx, beside(dir, s.Load.Trace))
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			return nil, doc.Fault("load.trace", "%v", err)
		}
	}
	if err := s.readSamples(ctx, dir, doc); err != nil {
		return nil, err
	}
	return s, nil
}

// Parse reads and resolves a scenario that was read from file. It opens no
// other file: a trace and samples that the scenario names are left unread.
func Parse(file string, data []byte) (*Scenario, error) {
	s, _, err := parse(file, data)
	return s, err
}

func parse(file string, data []byte) (*Scenario, *strict.Document, error) {
	if len(data) > FileMost {
		return nil, nil, &strict.Error{File: file, Problem: "is too large for a scenario"}
	}
	doc, err := strict.YAML(file, data)
	if err != nil {
		return nil, nil, err
	}
	s, err := resolve(doc)
	return s, doc, err
}

// Resolved reads back the JSON of a resolved scenario, as a curve file holds it.
func Resolved(file string, data json.RawMessage) (*Scenario, error) {
	doc, err := strict.JSON(file, data)
	if err != nil {
		return nil, err
	}
	return resolve(doc)
}

func resolve(doc *strict.Document) (*Scenario, error) {
	s := Default()
	if err := doc.Decode(s); err != nil {
		return nil, err
	}
	if s.Name == "" {
		s.Name = nameOf(strings.TrimSuffix(filepath.Base(doc.File), filepath.Ext(doc.File)))
	}
	s.complete()
	if f := s.fault(); f != nil {
		return nil, doc.Fault(f.Key, "%s", f.Problem)
	}
	return s, nil
}

// nameOf is a scenario's name by that of its file. Letters beyond a to z are not
// kept, so a digest of them keeps names apart that differ in these alone.
func nameOf(file string) string {
	clean := fileName(file)
	if !strings.ContainsFunc(file, func(r rune) bool { return r > unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsNumber(r)) }) {
		return clean
	}
	sum := sha256.Sum256([]byte(file))
	return fmt.Sprintf("%s-%x", strings.TrimRight(clean[:min(len(clean), 71)], "._-"), sum[:4])
}

// fileName makes a name that any file system takes, and no path.
func fileName(name string) string {
	clean := strings.Map(func(r rune) rune {
		if strings.ContainsRune("._-", r) || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' {
			return r
		}
		return '-'
	}, name)
	clean = strings.Trim(clean[:min(len(clean), 80)], "._-")
	if clean == "" {
		return "scenario"
	}
	return clean
}

func looksLikeFile(name string) bool {
	return strings.ContainsAny(name, `/\`) || filepath.Ext(name) != ""
}

func beside(dir, file string) string {
	if filepath.IsAbs(file) {
		return file
	}
	return filepath.Join(dir, file)
}
