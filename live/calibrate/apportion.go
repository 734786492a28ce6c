package calibrate

import (
	"slices"

	"github.com/k9mil/velocitas/model"
)

// Load is what instances were asked for while they were measured.
type Load struct {
	Keys    int
	RateRps float64 // of requests to an instance
	Inside  float64 // requests in an instance, on average
}

// LoadOf is the mean load of an instance over the sizes of a curve.
func LoadOf(c *model.Curve, sizes []int, keys int) Load {
	var rates, inside []float64
	for i := range c.Points {
		p := &c.Points[i]
		if n := float64(p.Instances); slices.Contains(sizes, p.Instances) {
			rates, inside = append(rates, p.ThroughputRps.Value/n), append(inside, p.InSystem.Value/n)
		}
	}
	return Load{keys, mean(rates), mean(inside)}
}

// Reapportion sets the demand of a profile in which the store's own work was
// changed such that a request costs as much CPU time as by another profile. A
// tenth of the demand is left at least.
func Reapportion(p, as *model.Profile, l Load) {
	if l.RateRps <= 0 {
		return
	}
	more := ownNs(p.Instance.Background, l.Keys, l.RateRps) - ownNs(as.Instance.Background, l.Keys, l.RateRps)
	more *= efficiency(p.Instance.Speed, l.Inside)
	for i := range p.Instance.Demand {
		d := float64(as.Instance.Demand[i].DemandNs)
		p.Instance.Demand[i].DemandNs = int64(max(d/10, d-more))
	}
}
