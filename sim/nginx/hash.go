package nginx

import (
	"hash/crc32"
	"strconv"
)

// hashed chooses by the hash of the key (ngx_http_upstream_get_hash_peer). After
// a miss the key is hashed again with the number of the round before it.
func (p *Proxy) hashed(g *group, t *Try, nowS int64) int {
	if t.misses > maxMisses || t.key == (Key{}) {
		return g.roundRobin(t, nowS)
	}
	for {
		t.hash += t.key.roundCRC(t.rounds) >> 16 & 0x7fff
		t.rounds++
		i := p.intervals.at(t.hash % p.intervals.total)
		if i >= 0 && g.usable(t, i, nowS) {
			return i
		}
		if t.miss() {
			return g.roundRobin(t, nowS)
		}
	}
}

// roundCRC is the checksum of the key, after the round's number in all rounds
// but the first.
func (k Key) roundCRC(round uint16) uint32 {
	if round == 0 {
		return k.sum
	}
	var buf [5]byte
	return k.crcAfter(crc32.ChecksumIEEE(strconv.AppendUint(buf[:0], uint64(round), 10)))
}
