package nginx

import "hash/crc32"

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
	return k.crcAfter(crcDecimal(round))
}

// crcDecimal is the checksum of n in decimal digits. It goes without a buffer,
// which the checksum functions of hash/crc32 would move to the heap.
func crcDecimal(n uint16) uint32 {
	crc := ^uint32(0)
	for unit := uint16(10000); unit > 0; unit /= 10 {
		if n >= unit {
			digit := '0' + byte(n/unit%10)
			crc = crc32.IEEETable[byte(crc)^digit] ^ crc>>8
		}
	}
	return ^crc
}
