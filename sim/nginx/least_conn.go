package nginx

// leastConn chooses the peer with the fewest active requests for its weight
// (ngx_http_upstream_get_least_conn_peer). Peers that tie take turns by one pass
// of round robin among them; without a tie no turn moves. It returns -1 if no
// peer is usable.
func (g *group) leastConn(t *Try, nowS int64) int {
	if g.weak == 0 && g.allUsable(t) && len(g.active) > 0 {
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

// leastOfAll is leastConn if all peers are usable at full weight.
func (g *group) leastOfAll() int {
	if g.even {
		return g.leastOfEven()
	}
	first := 0
	for i := range g.active {
		if g.compareLoad(i, first) < 0 {
			first = i
		}
	}
	best, total := -1, int64(0)
	for i := first; i < len(g.active); i++ {
		if g.compareLoad(i, first) == 0 {
			best = g.turnOf(i, best, &total)
		}
	}
	g.turns[best].current -= total
	return best
}

// leastOfEven is leastOfAll if all weights are equal: loads compare without
// weights. A peer without a tie gains and pays the same.
func (g *group) leastOfEven() int {
	least := g.active[0]
	for _, active := range g.active {
		least = min(least, active)
	}
	best, high := 0, int64(minCurrent)
	gain, total := int64(g.turns[0].weight), int64(0)
	turns := g.turns[:len(g.active)]
	for i, active := range g.active {
		if active != least {
			continue
		}
		current := turns[i].current + gain
		turns[i].current = current
		total += gain
		if current > high {
			best, high = i, current
		}
	}
	turns[best].current -= total
	return best
}

// compareLoad is negative if peer i has less load for its weight than peer j, 0
// if they tie.
func (g *group) compareLoad(i, j int) int64 {
	return int64(g.active[i])*int64(g.turns[j].weight) - int64(g.active[j])*int64(g.turns[i].weight)
}
