// Package stats turns repeated or autocorrelated observations into estimates
// with an interval.
//
// The question it answers: how sure is this number, and is the system it comes
// from steady at all?
//
// Assumptions: replications are independent; batches are long against the time
// over which the system remembers; paired observations saw the same random
// numbers. Each function states its own. Units are those of the observations.
//
// Everything is deterministic, and the same on every processor: products are
// rounded before they are added, and the quantiles of Student's t are rounded
// to nine digits, because the functions below them are not computed alike
// everywhere. [LogSd] and [NoiseFloor] are the exception, since they take
// logarithms; they serve measurements, which do not repeat anyway.
//
// Start reading with [Mean] and [Backlog].
package stats
