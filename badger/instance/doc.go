// Package instance is the real instance: the small HTTP service whose scaling
// velocitas predicts and measures.
//
// It answers what one container does with one request: insert keys into an
// in-memory Badger (package store) and tell how long that took.
//
//	GET /         inserts ?keys= keys (10,000 by default), each in a
//	              transaction of its own or with ?write=batch all at once;
//	              a page, or JSON for Accept: application/json; HEAD inserts
//	              nothing, any other parameter is refused
//	GET /healthz  ready or stopping; GOMAXPROCS and the CPU limit found
//	GET /metrics  for Prometheus
//
// Every answer carries the instance's name in the header X-Instance, so that a
// load generator sees who answered.
//
// Assumptions. The service demand of a request must not depend on the age of
// the instance, so the store is bounded, and so is all else that is kept: the
// durations of the last 200 requests. A request beyond MaxInFlight is refused
// with 503 at once, at next to no cost; so is one with which those in flight
// would hold more memory than MaxBytesInFlight. There is no prefork: one process is
// one instance.
//
// Units. Durations are in milliseconds where the name says ms, in seconds in
// /metrics as Prometheus wants it; CPU limits are in cores.
//
// Deterministic: nothing. This is the half of velocitas that measures; the
// start of each request's keys is drawn at random.
//
// Start reading at Run, then Instance.insert.
package instance
