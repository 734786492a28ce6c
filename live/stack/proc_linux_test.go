package stack

import (
	"os"
	"syscall"
	"testing"
	"time"
)

// The kernel's own account of this process (getrusage) is the judge of what is
// read about a process from outside.
func TestCPUTime(t *testing.T) {
	rusage := func() int64 {
		var r syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
			t.Fatal(err)
		}
		return r.Utime.Nano() + r.Stime.Nano()
	}
	before, err := cpuTime(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	rusageBefore := rusage()
	burn("200ms")
	after, _ := cpuTime(os.Getpid())
	got, want := after-before, rusage()-rusageBefore
	if d := time.Duration(got - want).Abs(); d > 50*time.Millisecond || got == 0 {
		t.Errorf("%s, the kernel says %s", time.Duration(got), time.Duration(want))
	}
	if _, err := cpuTime(1<<22 + 1); err == nil {
		t.Error("a process beyond the kernel's last: no error")
	}
}
