package nginx

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"

	"github.com/k9mil/velocitas/scenarios/balancing"
)

// hashed is ip_hash, hash and hash consistent in the plainest form: whole texts
// are hashed anew in each round.
func (r *refPeers) hashed(policy balancing.Policy, q *refRequest, now int64) *refPeer {
	if policy != balancing.IPHash && q.text == "" {
		return refBest(policy, r.primary, q, now)
	}
	for q.misses <= 20 {
		var best *refPeer
		switch policy {
		case balancing.IPHash:
			best = r.byWeight(q.ipRound())
		case balancing.Hash:
			best = r.byWeight(q.textRound())
		case balancing.HashConsistent:
			best = refBest(policy, r.atPoint(q), q, now)
		}
		if best != nil && best.usable(q, now) {
			return best
		}
		q.misses++
	}
	return refBest(policy, r.primary, q, now)
}

func (q *refRequest) ipRound() uint32 {
	if q.rounds == 0 {
		q.hash = 89
	}
	q.rounds++
	b := q.addr.As4()
	for _, c := range b[:3] {
		q.hash = (q.hash*113 + uint32(c)) % 6271
	}
	return q.hash
}

func (q *refRequest) textRound() uint32 {
	text := q.text
	if q.rounds > 0 {
		text = fmt.Sprint(q.rounds) + text
	}
	q.rounds++
	q.hash += crc32.ChecksumIEEE([]byte(text)) >> 16 & 0x7fff
	return q.hash
}

// byWeight is the peer that has place h when each has as many as its weight.
func (r *refPeers) byWeight(h uint32) *refPeer {
	var places []*refPeer
	for _, p := range r.primary {
		places = append(places, slices.Repeat([]*refPeer{p}, p.Weight)...)
	}
	return places[int(h)%len(places)]
}

type refPoint struct {
	hash   uint32
	server string
}

// atPoint is the peers at the request's point of the ring, which moves on when
// none of them was usable.
func (r *refPeers) atPoint(q *refRequest) []*refPeer {
	if r.points == nil {
		r.points = refRing(r.primary)
	}
	at := 0
	for at < len(r.points) && r.points[at].hash < crc32.ChecksumIEEE([]byte(q.text)) {
		at++
	}
	server := r.points[(at+q.misses)%len(r.points)].server
	var peers []*refPeer
	for _, p := range r.primary {
		if p.Server == server {
			peers = append(peers, p)
		}
	}
	return peers
}

func refRing(peers []*refPeer) []refPoint {
	var points []refPoint
	seen := map[uint32]bool{}
	for _, p := range peers {
		hash := make([]byte, 4)
		for range 160 * p.Weight {
			v := crc32.ChecksumIEEE([]byte(strings.Replace(p.Server, ":", "\x00", 1) + string(hash)))
			binary.LittleEndian.PutUint32(hash, v)
			if !seen[v] {
				points = append(points, refPoint{v, p.Server})
			}
			seen[v] = true
		}
	}
	slices.SortFunc(points, func(a, b refPoint) int { return int(int64(a.hash) - int64(b.hash)) })
	return points
}
