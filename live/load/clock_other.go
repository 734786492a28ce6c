//go:build !linux

package load

import "time"

// kernelSleep is the runtime's sleep where the kernel's is not at hand.
func kernelSleep(d time.Duration) { time.Sleep(d) }
