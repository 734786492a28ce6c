package sim

import "github.com/k9mil/velocitas/sim/nginx"

// request is one attempt of a client, from its intended start until nobody has
// anything to do with it any more. A record outlives its client where an
// instance goes on working for somebody who has given up.
type request struct {
	startNs int64   // intended start of the client's first attempt
	sentNs  int64   // start of this attempt
	unit    float64 // demand relative to the mean, drawn once for all attempts
	links   [2]link
	try     nginx.Try
	conn    nginx.Client
	client  int32 // of a closed load; -1 in an open one
	peer    int32 // instance that has it
	worker  int32 // of nginx; -1: none yet
	stage   uint8
	attempt uint16 // client's attempts before this one
	syns    uint8  // SYNs sent so far
	status  uint8  // the answer on its way back
	bound   bool   // conn is valid
}

// Where a request is.
const (
	thinking   = uint8(iota) // with its client: thinking or backing off
	generating               // in the load generator
	knocking                 // its SYN was dropped
	reading                  // queued or worked on in an nginx worker, on its way in
	connecting               // nginx opens a connection to an instance
	serving                  // in an instance
	answering                // in an nginx worker, on its way out
	abandoned                // in a station, but nobody waits for it
	unread                   // the same, on its way in
	closing                  // over, but the host still works for it
)

// take gets a free record.
func (e *engine) take(client int32) int32 {
	if e.free == none {
		e.requests = append(e.requests, request{})
		i := int32(len(e.requests) - 1)
		e.requests[i].links = [2]link{{lane: -1}, {lane: -1}}
		e.requests[i].client = client
		e.requests[i].worker = -1
		return i
	}
	i := e.free
	r := &e.requests[i]
	e.free = r.links[clientSide].next
	r.client, r.worker, r.attempt, r.syns, r.bound = client, -1, 0, 0, false
	return i
}

// drop gives a record back.
func (e *engine) drop(req int32) {
	e.requests[req].links[clientSide].next = e.free
	e.free = req
}
