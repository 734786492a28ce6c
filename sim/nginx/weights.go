package nginx

import "slices"

// intervals divides [0, total weight) among the primaries by weight, peers that
// are down included: the space in which Random, IPHash and Hash choose.
type intervals struct {
	ends  []uint32 // each peer's end
	local []int32  // its index in the group, -1 if it is down
	total uint32
}

func newIntervals(peers []Peer) intervals {
	var iv intervals
	up := int32(0)
	for _, p := range peers {
		if p.Backup {
			continue
		}
		iv.total += uint32(p.Weight)
		iv.ends = append(iv.ends, iv.total)
		if p.Down {
			iv.local = append(iv.local, -1)
			continue
		}
		iv.local = append(iv.local, up)
		up++
	}
	return iv
}

// at is the peer whose interval has x, which is below the total, or -1 if that
// peer is down.
func (iv *intervals) at(x uint32) int {
	i, found := slices.BinarySearch(iv.ends, x)
	if found {
		i++
	}
	return int(iv.local[i])
}

// maxMisses is how many misses a request may have before it turns to round
// robin.
const maxMisses = 20

// miss counts one more miss and reports whether that was too many.
func (t *Try) miss() bool {
	t.misses++
	return t.misses > maxMisses
}
