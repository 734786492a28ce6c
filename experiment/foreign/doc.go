// Package foreign predicts services that are not ours from what their
// containers account for.
//
// A [Block] is a stretch of load on a running stack: response times, and the CPU
// time of every container. [Calibrate] makes a [Model] of the blocks with one
// and two instances, saturated and lightly loaded, and of what the compose file
// states ([Stated]). The model makes a scenario for any other size and load
// ([Model.Scenario]) and predicts it with an interval ([Model.Predict]).
//
// The CPU time of a request is not constant: it is highest on a machine that is
// mostly idle. Instances take [Cold] on top where they were idle. Everything else
// on the machine has base × (1 + extra × idle), where idle is how much of its limit
// an instance leaves unused, or of the host's cores where that is less: on a host
// without an idle core nothing sleeps. And the machine's own speed varies from
// second to second ([Speed]), in the accounts of all containers alike.
package foreign
