package sim

// timer ends a wait of a visit. One whose visit has gone on meanwhile (its turn
// has changed) means nothing any more.
type timer struct {
	at   int64
	seq  uint32
	req  int32
	turn uint32
}

func (a *timer) before(b *timer) bool { return a.at < b.at || a.at == b.at && a.seq < b.seq }

// timers are the waits that differ from request to request: a 4-ary heap, of
// which the event list has the first.
type timers struct {
	heap []timer
	seq  uint32
}

func (t *timers) push(x timer) {
	x.seq = t.seq
	t.seq++
	t.heap = append(t.heap, x)
	i := len(t.heap) - 1
	for i > 0 {
		up := (i - 1) / 4
		if !x.before(&t.heap[up]) {
			break
		}
		t.heap[i] = t.heap[up]
		i = up
	}
	t.heap[i] = x
}

func (t *timers) pop() timer {
	h := t.heap
	top, last := h[0], h[len(h)-1]
	h = h[:len(h)-1]
	t.heap = h
	if len(h) == 0 {
		return top
	}
	i := 0
	for {
		least := 4*i + 1
		if least >= len(h) {
			break
		}
		for k := least + 1; k < min(4*i+5, len(h)); k++ {
			if h[k].before(&h[least]) {
				least = k
			}
		}
		if !h[least].before(&last) {
			break
		}
		h[i] = h[least]
		i = least
	}
	h[i] = last
	return top
}

// after wakes a visit after some time, unless it has gone on by then.
func (e *engine) after(ns int64, req int32) {
	v := &e.visits[req]
	e.timers.push(timer{at: e.now + ns, req: req, turn: v.turn})
	e.armTimers()
}

func (e *engine) armTimers() {
	k := never
	if len(e.timers.heap) > 0 {
		k = keyOf(e.timers.heap[0].at, e.timing)
	}
	e.tree.set(e.timing, k)
}

// timeUp handles the timer that is due.
func (e *engine) timeUp() {
	t := e.timers.pop()
	e.armTimers()
	v := &e.visits[t.req]
	if v.turn != t.turn {
		return
	}
	v.turn++
	if e.program.ops[v.pc].kind == opPool {
		e.poolTimeout(t.req)
		return
	}
	e.goOnFrom(t.req)
}
