package nginxconf

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const two = "upstream app { server a:80; server b:80 weight=2; }\nserver { location / { proxy_pass http://app; } }\n"

// write puts a file into a folder of the test's own.
func write(t testing.TB, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// What nobody can use is refused in one line that begins with the file.
func TestRefuses(t *testing.T) {
	for name, row := range map[string]struct{ text, want string }{
		"empty":             {"", ": no directive is in it"},
		"binary":            {"\x7fELF\x00\x00", ": is no text"},
		"UTF-16":            {"\xff\xfeh\x00t\x00", ": is UTF-16"},
		"no pass":           {"events {}\nhttp { server { return 200; } }\n", ": nothing is passed on"},
		"group alone":       {"upstream app { server a:80; }\n", "has an upstream group, but no proxy_pass"},
		"empty group":       {"upstream app { }\nserver { location / { proxy_pass http://app; } }\n", ":1: upstream app has no server"},
		"cut in the middle": {two[:len(two)-12], ": "},
		"brace too many":    {two + "}\n", ":3: "},
		"no semicolon":      {"worker_processes 2\nevents {}\n", ":1: "},
		"a circle":          {"include x.conf;\n" + two, "include cycle"},
	} {
		file := write(t, "x.conf", row.text)
		_, err := Read(file, "")
		if err == nil || !strings.Contains(err.Error(), row.want) || strings.Contains(err.Error(), "\n") || !strings.HasPrefix(err.Error(), file) {
			t.Errorf("%s: %v, want one line from the file with %q", name, err, row.want)
		}
	}
	if _, err := Read(write(t, "x.conf", two), "web"); err == nil || !strings.Contains(err.Error(), `nothing is passed on to "web"; there is app`) {
		t.Errorf("another upstream: %v", err)
	}
	for _, file := range []string{"/dev/zero", t.TempDir(), "/no/such/file"} {
		if _, err := Read(file, ""); err == nil || !strings.HasPrefix(err.Error(), file) {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// A byte order mark and Windows' line ends change nothing.
func TestForms(t *testing.T) {
	for _, text := range []string{two, "\xef\xbb\xbf" + two, strings.ReplaceAll(two, "\n", "\r\n")} {
		c, err := Read(write(t, "x.conf", text), "")
		if err != nil {
			t.Fatal(err)
		}
		if len(c.Servers) != 2 || c.Servers[1].Weight != 2 || c.Servers[0].Host != "a" || c.Servers[0].Port != "80" || !c.Explicit {
			t.Errorf("%+v", c)
		}
	}
}

// nginx's ways to write a time, from its documentation.
func TestDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"30": 30 * time.Second, "0": 0, "10s": 10 * time.Second, "500ms": 500 * time.Millisecond, "1m30s": 90 * time.Second, "2h": 2 * time.Hour, "1d": 24 * time.Hour,
		"1m 30s": 90 * time.Second,
	} {
		if got, ok := duration(text); !ok || got != want {
			t.Errorf("%q: %v %v, want %v", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "s", "x", "10x", "-1", "$time"} {
		if got, ok := duration(text); ok {
			t.Errorf("%q is taken for %v", text, got)
		}
	}
}

// Whatever the text, reading ends without a panic, and an error is one line.
func FuzzRead(f *testing.F) {
	for _, text := range []string{two, "http { include *.conf; " + two + "}", "stream { server { proxy_pass $x; } }", "upstream a { hash; random; server; }server{location{proxy_pass a;}}",
		"server { set $a b; location / { proxy_pass http://$a:80/; keepalive; worker_processes; } }", "\"'{};\\$"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "include") {
			return // of whatever is on this machine
		}
		if _, err := Read(write(t, "x.conf", text), ""); err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("%q", err)
		}
	})
}
