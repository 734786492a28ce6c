package sim

// host is a machine whose cores its stations share. As long as they want no
// more than there is, each has what it wants; beyond that each gets its fair
// share: nobody more than it wants, and who wants more gets as much as anyone
// else (water-filling, which is what the kernel's fair scheduler does between
// groups of equal weight).
type host struct {
	cores    int64   // microCores; 0 is as many as anyone wants
	wanted   int64   // sum of what its stations want
	stations []int32 // those on it
}

// full tells whether no core is idle.
func (h *host) full() bool { return h.cores != 0 && h.wanted >= h.cores }

// level is the water level, in microCores: the most that a station gets.
// Stations that want less leave the rest to the others.
func (h *host) level(stations []station) float64 {
	left, hungry := h.cores, int64(0)
	for _, i := range h.stations {
		if stations[i].want > 0 {
			hungry++
		}
	}
	filled := int64(0) // stations that want at most this have been served
	for hungry > 0 {
		share := left / hungry
		served := int64(0)
		for _, i := range h.stations {
			if w := stations[i].want; w > filled && w <= share {
				left -= w
				hungry--
				served++
			}
		}
		if served == 0 {
			return float64(left) / float64(hungry)
		}
		filled = share
	}
	return float64(h.cores)
}
