package sim

// ring is a first-in first-out queue of requests that grows as needed and
// keeps its memory.
type ring struct {
	buf        []int32 // length a power of two
	head, size uint32
}

func (r *ring) len() int { return int(r.size) }

func (r *ring) push(v int32) {
	if int(r.size) == len(r.buf) {
		r.grow()
	}
	r.buf[(r.head+r.size)&uint32(len(r.buf)-1)] = v
	r.size++
}

func (r *ring) pop() int32 {
	v := r.buf[r.head]
	r.head = (r.head + 1) & uint32(len(r.buf)-1)
	r.size--
	return v
}

func (r *ring) grow() {
	bigger := make([]int32, max(16, 2*len(r.buf)))
	for i := uint32(0); i < r.size; i++ {
		bigger[i] = r.buf[(r.head+i)&uint32(len(r.buf)-1)]
	}
	r.buf, r.head = bigger, 0
}
