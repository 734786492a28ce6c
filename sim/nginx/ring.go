package nginx

import (
	"cmp"
	"encoding/binary"
	"hash/crc32"
	"slices"
	"strings"
)

// Ring is the circle of points of "hash KEY consistent". Peers with the same
// text in their server line share their points.
type Ring struct {
	points  []point // by hash, each hash once
	members [][]int // usable peers of each server text, by their index in the group
}

type point struct {
	hash   uint32
	server int32 // index in members
}

const pointsPerWeight = 160

// NewRing places the peers of a configuration that is valid.
func NewRing(peers []Peer) *Ring { return newRing(peers) }

// Bytes is the memory that a ring takes, with what it takes to make it.
func (r *Ring) Bytes() int64 { return RingBytes(cap(r.points) / pointsPerWeight) }

// RingBytes is the memory that the ring of peers with so much weight together takes.
func RingBytes(weights int) int64 { return 2 * 8 * pointsPerWeight * int64(weights) }

func newRing(peers []Peer) *Ring {
	r := &Ring{}
	total := 0
	for _, p := range peers {
		total += p.Weight
	}
	r.points = make([]point, 0, pointsPerWeight*total)
	servers := map[string]int{}
	up := 0
	for _, p := range peers {
		s, known := servers[p.Server]
		if !known {
			s = len(servers)
			servers[p.Server] = s
			r.members = append(r.members, nil)
		}
		r.addPoints(p, int32(s))
		if !p.Down {
			r.members[s] = append(r.members[s], up)
			up++
		}
	}
	r.points = sorted(r.points)
	r.points = slices.CompactFunc(r.points, func(a, b point) bool { return a.hash == b.hash })
	return r
}

// sorted orders points by hash, those of the same hash as they were: by the
// digits of the hash from the last on, since there can be 16 million.
func sorted(points []point) []point {
	const digits, base = 3, 1 << 11
	other := make([]point, len(points))
	for d := range digits {
		var at [base]int32
		for _, p := range points {
			at[p.hash>>(11*d)%base]++
		}
		sum := int32(0)
		for i, n := range at {
			at[i] = sum
			sum += n
		}
		for _, p := range points {
			i := &at[p.hash>>(11*d)%base]
			other[*i] = p
			*i++
		}
		points, other = other, points
	}
	return points
}

// addPoints places a peer: each point is the checksum of host, zero byte, port
// and the point before.
func (r *Ring) addPoints(p Peer, server int32) {
	host, port := splitServer(p.Server)
	base := crc32.ChecksumIEEE([]byte(host + "\x00" + port))
	var prev [4]byte
	for range pointsPerWeight * p.Weight {
		h := crc32.Update(base, crc32.IEEETable, prev[:])
		r.points = append(r.points, point{h, server})
		binary.LittleEndian.PutUint32(prev[:], h)
	}
}

// splitServer cuts a server text into host and port at its last colon, if digits
// alone follow.
func splitServer(s string) (host, port string) {
	if rest, ok := strings.CutPrefix(s, "unix:"); ok {
		return rest, ""
	}
	i := strings.LastIndexByte(s, ':')
	if i < 0 || strings.Trim(s[i+1:], "0123456789") != "" {
		return s, ""
	}
	return s[:i], s[i+1:]
}

// find is the first point at or after h, which may be one beyond the last.
func (r *Ring) find(h uint32) uint32 {
	i, _ := slices.BinarySearchFunc(r.points, h, func(p point, h uint32) int { return cmp.Compare(p.hash, h) })
	return uint32(i)
}

// hashedConsistently chooses by the point of the key on the ring
// (ngx_http_upstream_get_chash_peer). Peers that share the point take turns;
// if none of them is usable the next point is looked at.
func (p *Proxy) hashedConsistently(g *group, t *Try, nowS int64) int {
	if t.key == (Key{}) {
		return g.roundRobin(t, nowS)
	}
	r := p.ring
	for t.misses <= maxMisses {
		at := r.points[int(t.hash)%len(r.points)]
		if i := g.turnAmong(r.members[at.server], t, nowS); i >= 0 {
			return i
		}
		t.hash++
		t.misses++
	}
	return g.roundRobin(t, nowS)
}

// turnAmong is one pass of round robin among some peers.
func (g *group) turnAmong(members []int, t *Try, nowS int64) int {
	best, total := -1, int64(0)
	for _, i := range members {
		if !g.usable(t, i, nowS) {
			continue
		}
		if len(members) > 1 {
			g.cycle.stop(g.turns) // the turns move apart from the others
		}
		best = g.turnOf(i, best, &total)
	}
	if best >= 0 {
		g.turns[best].current -= total
	}
	return best
}
