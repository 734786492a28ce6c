package sim

// usage is what a station has used of the processor up to some instant.
type usage struct {
	cpuNs            float64
	periods, strikes int64
}

// usage reads the meters of all stations.
func (e *engine) usage() []usage {
	all := make([]usage, len(e.stations))
	for i := range e.stations {
		s := &e.stations[i]
		all[i] = usage{cpuNs: s.usedNs, periods: s.quota.periods, strikes: s.quota.strikes}
	}
	return all
}
