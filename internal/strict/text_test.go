package strict

import (
	"strings"
	"testing"
)

func TestText(t *testing.T) {
	for data, want := range map[string]string{"a: 1\n": "a: 1\n", "\xef\xbb\xbfa: 1\n": "a: 1\n", "": "", "\xef\xbb\xbf": ""} {
		if got, err := Text("x", []byte(data)); err != nil || string(got) != want {
			t.Errorf("%q: %q, %v", data, got, err)
		}
	}
	for data, want := range map[string]string{"\xff\xfea\x00": "UTF-16", "\xfe\xff\x00a": "UTF-16", "a\x00:\x00 \x001\x00": "UTF-16", "\x00a\x00:\x00 \x001": "UTF-16",
		"a\x00b": "is not text", "\xffab": "is not text"} {
		if _, err := Text("x", []byte(data)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", data, err)
		}
	}
}
