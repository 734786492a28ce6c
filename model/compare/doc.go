// Package compare lays curves beside each other: how far is a prediction from a
// measurement, or one run from another, size by size?
//
// It answers: by how much do they differ, is that more than the noise, does each
// lie within the other's interval, and may they be compared at all?
//
// One curve is the reference, what counts as true: the first that was measured
// or imported, or the first of all where everything is predicted. The error of
// another is its value over the reference's, less 1. Sizes that only one of two
// curves has are left out.
//
// Errors and noise are fractions (0.05 is 5 %), throughput is in requests per
// second, latency in milliseconds. Everything is a deterministic function of the
// curves. Start reading at [Curves].
package compare
