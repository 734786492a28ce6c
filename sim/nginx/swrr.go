package nginx

// turn is the round robin state of one peer, with nginx's names.
type turn struct {
	current   int64 // current_weight
	effective int32 // effective_weight
	weight    int32
}

// roundRobin is nginx's smooth weighted round robin
// (ngx_http_upstream_get_peer). It returns -1 if no peer is usable.
//
// While nothing is skipped and every effective weight is the configured one, the
// choices repeat after a known number of them, and are read off a record of the
// last period.
func (g *group) roundRobin(t *Try, nowS int64) int {
	if g.steady(t) {
		return g.cycle.next()
	}
	if g.weak > 0 || !g.allUsable(t) {
		g.cycle.stop(g.turns)
		return g.scan(t, nowS)
	}
	if len(g.turns) == 0 {
		return -1
	}
	g.cycle.before(g.turns)
	i := g.scanAll()
	g.cycle.after(g.turns, i)
	return i
}

// steady reports whether the next choice can be read off the record.
func (g *group) steady(t *Try) bool {
	return g.cycle.running && g.weak == 0 && g.allUsable(t)
}

// scan looks at all peers: each usable one gains its effective weight, the first
// with the highest sum is chosen and pays what all of them gained.
func (g *group) scan(t *Try, nowS int64) int {
	best, total := -1, int64(0)
	for i := range g.turns {
		if g.usable(t, i, nowS) {
			best = g.turnOf(i, best, &total)
		}
	}
	if best >= 0 {
		g.turns[best].current -= total
	}
	return best
}

// turnOf gives peer i its share of one pass and returns the better of it and
// best. The weight that a failure took comes back by one a pass.
func (g *group) turnOf(i, best int, total *int64) int {
	p := &g.turns[i]
	p.current += int64(p.effective)
	*total += int64(p.effective)
	if p.effective < p.weight {
		p.effective++
		if p.effective == p.weight {
			g.weak--
		}
	}
	if best < 0 || p.current > g.turns[best].current {
		return i
	}
	return best
}

// scanAll is scan for the case that all peers are usable at full weight.
func (g *group) scanAll() int {
	best, high, total := 0, int64(minCurrent), int64(0)
	for i := range g.turns {
		p := &g.turns[i]
		p.current += int64(p.weight)
		total += int64(p.weight)
		if p.current > high {
			best, high = i, p.current
		}
	}
	g.turns[best].current -= total
	return best
}

const minCurrent = -1 << 62

// weaken takes n from the effective weight of peer i, down to 0.
func (g *group) weaken(i int, n int32) {
	p := &g.turns[i]
	if n == 0 {
		return
	}
	if p.effective == p.weight {
		g.weak++
	}
	p.effective = max(0, p.effective-n)
}
