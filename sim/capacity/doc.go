// Package capacity answers questions about capacity by asking the simulator
// again and again: how many instances keep an objective ([Plan]), what rate do
// so many carry ([Knee]), is an objective kept ([Check]), and what changes if
// something of the scenario does ([Compare]).
//
// Assumptions: those of package sim. All alternatives of one question are
// simulated with the same random numbers, so that they differ in what was
// changed and not in luck. A replication is one run of the scenario's duration;
// "in 95 of 100 replications" means 95 of 100 such stretches of time.
//
// Units: rates are requests per second, latencies milliseconds, shares 0 to 1.
//
// Everything is deterministic: the same scenario, profile, seed and question
// give the same answer, whatever the machine. Searches stop making replications
// by what they have seen, never by the clock.
//
// Start reading at [Objective], then trial.go, which decides whether objectives
// are kept, then plan.go.
package capacity
