package needs

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// outcome stands for a test and remembers how it ended.
type outcome struct {
	testing.TB
	ended string
}

func (o *outcome) Helper() {}

func (o *outcome) Skip(args ...any) { o.end("skipped: " + fmt.Sprint(args...)) }

func (o *outcome) Skipf(format string, args ...any) {
	o.end("skipped: " + fmt.Sprintf(format, args...))
}

func (o *outcome) Fatalf(format string, args ...any) {
	o.end("failed: " + fmt.Sprintf(format, args...))
}

func (o *outcome) end(how string) {
	o.ended = how
	runtime.Goexit()
}

// ended is how a test ends that does what do says.
func ended(t *testing.T, do func(testing.TB)) string {
	o := &outcome{TB: t, ended: "went on"}
	done := make(chan struct{})
	go func() {
		defer close(done)
		do(o)
	}()
	<-done
	return o.ended
}

func TestMissingFailsInCI(t *testing.T) {
	lacks := func(t testing.TB) { Tool(t, "no-such-command", "nor-this") }
	there := func(t testing.TB) { Tool(t, "no-such-command", "go") }
	for _, tt := range []struct {
		ci, want string
		do       func(testing.TB)
	}{
		{"", "skipped: NOT TESTED: there is no no-such-command", lacks},
		{"true", "failed: there is no no-such-command", lacks},
		{"", "went on", there},
		{"true", "went on", there},
	} {
		t.Setenv("CI", tt.ci)
		if got := ended(t, tt.do); !strings.HasPrefix(got, tt.want) {
			t.Errorf("CI=%q: %q, want %q", tt.ci, got, tt.want)
		}
	}
}

func TestFull(t *testing.T) {
	for full, want := range map[string]string{"": "skipped: ", "1": "went on"} {
		t.Setenv("VELOCITAS_TEST_FULL", full)
		if got := ended(t, func(t testing.TB) { Full(t) }); !strings.HasPrefix(got, want) {
			t.Errorf("VELOCITAS_TEST_FULL=%q: %q, want %q", full, got, want)
		}
	}
}
