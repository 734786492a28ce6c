// Package ramp says what the beginning of a load test tells of its end: systems
// of which nothing is known but the CPU limits of their containers and, second
// by second, how many requests were sent, failed, and how long they took while
// the rate rose.
//
// What can be told follows from the utilisation law. A request computes in a
// container for no longer than it takes, so a tier with a limit of c cores
// carries at least c / W requests a second where W is the mean response time.
// That bound says which systems certainly stand, as far as their CPU goes; of
// those beyond it the beginning cannot tell, since a response time does not say
// how much of it was computing. What ends at the same rate by a lock, a full
// disk or a lost process does not show at all, and the bound claims nothing of
// it.
package ramp
