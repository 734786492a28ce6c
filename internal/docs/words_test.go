package docs

import (
	"go/scanner"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// dialect is a word that this repository once had of its own, and the one that
// the field has.
type dialect struct {
	word, say string
	// left are folders, or files beside the README, that still have it.
	left []string
}

// The list grows shorter on the right: who cleans a folder takes it out.
var dialects = []dialect{
	{"door", "accept queue", nil},
	{"gate", "poll queue", nil},
	{"knock", "connect", nil},
	{"lane", "delay", []string{"model"}},
	{"short way", "fast path", nil},
	{"badness", "deviance", nil},
	{"knob", "parameter", nil},
	{"calm", "undisturbed", nil},
}

// words are the words of a name (inMyWay, in_my_way) or a text, in small letters.
var word = regexp.MustCompile(`\p{Lu}+(?:\p{Ll}+)?|\p{Ll}+|\d+`)

func words(text string) string {
	return " " + strings.ToLower(strings.Join(word.FindAllString(text, -1), " ")) + " "
}

// has reports whether a text has a word or its plural.
func has(text, w string) bool {
	text = words(text)
	return strings.Contains(text, " "+w+" ") || strings.Contains(text, " "+w+"s ")
}

// texts are what people read of a file: of Go its names, comments and strings, and
// its own name.
func texts(file string, b []byte) []string {
	all := []string{filepath.Base(file)}
	if !strings.HasSuffix(file, ".go") {
		return append(all, string(b))
	}
	var s scanner.Scanner
	files := token.NewFileSet()
	s.Init(files.AddFile(file, files.Base(), len(b)), b, nil, scanner.ScanComments)
	for {
		_, kind, text := s.Scan()
		switch kind {
		case token.EOF:
			return all
		case token.IDENT, token.STRING, token.COMMENT:
			all = append(all, text)
		}
	}
}

// TestNoDialect: names, help, messages, comments and documents have the field's
// words.
func TestNoDialect(t *testing.T) {
	seen := map[string]bool{}
	for _, file := range tracked(t, ".go", ".md", ".yaml", ".html") {
		if strings.HasSuffix(file, "words_test.go") {
			continue
		}
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		path, _ := filepath.Rel(root, file)
		top, _, _ := strings.Cut(path, string(filepath.Separator))
		for _, d := range dialects {
			for _, text := range texts(file, b) {
				if !has(text, d.word) {
					continue
				}
				seen[d.word+" in "+top] = true
				if !slices.Contains(d.left, top) {
					t.Errorf("%s: %q: say %q", path, d.word, d.say)
				}
				break
			}
		}
	}
	for _, d := range dialects {
		for _, top := range d.left {
			if !seen[d.word+" in "+top] {
				t.Logf("%q is gone from %s: take it from the list", d.word, top)
			}
		}
	}
}

func TestWords(t *testing.T) {
	for text, want := range map[string]bool{"theDoor": true, "door_2": true, "doors": true, "outdoors": false, "DOOR": true, "two doors, open": true} {
		if got := has(text, "door"); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
	if !has("the short way,", "short way") || !has("shortWay", "short way") || has("in short, a way", "short way") {
		t.Error("two words are not found where they follow each other, or elsewhere")
	}
}
