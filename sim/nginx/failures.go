package nginx

// health is the failure record of one peer. Times are seconds of nginx's clock.
//
// accessed is the time of the last failure. checked starts at the same time and
// moves on when the peer is chosen more than fail_timeout later; a success after
// that forgives. While fails is 0 neither is ever read before a failure sets
// both, so they are kept up only while fails > 0.
type health struct {
	fails             int32
	accessed, checked int64
}

// clockStart keeps nginx's clock away from 0, where a fresh peer's record is.
const clockStart = 1000

// clock is nginx's idea of now: whole seconds, cut off.
func (p *Proxy) clock(nowNs int64) int64 {
	return (p.cfg.StartFracNs+nowNs)/second + clockStart
}

// ejected reports whether peer i is out of selection.
func (g *group) ejected(i int, nowS int64) bool {
	h, r := &g.health[i], &g.rules[i]
	return h.fails > 0 && h.fails >= r.maxFails && nowS-h.checked <= r.failTimeoutS
}

// probe notes that peer i was chosen. If its pause has passed, the pause starts
// again, so that this one request alone tries whether the peer is back.
func (g *group) probe(i int, nowS int64) {
	h := &g.health[i]
	if h.fails > 0 && nowS-h.checked > g.rules[i].failTimeoutS {
		h.checked = nowS
	}
}

// fail records a failed attempt and reports whether peer i is ejected now. With
// max_fails 0 nothing that is recorded would ever be read.
func (g *group) fail(i int, nowS int64) bool {
	maxFails := g.rules[i].maxFails
	if maxFails == 0 {
		return false
	}
	h := &g.health[i]
	if h.fails == 0 {
		g.failing++
	}
	h.fails++
	h.accessed, h.checked = nowS, nowS
	g.weaken(i, g.turns[i].weight/maxFails)
	return h.fails >= maxFails
}

// succeed records an attempt that was no failure.
func (g *group) succeed(i int) {
	h := &g.health[i]
	if h.fails > 0 && h.accessed < h.checked {
		h.fails = 0
		g.failing--
	}
}
