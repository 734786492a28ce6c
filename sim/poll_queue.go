package sim

// pollQueue is how an instance notices new requests. A Go process with one thread
// that is busy does not look at its network until its monitor does, at least
// 10 ms after the last look (runtime.sysmon); one that is idle, or has just
// been let go on by its CPU limit, looks at once. While its store flushes, it
// does not get to what was noticed: that waits in a queue which Go's scheduler
// looks at when no goroutine is ready or it has chosen 61 times (runtime.schedule),
// and a flush is ready all of the time and runs for 10 ms whenever it is chosen.
type pollQueue struct {
	pollNs  int64 // between looks; 0: everything is noticed at once
	last    int64
	pending ring
}

// next is the next look after now.
func (q *pollQueue) next(now int64) int64 {
	return q.last + ((now-q.last)/q.pollNs+1)*q.pollNs
}

// idle tells whether the station has nothing to do.
func (s *station) idle() bool { return len(s.service) == 0 && s.back.leftNs == 0 }
