package calibrate

import (
	"math"
	"testing"

	"github.com/k9mil/velocitas/model"
)

// Whatever the store's own work costs, a request costs what was measured.
func TestReapportion(t *testing.T) {
	c := &model.Curve{Points: []model.Point{
		{Instances: 1, ThroughputRps: model.Exactly(10), InSystem: model.Exactly(4)},
		{Instances: 2, ThroughputRps: model.Exactly(40), InSystem: model.Exactly(8)},
		{Instances: 9, ThroughputRps: model.Exactly(1), InSystem: model.Exactly(1)},
	}}
	load := LoadOf(c, []int{1, 2}, 1000)
	if load != (Load{Keys: 1000, RateRps: 15, Inside: 4}) {
		t.Errorf("load %+v: want 15 requests a second to an instance, 4 inside", load)
	}
	cost := func(p *model.Profile) float64 {
		return float64(p.Instance.Demand[0].DemandNs)/efficiency(p.Instance.Speed, load.Inside) + ownNs(p.Instance.Background, 1000, load.RateRps)
	}
	as := storeProfile()
	for _, factor := range []float64{0.5, 1, 1.5} {
		p := storeProfile()
		p.Instance.Background = scaled(p.Instance.Background, factor)
		Reapportion(p, as, load)
		if math.Abs(cost(p)/cost(as)-1) > 1e-6 {
			t.Errorf("own work times %v: a request costs %v ns, want %v", factor, cost(p), cost(as))
		}
	}
	p := storeProfile()
	p.Instance.Background = scaled(p.Instance.Background, 100)
	if Reapportion(p, as, load); p.Instance.Demand[0].DemandNs != as.Instance.Demand[0].DemandNs/10 {
		t.Errorf("demand %v: want a tenth of %v to be left", p.Instance.Demand[0].DemandNs, as.Instance.Demand[0].DemandNs)
	}
}
