package nginx

const (
	ipHashStart   = 89
	ipHashFactor  = 113
	ipHashModulus = 6271
)

// ipHash chooses by the client's address (ngx_http_upstream_get_ip_hash_peer).
// After a miss the hash goes on from where it is.
func (p *Proxy) ipHash(g *group, t *Try, nowS int64) int {
	if t.misses > maxMisses {
		return g.roundRobin(t, nowS)
	}
	h := t.hash
	for {
		h = (h*t.key.shift + t.key.sum) % ipHashModulus
		i := p.intervals.at(h % p.intervals.total)
		if i >= 0 && g.usable(t, i, nowS) {
			t.hash = h
			return i
		}
		if t.miss() {
			return g.roundRobin(t, nowS)
		}
	}
}
