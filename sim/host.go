package sim

import "math/bits"

// host is a machine whose cores its stations share. Each core has a queue of
// tasks, as Linux has it: a task gets its fair share of its own core, not of the
// machine. So who shares a core with many is slow for as long as the kernel lets
// it, which under a blind round robin decides where the clients of a closed loop
// collect. When tasks change cores is in balance.go.
type host struct {
	cores    int64 // microCores; 0 is as many as anyone wants: then nothing queues
	queues   []queue
	empty    int     // queues without a task
	queued   int     // tasks in all queues
	uneven   bool    // the last look found a queue longer by one than another
	touched  []int32 // queues whose tasks may get something else now
	stations []int32 // those on it
	speed    hostSpeed
}

// queue is a core with the tasks that want it, in the order in which they came.
type queue struct {
	head, tail int32
	tasks      int32
	touched    bool
	shorter    bool    // scratch of rotate: than the longest
	swing      swinger // of the core
}

// task is a thread that wants a core, or a part of one.
type task struct {
	station    int32
	queue      int32 // where it is, or was last
	prev, next int32
	want, got  int64 // microCores; it is in the queue while it wants something
	brief      bool  // its station is
	served     bool  // scratch of divide
}

// addQueues gives every host its cores, and every station on it the tasks that
// it may ever have. They begin spread over the cores.
func (e *engine) addQueues() {
	for i := range e.hosts {
		h := &e.hosts[i]
		if len(h.stations) == 0 {
			continue
		}
		n := int((h.cores + microCores - 1) / microCores)
		e.spend(n)
		h.queues, h.touched, h.empty = make([]queue, n), make([]int32, 0, n), n
		for k := range h.queues {
			h.queues[k] = queue{head: none, tail: none}
		}
		if n == 0 {
			continue
		}
		for at, id := range h.stations {
			s := &e.stations[id]
			s.firstTask = int32(len(e.tasks))
			if s.role != instanceRole {
				s.briefMost = int32(turnNs(n) / max(1, s.demandNs))
			}
			tasks := s.speeds.mostTasks()
			e.spend(tasks)
			for k := range tasks {
				e.tasks = append(e.tasks, task{station: id, queue: int32((at + k) % n)})
			}
		}
	}
}

// turnNs is how long Linux lets a task run before another's turn comes
// (sysctl_sched_base_slice, kernel/sched/fair.c). Who wakes goes first: nginx
// and the generator, which mostly have less to do than a turn takes, do not wait
// for the busy instances on their core. One that always has a little less than a
// turn to do goes first for ever, which the kernel would not let it.
func turnNs(cores int) float64 { return 700_000 * float64(bits.Len(uint(min(cores, 8)))) }

// shared tells whether some core is shared.
func (h *host) shared() bool { return h.queued > len(h.queues)-h.empty }

// full tells whether no core is idle.
func (h *host) full() bool { return h.cores != 0 && h.empty == 0 }

// room is what the tasks of one core can have. A machine of 1.8 cores is one of
// two, of which others take 0.1 each where no core is left to them.
func (h *host) room() int64 {
	if h.empty > 0 {
		return microCores
	}
	return h.cores / int64(len(h.queues))
}

func (h *host) touch(queue int32) {
	if q := &h.queues[queue]; !q.touched {
		q.touched = true
		h.touched = append(h.touched, queue)
	}
}

func (h *host) touchAll() {
	for i := range h.queues {
		h.touch(int32(i))
	}
}

// enqueue puts a task at the end of the queue that it names.
func (e *engine) enqueue(h *host, id int32) {
	t := &e.tasks[id]
	q := &h.queues[t.queue]
	if q.tasks == 0 {
		h.empty--
		if h.empty == 0 {
			h.touchAll()
		}
	}
	t.prev, t.next = q.tail, none
	if q.tail == none {
		q.head = id
	} else {
		e.tasks[q.tail].next = id
	}
	q.tail = id
	q.tasks++
	h.queued++
	h.touch(t.queue)
}

// dequeue takes a task out of its queue.
func (e *engine) dequeue(h *host, id int32) {
	t := &e.tasks[id]
	q := &h.queues[t.queue]
	if t.prev == none {
		q.head = t.next
	} else {
		e.tasks[t.prev].next = t.next
	}
	if t.next == none {
		q.tail = t.prev
	} else {
		e.tasks[t.next].prev = t.prev
	}
	q.tasks--
	h.queued--
	h.touch(t.queue)
	if q.tasks == 0 {
		if h.empty == 0 {
			h.touchAll()
		}
		h.empty++
	}
}

// divide gives the tasks of a queue their fair shares: nobody more than it
// wants, and who wants more gets as much as anyone else (water-filling). What
// is brief goes first.
func (e *engine) divide(h *host, q *queue) {
	if q.tasks == 1 {
		t := &e.tasks[q.head]
		t.got = min(t.want, h.room())
		return
	}
	e.spend(int(q.tasks) / 8)
	left, hungry := h.room(), int64(q.tasks)
	for id := q.head; id != none; id = e.tasks[id].next {
		t := &e.tasks[id]
		t.got, t.served = 0, t.brief
		if t.brief {
			t.got = min(t.want, left)
			left -= t.got
			hungry--
		}
	}
	for hungry > 0 {
		share, served := left/hungry, false
		for id := q.head; id != none; id = e.tasks[id].next {
			if t := &e.tasks[id]; !t.served && t.want <= share {
				t.got, t.served, served = t.want, true, true
				left -= t.want
				hungry--
			}
		}
		if served {
			continue
		}
		for id := q.head; id != none; id = e.tasks[id].next {
			if t := &e.tasks[id]; !t.served {
				t.got = share
			}
		}
		return
	}
}
