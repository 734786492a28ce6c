package sim

// job is a request in service at a station: it departs when the station's
// attained service reaches finish.
type job struct {
	finish float64 // on the station's own scale
	demand float64 // ns
	seq    uint32  // order of entering service; breaks ties
	req    int32
}

func before(a, b *job) bool {
	return a.finish < b.finish || (a.finish == b.finish && a.seq < b.seq)
}

// push and pop keep h a binary heap with the first to depart at h[0].
func push(h []job, j job) []job {
	h = append(h, j)
	i := len(h) - 1
	for i > 0 {
		up := (i - 1) / 2
		if !before(&j, &h[up]) {
			break
		}
		h[i] = h[up]
		i = up
	}
	h[i] = j
	return h
}

func pop(h []job) ([]job, job) {
	top := h[0]
	n := len(h) - 1
	last := h[n]
	h = h[:n]
	if n == 0 {
		return h, top
	}
	i := 0
	for {
		down := 2*i + 1
		if down >= n {
			break
		}
		if down+1 < n && before(&h[down+1], &h[down]) {
			down++
		}
		if !before(&h[down], &last) {
			break
		}
		h[i] = h[down]
		i = down
	}
	h[i] = last
	return h, top
}
