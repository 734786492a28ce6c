package instance

import "sync"

// recentRequests is how many durations an instance keeps.
const recentRequests = 200

// recent holds the durations of the last requests, in milliseconds.
type recent struct {
	mu   sync.Mutex
	ring [recentRequests]float64
	n    int // how many were ever added
}

// add keeps a duration, forgetting the oldest when full, and returns all that
// are kept, the newest last.
func (r *recent) add(tookMs float64) []float64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ring[r.n%recentRequests] = tookMs
	r.n++
	if r.n < recentRequests {
		return append([]float64(nil), r.ring[:r.n]...)
	}
	oldest := r.n % recentRequests
	return append(append(make([]float64, 0, recentRequests), r.ring[oldest:]...), r.ring[:oldest]...)
}
