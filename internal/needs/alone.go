//go:build unix

package needs

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// Alone keeps all other tests of this machine that ask for the same thing
// waiting until this one is over, also those of other packages.
func Alone(t testing.TB, thing string) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join("/tmp", "velocitas-test-"+thing), os.O_CREATE|os.O_RDWR, 0o666)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() }) // which unlocks it
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		return
	}
}
