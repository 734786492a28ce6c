package nginx

import "slices"

// WaitList is the order in which the kernel wakes workers for new connections on
// one listening socket, with epoll and EPOLLEXCLUSIVE, nginx's default on Linux
// since 1.11.3: the first idle worker of the list takes the connection. So that
// not all of them go to one worker, a worker puts itself at the end of the list
// at its 1st, 17th, 33rd … accept (since nginx 1.21.6).
type WaitList struct {
	order    []int
	accepted []uint32
}

// NewWaitList has the workers in their order of starting.
func NewWaitList(workers int) *WaitList {
	l := &WaitList{accepted: make([]uint32, workers)}
	for i := range workers {
		l.order = append(l.order, i)
	}
	return l
}

// First is the worker that a new connection wakes. If all are busy it is none:
// the connection waits in the AcceptQueue for the first worker that comes back
// to its event loop.
func (l *WaitList) First(busy []bool) (worker int, ok bool) {
	for _, w := range l.order {
		if !busy[w] {
			return w, true
		}
	}
	return -1, false
}

// Accepted counts one accept by a worker. It must be called for each.
func (l *WaitList) Accepted(worker int) {
	l.accepted[worker]++
	if l.accepted[worker]%16 != 1 {
		return
	}
	i := slices.Index(l.order, worker)
	copy(l.order[i:], l.order[i+1:])
	l.order[len(l.order)-1] = worker
}

// ReusePort is the worker that gets a new connection with "listen … reuseport":
// each worker has an AcceptQueue of its own and the kernel chooses it by a hash
// of the addresses, whether or not the worker is busy.
func ReusePort(workers int, rnd Source) int { return int(rnd.Uint64n(uint64(workers))) }
