// Package rate makes the rate of an open load that changes over time into the
// instants of its requests.
//
// It answers: when is the n-th request of a load with this shape due? Simulator
// and generator both ask here, so that a shape means the same to both.
//
// Assumptions: between two knots the rate is a straight line; after the last it
// stays.
//
// Units: times are in ns since the start of the load, rates in requests per ns.
//
// Deterministic: a pure function of its arguments, with the same bits on every
// processor.
//
// Start reading at Plan.
package rate
