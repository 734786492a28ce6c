package model

import "sort"

// Causes of failed requests, the keys of by_cause. Each is known where the
// request failed, not concluded from its status.
const (
	CauseWorkerConnections = "worker_connections" // none of an nginx worker's is left: closed, or 500
	CauseAcceptQueue       = "accept queue full"  // SYNs were lost until the client gave up
	CauseMaxConns          = "max_conns"          // 502: no instance is left, some are at max_conns
	CauseNoPeer            = "no live upstreams"  // 502: every instance is left out after failures
	CauseRefused           = "connection refused" // 502
	CauseCutOff            = "connection closed"  // 502: the instance stopped with the request inside
	CauseConnectTimeout    = "connect timeout"    // 504: proxy_connect_timeout
	CauseReadTimeout       = "read timeout"       // 504: proxy_read_timeout
	CauseInstanceFull      = "instance full"      // 503: max_inside
	CauseClientTimeout     = "client timeout"     // the client gave up

	// Of a service that is stated in steps.
	CauseQueueFull       = "queue full"           // 503 or refused: as many wait for a worker as may
	CauseTierQueue       = "tier queue full"      // the same at a tier
	CauseTierDown        = "tier down"            // a tier is stopped
	CauseTierConnections = "tier connections"     // a tier has no connection left for another pool
	CausePoolTimeout     = "pool timeout"         // no connection of the pool came free in time
	CauseService         = "error of the service" // a step that fails
)

// Cause is why requests failed, and how many.
type Cause struct {
	Name  string
	Count int64
}

// Causes are why requests failed, the most frequent first. Where causes are not
// known, as in a measurement, they are what clients saw.
func (e Errors) Causes() []Cause {
	var all []Cause
	if len(e.ByCause) > 0 {
		for name, n := range e.ByCause {
			all = append(all, Cause{name, n})
		}
	} else {
		for status, n := range e.ByStatus {
			if name := seen(status); name != "" {
				all = append(all, Cause{name, n})
			}
		}
	}
	sort.Slice(all, func(i, j int) bool {
		if all[i].Count != all[j].Count {
			return all[i].Count > all[j].Count
		}
		return all[i].Name < all[j].Name
	})
	return all
}

// Leading is the most frequent cause, and its share of all failed requests, 0 to
// 1; "" where nothing is known to have failed.
func (e Errors) Leading() (cause string, share float64) {
	all := e.Causes()
	var sum int64
	for _, c := range all {
		sum += c.Count
	}
	if sum == 0 {
		return "", 0
	}
	return all[0].Name, float64(all[0].Count) / float64(sum)
}

// seen is a failed request as its client sees it; "" for an answer.
func seen(status string) string {
	switch {
	case status == "timeout":
		return CauseClientTimeout
	case status == "0":
		return "connection closed without an answer"
	case len(status) == 3 && status[0] == '5':
		return "status " + status
	}
	return ""
}
