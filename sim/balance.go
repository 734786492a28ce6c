package sim

// When a task changes its core, after Linux 6 (kernel/sched/fair.c): it wakes on
// the core where it was last, or if that is busy on one that is idle
// (select_idle_sibling); a core that goes idle fetches a task from the longest
// queue (sched_balance_newidle); and every balanceNs times the number of cores
// the queues are looked at: one that is longer by two gives a task away at once,
// one that is longer by one only when a second look finds it so, since half of
// the difference is less than a task (detach_tasks with nr_balance_failed). So
// three busy instances on two cores take turns at being alone.

// balanceNs is how often a machine looks, for each of its cores: 1 ms
// (sd_init: min_interval) times 16 while cores are busy (busy_factor).
const balanceNs = 16_000_000

// place brings the tasks of a station to the cores that they run on now.
func (e *engine) place(h *host, s *station) {
	n := tasksOf(s.want)
	e.spend(int(n) / 8)
	for k := s.tasks; k < n; k++ {
		e.wakeTask(h, s.firstTask+k)
	}
	for k := s.tasks; k > n; k-- {
		e.rest(h, s.firstTask+k-1)
	}
	s.tasks = n
	for k := range n {
		t := &e.tasks[s.firstTask+k]
		if each := s.want / int64(n); t.want != each || t.brief != s.brief {
			t.want, t.brief = each, s.brief
			h.touch(t.queue)
		}
	}
}

// tasksOf is how many threads it takes to use so many microCores.
func tasksOf(want int64) int32 { return int32((want + microCores - 1) / microCores) }

// wakeTask puts a task on a core, with the last one preferred.
func (e *engine) wakeTask(h *host, id int32) {
	t := &e.tasks[id]
	if h.queues[t.queue].tasks > 0 && h.empty > 0 {
		e.spend(len(h.queues) / 8)
		t.queue = h.shortest()
	}
	e.enqueue(h, id)
	if h.queues[t.queue].tasks > 1 && e.tree.at(e.balancing) == never {
		e.lookAgain(h)
	}
}

// rest takes a task from its core, which looks for another.
func (e *engine) rest(h *host, id int32) {
	t := &e.tasks[id]
	e.dequeue(h, id)
	t.want, t.got = 0, 0
	if h.queues[t.queue].tasks == 0 && h.shared() {
		e.spend(len(h.queues) / 8)
		e.migrate(h, h.longest(), t.queue)
	}
}

// migrate moves the task that has been in a queue for longest.
func (e *engine) migrate(h *host, from, to int32) {
	id := h.queues[from].head
	e.dequeue(h, id)
	e.tasks[id].queue = to
	e.enqueue(h, id)
}

// longest is the queue with most tasks, the first of several.
func (h *host) longest() int32 {
	best := 0
	for i := range h.queues {
		if h.queues[i].tasks > h.queues[best].tasks {
			best = i
		}
	}
	return int32(best)
}

// shortest is the queue with fewest tasks, the first of several.
func (h *host) shortest() int32 {
	best := 0
	for i := range h.queues {
		if h.queues[i].tasks < h.queues[best].tasks {
			best = i
		}
	}
	return int32(best)
}

// lookAgain schedules the next look at the queues, on a grid of its own.
func (e *engine) lookAgain(h *host) {
	if len(h.queues) == 1 {
		return
	}
	each := balanceNs * int64(len(h.queues))
	e.tree.set(e.balancing, keyOf((e.now/each+1)*each, e.balancing))
}

// look is the kernel's regular look at all queues. There is no next one while
// nobody shares a core.
func (e *engine) look() {
	e.tree.set(e.balancing, never)
	for i := range e.hosts {
		h := &e.hosts[i]
		if len(h.queues) < 2 {
			continue
		}
		e.spend(len(h.queues) / 8)
		e.level(h)
		e.share(h, none)
		if h.shared() {
			e.lookAgain(h)
		}
	}
}

// level makes the queues of a machine more alike.
func (e *engine) level(h *host) {
	for by := h.unevenBy(); by > 1; by = h.unevenBy() {
		e.spend(len(h.queues) / 8)
		e.migrate(h, h.longest(), h.shortest())
		h.uneven = false
	}
	if h.unevenBy() == 0 || !h.shared() {
		h.uneven = false
		return
	}
	if h.uneven {
		e.rotate(h)
	}
	h.uneven = !h.uneven
}

// unevenBy is how many tasks the longest queue has more than the shortest.
func (h *host) unevenBy() int32 { return h.queues[h.longest()].tasks - h.queues[h.shortest()].tasks }

// rotate lets every queue that is longer by one give a task to one that is not,
// as far as there are pairs.
func (e *engine) rotate(h *host) {
	long := h.queues[h.longest()].tasks
	for k := range h.queues {
		h.queues[k].shorter = h.queues[k].tasks < long
	}
	to := 0
	for from := range h.queues {
		if h.queues[from].shorter {
			continue
		}
		for to < len(h.queues) && !h.queues[to].shorter {
			to++
		}
		if to == len(h.queues) {
			return
		}
		e.migrate(h, int32(from), int32(to))
		to++
	}
}
