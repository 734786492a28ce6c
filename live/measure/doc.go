// Package measure finds the scaling curve of a real system by loading it.
//
// It answers: what throughput and latency has it with 1, 2, … n instances, and
// how sure is that on a machine whose own speed changes meanwhile?
//
// The machine is shared, and its speed drifts by a factor of up to two within
// minutes. So the sizes are not measured one after the other but in short
// blocks, all sizes in random order in each of several rounds, with a fixed
// piece of work ([Probe]) timed beside every block. The rounds give each
// estimate its interval and its noise; where what was measured follows the
// probe beyond doubt, the estimates are brought to the probe's mean speed.
//
// Where the scenario has events or a changing rate, every block runs through all of
// them, and what is still in force at its end is undone: [Actor] says what can be
// done to an instance.
//
// Assumptions: blocks are independent once the probe is accounted for; within
// a block nothing changes but what the scenario says, and its settling time is
// long enough for what a change of instances disturbs. A block in which something broke ([Block.Fault])
// or in which the generator fell behind its plan ([Block.Behind]) is named and
// counts for nothing.
//
// Units: durations are time.Duration; CPU time is in nanoseconds; what is in a
// curve has its unit in its name. Logarithms are natural: their standard
// deviation is a relative one.
//
// Deterministic, given the scenario's seed: the order of the blocks and their
// planned arrivals. The summary is a function of the blocks alone.
//
// Start reading at [Run], then [Block] and summary.go.
package measure
