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
	synDropped               // its SYN was dropped
	reading                  // queued or worked on in an nginx worker, on its way in
	connecting               // nginx opens a connection to an instance
	serving                  // in an instance
	answering                // in an nginx worker, on its way out
	abandoned                // in a station, but nobody waits for it
	unread                   // the same, on its way in
	closing                  // over, but the host still works for it
	branch                   // not a request but a branch of one
	travelling               // between client and nginx
	returning                // the answer, between nginx and client
)

// records are the requests' records. They lie in blocks, so that one that has
// been handed out never moves, and more of them take no more than their own room.
type records struct {
	blocks []*[blockSize]request
	n      int32
}

const (
	blockBits = 8
	blockSize = 1 << blockBits
)

// recordsMost bounds the records of a replication, so that their number in
// system times the length of a bucket of the series fits into 63 bits.
const recordsMost = 1 << 28

func (r *records) at(i int32) *request { return &r.blocks[uint32(i)>>blockBits][uint32(i)%blockSize] }

// add is a record more.
func (e *engine) add() int32 {
	r := &e.requests
	if int(r.n) == len(r.blocks)*blockSize {
		if r.n >= recordsMost {
			panic(halted{errFull})
		}
		e.mayHold(blockSize * requestBytes)
		r.blocks = append(r.blocks, new([blockSize]request))
	}
	r.n++
	return r.n - 1
}

// take gets a free record.
func (e *engine) take(client int32) int32 {
	if e.free == none {
		i := e.add()
		r := e.requests.at(i)
		r.links = [2]link{{delay: -1}, {delay: -1}}
		r.client, r.peer = client, none
		r.worker = -1
		if e.program != nil {
			e.addVisit()
		}
		return i
	}
	i := e.free
	r := e.requests.at(i)
	e.free = r.links[clientSide].next
	r.client, r.worker, r.attempt, r.syns, r.bound = client, -1, 0, 0, false
	return i
}

// drop gives a record back.
func (e *engine) drop(req int32) {
	e.requests.at(req).links[clientSide].next = e.free
	e.free = req
}
