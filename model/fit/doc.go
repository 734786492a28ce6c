// Package fit fits scaling laws to a table of sizes and throughputs (see tables)
// and says in plain words what they mean and how far to trust them.
//
// The question it answers: from what was measured at some sizes, how does this
// system scale, what holds it back, and did the measurement see the system at
// all or only its own load generator?
//
// Assumptions: each law states its own (see [Amdahl] and the other names). Rows
// scatter independently about the curve, either by the same amount at every
// size or by the same percentage; see [Noise]. A law is a description: that it
// fits says nothing about sizes far beyond those measured. Intervals of predictions
// therefore span every curve that the measurements do not rule out; see
// [Report.Interval].
//
// Units: N is a number of instances, threads, clients, whatever was scaled; X
// is per second, or per any other time as long as it is the same in all rows;
// R, think times and CPU times are in seconds.
//
// Everything is a deterministic function of its input.
//
// Start reading with [Fit] and [Report].
package fit
