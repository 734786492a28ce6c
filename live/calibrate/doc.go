// Package calibrate makes profiles: what one request costs on this machine.
//
// It answers the question that a prediction begins with. There are two ways.
// [Store] needs no stack: it times the real in-memory Badger in this process.
// [FromRun] takes a measured run of few instances behind nginx, so that HTTP,
// nginx and the generator are in it too, and only its shape from the former.
//
// Assumptions: costs are CPU time, which is independent of queueing and waiting,
// and of CPU limits and a full host but for what [AskHeld] finds; the work of a
// request and the store's own work (flushes of its memtable, compaction) add up
// to all of it; a machine that becomes slower does so for all work alike, so
// that ratios taken in short alternating blocks are free of drift.
//
// Units: nanoseconds of CPU time per request at the speed that the machine had;
// the profile calls that speed 1.
//
// Deterministic: what is made of the timings ([analyse], [FromRun]) is; the
// timings are not.
//
// Start reading at [Store], then trace.go, which tells a flush from a request.
package calibrate
