// Package load asks a service for answers and writes down when it asked, when
// it meant to, and what came back.
//
// It answers: how long did each request take, counted from the moment at which
// it was due? There are two kinds of load. [Open] sends at planned instants,
// whatever the answers do; latency counts from the plan, so that a request
// that had to wait for a slow generator or a full connection pool is not
// excused. [Closed] has so many clients that send, wait and think; latency
// counts from the send.
//
// Both run on vegeta's Attacker, whose workers, targets and results are used
// as they are, under pacers of our own: an open load is one Attacker paced by
// the plan (the i-th hit is due at the i-th instant, so the result's sequence
// number gives the intended time back); a closed load is one Attacker with one
// worker for each client, paced by that client's last answer and its own
// stream of think times.
//
// Assumptions: all requests of a load are alike, so two that start within the
// same microsecond may swap their places in the plan; the service answers over
// HTTP/1.1 on loopback, unless the user named another address himself.
//
// Units: instants and durations are nanoseconds in a time.Duration, instants
// since the start of the load; in files they are seconds.
//
// Deterministic, given a seed: the plans ([Poisson], [Constant]) and each
// client's think times. What the service and the machine do is not.
//
// A generator that could not keep its plan says so ([Run.Behind]); what it saw
// is not a measurement. Start reading at [Config], then [Open].
package load
