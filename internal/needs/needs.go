// Package needs says what a test cannot do without: a tool that this machine
// may lack, or the time that only the full run has.
package needs

import (
	"os"
	"os/exec"
	"testing"
)

// Missing ends a test for which a tool or what it provides is not there. It is
// skipped where somebody tests on a machine as it is, and fails in CI, where
// scripts/install has installed everything and nobody reads what was skipped.
func Missing(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf(format, args...)
	}
	t.Skipf("NOT TESTED: "+format, args...)
}

// Tool is the path of the first of the commands that is there. Without any the
// test ends as [Missing] says.
func Tool(t testing.TB, commands ...string) string {
	t.Helper()
	for _, command := range commands {
		if path, err := exec.LookPath(command); err == nil {
			return path
		}
	}
	Missing(t, "there is no %s here (scripts/install)", commands[0])
	return ""
}

// All reports whether tests that take minutes are to run, and those that look at
// some cases are to look at all.
func All() bool { return os.Getenv("VELOCITAS_TEST_FULL") != "" }

// Full skips a test that takes minutes unless VELOCITAS_TEST_FULL is set, as
// scripts/test full does.
func Full(t testing.TB) {
	t.Helper()
	if !All() {
		t.Skip("takes minutes: scripts/test full")
	}
}
