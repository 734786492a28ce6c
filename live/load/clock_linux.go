package load

import (
	"time"

	"golang.org/x/sys/unix"
)

// kernelSleep sleeps for d; a signal that wakes it early sends it back to sleep.
func kernelSleep(d time.Duration) {
	end := time.Now().Add(d)
	for left := d; left > 0; left = time.Until(end) {
		request := unix.NsecToTimespec(left.Nanoseconds())
		if unix.Nanosleep(&request, nil) == nil {
			return
		}
	}
}
