// Package model holds what velocitas passes on and keeps in files: the
// [Profile], which says what a request costs, and the [Curve], which is the
// answer for each number of instances, predicted or measured.
//
// It answers: what form has a cost and a result, and is this file one? The laws
// of queueing, fits and statistics are in the packages below it.
//
// Units are in the names: Ns are nanoseconds of CPU time, Ms milliseconds of
// latency, Rps requests per second; shares and utilisation are 0 to 1.
//
// Files are JSON with a schema field; the same value gives the same bytes on
// every machine, and they appear whole or not at all. The JSON Schemas are in
// the folder schema.
//
// Start reading at [Curve].
package model
