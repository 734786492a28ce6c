package load

import (
	"time"

	"golang.org/x/sys/unix"
)

// kernelSleep sleeps for d; a signal that wakes it early sends it back to sleep.
func kernelSleep(d time.Duration) {
	end := time.Now().Add(d)
	// The kernel may put off a wake-up by a thread's slack, 50 µs unless told
	// otherwise. A refusal costs that much and nothing else.
	_ = unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0)
	for left := d; left > 0; left = time.Until(end) {
		request := unix.NsecToTimespec(left.Nanoseconds())
		if unix.Nanosleep(&request, nil) == nil {
			return
		}
	}
}
