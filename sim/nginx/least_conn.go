package nginx

// leastConn chooses the peer with the fewest active requests for its weight
// (ngx_http_upstream_get_least_conn_peer). Peers that tie take turns by one pass
// of round robin among them; without a tie no turn moves. It returns -1 if no
// peer is usable.
func (g *group) leastConn(t *Try, nowS int64) int {
	if g.allUsable(t) {
		return g.leastOfAll()
	}
	best, ties := -1, false
	for i := range g.active {
		if !g.usable(t, i, nowS) {
			continue
		}
		if best < 0 {
			best = i
			continue
		}
		switch d := g.compareLoad(i, best); {
		case d < 0:
			best, ties = i, false
		case d == 0:
			ties = true
		}
	}
	if !ties {
		return best
	}
	first, total := best, int64(0)
	best = -1
	for i := first; i < len(g.active); i++ {
		if g.compareLoad(i, first) == 0 && g.usable(t, i, nowS) {
			best = g.turnOf(i, best, &total)
		}
	}
	g.turns[best].current -= total
	return best
}

// leastOfAll is leastConn if all peers are usable.
func (g *group) leastOfAll() int {
	if len(g.active) == 0 {
		return -1
	}
	first, ties := 0, false
	conns, weight := int64(g.active[0]), int64(g.turns[0].weight)
	for i := 1; i < len(g.active); i++ {
		a, b := int64(g.active[i])*weight, conns*int64(g.turns[i].weight)
		if a > b {
			continue
		}
		ties = a == b
		if a < b {
			first, conns, weight = i, int64(g.active[i]), int64(g.turns[i].weight)
		}
	}
	if !ties {
		return first
	}
	best, total := -1, int64(0)
	for i := first; i < len(g.active); i++ {
		if int64(g.active[i])*weight == conns*int64(g.turns[i].weight) {
			best = g.turnOf(i, best, &total)
		}
	}
	g.turns[best].current -= total
	return best
}

// compareLoad is negative if peer i has less load for its weight than peer j, 0
// if they tie.
func (g *group) compareLoad(i, j int) int64 {
	return int64(g.active[i])*int64(g.turns[j].weight) - int64(g.active[j])*int64(g.turns[i].weight)
}
