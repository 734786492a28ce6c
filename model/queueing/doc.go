// Package queueing holds closed forms: what textbook queues do exactly.
//
// The question it answers: what would an ideal system of this shape do? The
// simulator is tested against these formulas, and a prediction is shown beside
// them where they apply.
//
// Assumptions are those of each model and stand in its comment. All describe
// the steady state, except [Quota], which is deterministic.
//
// Units: rates are per second and times in seconds, both float64. The formulas
// are homogeneous, so any other unit works when it is used throughout; names
// that end in Rps and S say which is which. Utilisation is per instance, from 0
// to 1.
//
// An open system that is asked to carry more than it can (utilisation of 1 or
// more) has no steady state: its means and quantiles are +Inf. An argument out
// of the stated range is a mistake of the caller and panics.
//
// Everything is a pure function of its arguments.
//
// Start reading with [MM1], then [GM1] (an instance behind round robin) and
// [Closed] (mean value analysis).
package queueing
