package cputime

import (
	"runtime"
	"testing"
	"time"
)

// A sleeping thread spends wall time and no CPU time; a spinning one spends
// what it takes.
func TestThreadCountsWorkOnly(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	before := Thread()
	time.Sleep(50 * time.Millisecond)
	if slept := Thread() - before; slept > 10*time.Millisecond {
		t.Errorf("sleeping cost %v of CPU time", slept)
	}

	// The wall's reading encloses the thread's; the two clocks tick apart by a
	// few µs, as one of them is adjusted to keep true time.
	wall, process := time.Now(), Process()
	before = Thread()
	for Thread()-before < 20*time.Millisecond {
	}
	spent := Thread() - before
	took := time.Since(wall)
	if took+time.Millisecond < spent {
		t.Errorf("%v of CPU time on one thread within %v", spent, took)
	}
	if all := Process() - process; all < spent-5*time.Millisecond {
		t.Errorf("process counts %v, its thread %v", all, spent)
	}
}
