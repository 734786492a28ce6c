//go:build !linux

package cputime

import "time"

// Thread is the process's CPU time where a thread's cannot be had.
func Thread() time.Duration { return Process() }
