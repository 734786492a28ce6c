package sim

// waitList is a first-in first-out queue of visits that wait for a worker, a
// connection or a lock. It is linked through the visits, so that one that gives
// up leaves it at once.
type waitList struct {
	head, tail int32
	size       int32
}

func emptyList() waitList { return waitList{head: none, tail: none} }

func (e *engine) join(l *waitList, req int32) {
	v := &e.visits[req]
	v.next, v.prev = none, l.tail
	if l.tail == none {
		l.head = req
	} else {
		e.visits[l.tail].next = req
	}
	l.tail = req
	l.size++
	v.waits = true
}

func (e *engine) quit(l *waitList, req int32) {
	v := &e.visits[req]
	if v.prev == none {
		l.head = v.next
	} else {
		e.visits[v.prev].next = v.next
	}
	if v.next == none {
		l.tail = v.prev
	} else {
		e.visits[v.next].prev = v.prev
	}
	l.size--
	v.waits = false
}

// first takes the one that has waited longest, none if nobody waits.
func (e *engine) first(l *waitList) int32 {
	req := l.head
	if req != none {
		e.quit(l, req)
	}
	return req
}
