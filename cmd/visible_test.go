package cmd

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// In whatever pieces a text is written, nothing invisible is in it; and JSON
// still means what it meant.
func TestVisible(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching("[\x1b\u009b\u202ea\u2028\U000E0001\n\t ]{0,8}")).Draw(t, "text")
		data, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		data = bytes.ReplaceAll(data, []byte(`\u2028`), []byte("\u2028"))
		var out bytes.Buffer
		v := &visible{w: &out}
		for rest := data; len(rest) > 0; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "piece")
			if wrote, err := v.Write(rest[:n]); wrote != n || err != nil {
				t.Fatal(wrote, err)
			}
			rest = rest[n:]
		}
		if i := strings.IndexFunc(out.String(), func(r rune) bool {
			return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
		}); i >= 0 {
			t.Fatalf("%q at %d", out.String(), i)
		}
		var again string
		if err := json.Unmarshal(out.Bytes(), &again); err != nil || again != text {
			t.Fatalf("%q is %q, %v", text, again, err)
		}
	})
	var out bytes.Buffer
	v := &visible{w: &out}
	if _, err := v.Write([]byte("a\xff\x1b[31mb\r\nü")); err != nil || out.String() != "a\uFFFD\\u001b[31mb\\u000d\nü" {
		t.Errorf("%q, %v", out.String(), err)
	}
}

// An error is one line of bounded length, whatever it repeats.
func TestReport(t *testing.T) {
	for _, text := range []string{strings.Repeat("x", 200_000), strings.Repeat("word ", 100_000), strings.Repeat("ü", 100_000)} {
		var out bytes.Buffer
		report(&out, usage("%s: begins; ends: %s", text, "right"))
		line := out.String()
		if n := utf8.RuneCountInString(line); n > 2100 || strings.Count(line, "\n") != 1 || !strings.HasSuffix(line, "ends: right\n") || !strings.Contains(line, "…") {
			t.Errorf("%d letters: %.100q", n, line)
		}
	}
}

// A command that does not look at its context is left behind; one that does ends
// by itself; and one that has to clean up is waited for.
func TestAwait(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	forever := make(chan error)
	if err := await(ctx, time.Millisecond, func() error { return <-forever }); !errors.Is(err, errInterrupted) {
		t.Errorf("got %v", err)
	}
	other := errors.New("other")
	if err := await(ctx, time.Minute, func() error { return other }); !errors.Is(err, other) {
		t.Errorf("got %v", err)
	}
	slow := func() error { time.Sleep(20 * time.Millisecond); return other }
	if err := await(ctx, 0, slow); !errors.Is(err, other) {
		t.Errorf("got %v", err)
	}
}

// Commands that start what must be removed again are waited for.
func TestGrace(t *testing.T) {
	for args, want := range map[string]time.Duration{
		"sim first": graceMost, "fit -": graceMost, "live --url x": 0, "instance": 0, "scenarios show first": graceMost, "no such": graceMost,
	} {
		if got := grace(newRoot(), strings.Fields(args)); got != want {
			t.Errorf("%s: %v, want %v", args, got, want)
		}
	}
}
