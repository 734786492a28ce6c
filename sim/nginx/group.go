package nginx

import "slices"

// rules is what the configuration says about one peer.
type rules struct {
	failTimeoutS       int64
	maxFails, maxConns int32
}

// group is a set of peers, the primaries or the backups, in the eyes of one
// worker, or of all workers with a zone. Peers marked down are not in it: they
// are never chosen. What one peer needs lies in parallel slices, so that the
// loops over all peers read little memory.
type group struct {
	index  []int32 // each peer's index in Config.Peers
	rules  []rules
	turns  []turn  // round robin
	active []int32 // requests in progress
	health []health
	even   bool // all weights are equal

	// How many peers need a look before they may be chosen by the fast path.
	failing int // with failures on record
	weak    int // with an effective weight below the configured one
	full    int // at max_conns

	cycle cycle
}

// newGroup makes the fresh state of the peers with the given role.
func newGroup(peers []Peer, backup bool) group {
	var g group
	for i, p := range peers {
		if p.Down || p.Backup != backup {
			continue
		}
		g.index = append(g.index, int32(i))
		g.rules = append(g.rules, rules{p.FailTimeoutS, int32(p.MaxFails), int32(p.MaxConns)})
		g.turns = append(g.turns, turn{weight: int32(p.Weight), effective: int32(p.Weight)})
	}
	g.active = make([]int32, len(g.index))
	g.health = make([]health, len(g.index))
	g.even = true
	for _, p := range g.turns {
		g.even = g.even && p.weight == g.turns[0].weight
	}
	g.cycle = newCycle(g.turns)
	return g
}

// clone is a fresh group's copy for another worker; what never changes is shared.
func (g *group) clone() group {
	c := *g
	c.turns = slices.Clone(g.turns)
	c.active = make([]int32, len(g.active))
	c.health = make([]health, len(g.health))
	return c
}

// bytes is what a copy of the group takes, with the note of a period.
func (g *group) bytes() int64 {
	return int64(len(g.index))*peerBytes + 4*int64(g.cycle.period)
}

// usable reports whether this request may go to peer i now.
func (g *group) usable(t *Try, i int, nowS int64) bool {
	if t.tried.any && t.tried.has(i) {
		return false
	}
	if g.failing > 0 && g.ejected(i, nowS) {
		return false
	}
	return g.full == 0 || !g.isFull(i)
}

// allUsable reports whether no peer can be skipped for this request: the way to
// the short loops.
func (g *group) allUsable(t *Try) bool {
	return g.failing|g.full == 0 && !t.tried.any
}

func (g *group) isFull(i int) bool {
	limit := g.rules[i].maxConns
	return limit > 0 && g.active[i] >= limit
}

// take gives peer i a request.
func (g *group) take(i int, nowS int64) {
	g.active[i]++
	if g.active[i] == g.rules[i].maxConns {
		g.full++
	}
	if g.failing > 0 {
		g.probe(i, nowS)
	}
}

// release takes a request back from peer i.
func (g *group) release(i int) {
	if g.active[i] == g.rules[i].maxConns {
		g.full--
	}
	g.active[i]--
}
