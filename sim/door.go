package sim

import (
	"github.com/k9mil/velocitas/sim/nginx"
	"github.com/k9mil/velocitas/sim/random"
)

// synTries is how often a client's kernel sends its SYN again.
const synTries = 6

// door is nginx's listening socket: which worker gets a new connection, and
// whether the listen queue has room for it.
//
// A connection is given to a worker when it arrives. When all are busy that is
// the one with the least to do, which is the one that will come back to its
// event loop first.
type door struct {
	list      *nginx.WaitList
	reuseport bool
	room      int     // backlog + 1
	jobs      []int32 // per worker: requests in it, in and out
	busy      []bool
	queue     int // connections that no worker has finished reading
}

func newDoor(workers, backlog int, reuseport bool) door {
	return door{list: nginx.NewWaitList(workers), reuseport: reuseport, room: backlog + 1,
		jobs: make([]int32, workers), busy: make([]bool, workers)}
}

// open is the worker for a new connection, or false if the queue is full.
func (d *door) open(rnd *random.Stream) (int32, bool) {
	if len(d.jobs) == 1 {
		return 0, d.queue <= d.room
	}
	if d.reuseport {
		w := int32(nginx.ReusePort(len(d.jobs), rnd))
		return w, int(d.jobs[w]) <= d.room
	}
	w, ok := d.list.First(d.busy)
	if !ok {
		w = 0
		if d.queue-len(d.jobs) >= d.room {
			return 0, false
		}
		for i, n := range d.jobs {
			if n < d.jobs[w] {
				w = i
			}
		}
	}
	d.list.Accepted(w)
	return int32(w), true
}

// enter and done count the requests that a worker has to do with.
func (d *door) enter(worker int32) {
	d.jobs[worker]++
	d.busy[worker] = true
}

func (d *door) done(worker int32) {
	d.jobs[worker]--
	d.busy[worker] = d.jobs[worker] > 0
}
