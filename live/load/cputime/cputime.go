// Package cputime reads the CPU time of this process and of one thread.
//
// It answers how much work something cost, whatever else the machine did
// meanwhile: CPU time leaves out every moment in which a thread waited. Times
// are nanoseconds in a time.Duration. Start with [Process].
package cputime
