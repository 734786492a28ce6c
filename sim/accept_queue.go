package sim

import (
	"github.com/k9mil/velocitas/sim/nginx"
	"github.com/k9mil/velocitas/sim/random"
)

// synTries is how often a client's kernel sends its SYN again.
const synTries = 6

// acceptQueue is nginx's listening socket: which worker gets a new connection, and
// whether the listen queue has room for it.
//
// A connection is given to a worker when it arrives. When all are busy that is
// the one with the least to do, which is the one that will come back to its
// event loop first.
type acceptQueue struct {
	list      *nginx.WaitList
	reuseport bool
	room      int     // backlog + 1
	jobs      []int32 // per worker: requests in it, in and out
	busy      []bool
	queue     int // connections that no worker has finished reading
}

func newAcceptQueue(workers, backlog int, reuseport bool) acceptQueue {
	return acceptQueue{list: nginx.NewWaitList(workers), reuseport: reuseport, room: backlog + 1,
		jobs: make([]int32, workers), busy: make([]bool, workers)}
}

// open is the worker for a new connection, or false if the queue is full.
func (q *acceptQueue) open(rnd *random.Stream) (int32, bool) {
	if len(q.jobs) == 1 {
		return 0, q.queue <= q.room
	}
	if q.reuseport {
		w := int32(nginx.ReusePort(len(q.jobs), rnd))
		return w, int(q.jobs[w]) <= q.room
	}
	w, ok := q.list.First(q.busy)
	if !ok {
		w = 0
		if q.queue-len(q.jobs) >= q.room {
			return 0, false
		}
		for i, n := range q.jobs {
			if n < q.jobs[w] {
				w = i
			}
		}
	}
	q.list.Accepted(w)
	return int32(w), true
}

// enter and done count the requests that a worker has to do with.
func (q *acceptQueue) enter(worker int32) {
	q.jobs[worker]++
	q.busy[worker] = true
}

func (q *acceptQueue) done(worker int32) {
	q.jobs[worker]--
	q.busy[worker] = q.jobs[worker] > 0
}
