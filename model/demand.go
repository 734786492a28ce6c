package model

import "sort"

// DemandNs is the mean CPU time of a request alone that inserts so many keys (at
// least 1), in a batch or each in a transaction of its own: straight between
// measured rows, in proportion beyond them.
func (c InstanceCost) DemandNs(keys int, batch bool) float64 {
	factor := 1.0
	if batch {
		factor = c.BatchFactor
	}
	at := sort.Search(len(c.Demand), func(i int) bool { return c.Demand[i].Keys >= keys })
	if at == len(c.Demand) {
		at--
	}
	hi := c.Demand[at]
	demand := float64(float64(hi.DemandNs)*float64(keys)) / float64(hi.Keys)
	if at > 0 && keys < hi.Keys {
		lo := c.Demand[at-1]
		f := float64(keys-lo.Keys) / float64(hi.Keys-lo.Keys)
		demand = float64(lo.DemandNs) + float64(f*float64(hi.DemandNs-lo.DemandNs))
	}
	return float64(demand * factor)
}
