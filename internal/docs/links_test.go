// Package docs has no code: its tests read the documents of this repository and
// the words of its code.
package docs

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

const root = "../.."

// tracked are the repository's files that have one of the endings.
func tracked(t *testing.T, endings ...string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name := d.Name(); d.IsDir() && path != root && (strings.HasPrefix(name, ".") || name == "node_modules" || name == "testdata" || name == "reports") {
			return filepath.SkipDir
		}
		for _, ending := range endings {
			if strings.HasSuffix(path, ending) && !d.IsDir() {
				files = append(files, path)
			}
		}
		return nil
	})
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	return files
}

var (
	fence  = regexp.MustCompile("(?ms)^ *```.*?^ *```$")
	code   = regexp.MustCompile("`[^`\n]*`")
	inline = regexp.MustCompile(`\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)`)
	named  = regexp.MustCompile(`(?m)^ *\[[^\]]+\]:\s+(\S+)`)
	tag    = regexp.MustCompile(`(?:src|href|srcset)="([^"]+)"`)
	title  = regexp.MustCompile(`(?m)^#{1,6}\s+(.+?)\s*#*$`)
	anchor = regexp.MustCompile(`(?:id|name)="([^"]+)"`)
)

// links are where a document points to.
func links(text string) []string {
	text = code.ReplaceAllString(fence.ReplaceAllString(text, ""), "")
	var all []string
	for _, form := range []*regexp.Regexp{inline, named, tag} {
		for _, m := range form.FindAllStringSubmatch(text, -1) {
			all = append(all, m[1])
		}
	}
	return all
}

// anchors are what a link into a document can name: its titles as GitHub writes
// them, and what it says itself.
func anchors(text string) map[string]bool {
	all := map[string]bool{}
	for _, m := range title.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
		s := slug(m[1])
		for i := 1; all[s]; i++ {
			s = fmt.Sprintf("%s-%d", slug(m[1]), i)
		}
		all[s] = true
	}
	for _, m := range anchor.FindAllStringSubmatch(text, -1) {
		all[m[1]] = true
	}
	return all
}

var target = regexp.MustCompile(`\]\([^)]*\)`)

// slug is GitHub's anchor of a title.
func slug(title string) string {
	title = target.ReplaceAllString(title, "]")
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return -1
	}, title)
}

// broken is why a link of a document in some folder leads nowhere; "" if it does
// not, or leads out of the repository.
func broken(dir, own, link string) string {
	u, err := url.Parse(link)
	switch {
	case err != nil:
		return err.Error()
	case u.Scheme != "" || u.Host != "":
		return ""
	case strings.HasPrefix(link, "/"):
		return "is absolute"
	}
	text := own
	if u.Path != "" {
		file := filepath.Join(dir, u.Path)
		info, err := os.Stat(file)
		if err != nil {
			return "leads to no file"
		}
		if u.Fragment == "" || info.IsDir() {
			return ""
		}
		b, err := os.ReadFile(file)
		if err != nil {
			return err.Error()
		}
		text = string(b)
	}
	if u.Fragment != "" && !anchors(text)[u.Fragment] {
		return "names no title"
	}
	return ""
}

func TestLinksLead(t *testing.T) {
	count := 0
	for _, file := range tracked(t, ".md") {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, link := range links(string(b)) {
			count++
			if why := broken(filepath.Dir(file), string(b), link); why != "" {
				t.Errorf("%s: %s %s", file, link, why)
			}
		}
	}
	if count < 10 {
		t.Errorf("%d links seen: want those of the README at least", count)
	}
}

// What is wrong is seen.
func TestLinksThatLeadNowhere(t *testing.T) {
	text := "# One title: `a`, b!\n## Two\n## Two\n[a](#one-title-a-b) [b](#two-1) [c](links_test.go) [d](../docs) [e](https://example.org/x#y) <img src=\"none.png\">\n" +
		"[f](#two-2) [g](none.md#x) [h](/etc/passwd)\n```\n[not](a-link)\n```\nand `[not](this)`\n[i]: links_test.go#nothing\n"
	want := map[string]string{"#two-2": "names no title", "none.md#x": "leads to no file", "/etc/passwd": "is absolute", "none.png": "leads to no file", "links_test.go#nothing": "names no title"}
	for _, link := range links(text) {
		if got := broken(".", text, link); got != want[link] {
			t.Errorf("%s: %q, want %q", link, got, want[link])
		}
		delete(want, link)
	}
	if len(want) > 0 {
		t.Errorf("not seen: %v", want)
	}
}
