package nginx

// random chooses by weight at random (ngx_http_upstream_get_random_peer).
func (p *Proxy) random(g *group, t *Try, nowS int64) int {
	for t.misses <= maxMisses {
		i := p.intervals.at(p.draw())
		if i >= 0 && g.usable(t, i, nowS) {
			return i
		}
		t.misses++
	}
	return g.roundRobin(t, nowS)
}

// randomTwo draws two different peers and takes the one with less load for its
// weight, the second if they tie (ngx_http_upstream_get_random2_peer). The first
// draw counts as a miss, as in nginx.
func (p *Proxy) randomTwo(g *group, t *Try, nowS int64) int {
	first := -1
	for t.misses <= maxMisses {
		i := p.intervals.at(p.draw())
		if i >= 0 && i != first && g.usable(t, i, nowS) {
			if first >= 0 {
				return g.lessLoaded(first, i)
			}
			first = i
		}
		t.misses++
	}
	return g.roundRobin(t, nowS)
}

func (g *group) lessLoaded(first, second int) int {
	if g.compareLoad(second, first) > 0 {
		return first
	}
	return second
}

func (p *Proxy) draw() uint32 { return uint32(p.rnd.Uint64n(uint64(p.intervals.total))) }

// resolved gives the peers in turn from a random one on: proxy_pass with a
// variable makes a new list for each request from the resolver's rotated answer.
func (p *Proxy) resolved(g *group, t *Try) int {
	if t.rounds == 0 {
		t.hash = uint32(p.rnd.Uint64n(uint64(len(g.index))))
	}
	i := (int(t.hash) + int(t.rounds)) % len(g.index)
	t.rounds++
	return i
}
