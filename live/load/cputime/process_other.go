//go:build !unix

package cputime

import "time"

var began = time.Now()

// Process is the wall time since the start where CPU time cannot be had.
func Process() time.Duration { return time.Since(began) }
