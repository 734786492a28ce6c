package nginx

// AcceptQueue is the kernel's queue of finished handshakes at one listening
// socket. The kernel finishes handshakes by itself, up to one more than the
// backlog; it drops what comes beyond, silently, and the client sends its SYN
// again after SYNRetryNs.
type AcceptQueue struct{ limit, waiting int }

// NewAcceptQueue makes an empty queue. The backlog, 511 in nginx on Linux unless
// listen says otherwise, is capped by net.core.somaxconn.
func NewAcceptQueue(backlog, somaxconn int) AcceptQueue {
	return AcceptQueue{limit: min(backlog, somaxconn) + 1}
}

// Arrive is a SYN. It reports whether the handshake is finished; if not, the SYN
// was dropped.
func (q *AcceptQueue) Arrive() bool {
	if q.waiting == q.limit {
		return false
	}
	q.waiting++
	return true
}

// Accept takes one connection out and reports whether there was one.
func (q *AcceptQueue) Accept() bool {
	if q.waiting == 0 {
		return false
	}
	q.waiting--
	return true
}

// Waiting is the number of finished handshakes that no worker has accepted.
func (q *AcceptQueue) Waiting() int { return q.waiting }

// maxSYNRetries is net.ipv4.tcp_syn_retries of the client.
const maxSYNRetries = 6

// SYNRetryNs is how long a client waits for an answer to its SYN before it sends
// the next one: dropped counts the SYNs sent so far, from 1. The waits double
// from 1 s on, so the SYNs go out 1, 3, 7 … s after the first. After 6 of them
// the client gives up: ok is false and the wait is until it does.
func SYNRetryNs(dropped int) (waitNs int64, ok bool) {
	n := min(max(dropped, 1), maxSYNRetries+1)
	return second << (n - 1), n <= maxSYNRetries
}
