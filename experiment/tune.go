package experiment

import (
	"context"
	"fmt"
	"math"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
)

const (
	passes = 2
	// gain is by how much the deviance must fall for a parameter to be changed:
	// Akaike's price of one more parameter.
	gain = 2
)

// Choice is a profile chosen by simulation, and what it took.
type Choice struct {
	Profile *model.Profile
	// Before and After are the deviance of the profile that the choice began
	// with and of the one chosen; Changed names the parameters that differ.
	Before, After float64
	Changed       []string
}

// Choose finds the profile that explains the evidence best, beginning with p. It
// goes through the parameters in turn, tries the values and keeps what is clearly
// better. What an instance by itself showed of its own work weighs against other
// costs. log, if set, is told of every parameter.
func Choose(ctx context.Context, e *Evidence, p *model.Profile, log func(parameter string, deviance float64)) (Choice, error) {
	best, err := e.try(ctx, p)
	if err != nil {
		return Choice{}, err
	}
	c := Choice{Before: best.deviance}
	changed := map[string]bool{}
	for range passes {
		before := best
		for _, k := range parameters {
			if k.open != nil && !k.open(p) {
				continue
			}
			first := best
			for _, q := range k.others(first.profile) {
				e.speeds = best.speeds
				t, err := e.try(ctx, q)
				if err != nil {
					return Choice{}, err
				}
				if !unseen(p) {
					t.deviance += unlikely(q.Instance.Background, p.Instance.Background)
				}
				if t.deviance < best.deviance-gain {
					best = t
				}
			}
			changed[k.name] = changed[k.name] || best.profile != first.profile
			if log != nil {
				log(k.name, best.deviance)
			}
		}
		if best.profile == before.profile {
			break
		}
	}
	for _, k := range parameters {
		if changed[k.name] {
			c.Changed = append(c.Changed, k.name)
		}
	}
	e.speeds = best.speeds
	c.Profile, c.After = best.profile, best.deviance
	return c, nil
}

// tune chooses what CPU times cannot tell, such that the simulator explains the
// calibrated sizes best. No other size is looked at.
func (c Config) tune(ctx context.Context, r *Result, asRun *scenarios.Scenario) error {
	e := &Evidence{Predict: c.Predict, Samples: r.evidence(asRun)}
	choice, err := Choose(ctx, e, r.Profile, nil)
	if err != nil {
		return err
	}
	if r.Profile, err = e.atSpeedOne(ctx, choice.Profile); err != nil {
		return err
	}
	if len(choice.Changed) > 0 {
		r.Profile.Provenance["chosen"] = fmt.Sprintf("by simulation of the calibrated sizes (deviance %.1f instead of %.1f): %v", choice.After, choice.Before, choice.Changed)
	}
	return nil
}

// atSpeedOne sets the demand of a profile such that, on average over the samples,
// a request costs in simulation at speed 1 what it cost when it was measured: how
// much more efficient an instance is with several inside depends on how many
// there are when.
func (e *Evidence) atSpeedOne(ctx context.Context, p *model.Profile) (*model.Profile, error) {
	for range matchings {
		var ratios []float64
		for _, s := range e.Samples {
			curve, err := e.Predict.At(ctx, s.account(), p, 1)
			if err != nil {
				return nil, err
			}
			if simulated := curve.Points[0].CPUMsPerRequest; s.CPUMs > 0 && simulated > 0 {
				ratios = append(ratios, s.CPUMs/simulated)
			}
		}
		if len(ratios) == 0 {
			return p, nil
		}
		factor, _ := Speed(ratios)
		p = each(p, []float64{factor}, func(q *model.Profile, f float64) {
			for i := range q.Instance.Demand {
				q.Instance.Demand[i].DemandNs = times(q.Instance.Demand[i].DemandNs, f)
			}
		})[0]
	}
	return p, nil
}

// known is how well an instance by itself shows what its own work costs, as the
// standard deviation of a logarithm: ten compactions, of which one costs a third
// more or less than another, and that what they cost under load may differ.
const known = 0.15

// unlikely is minus twice the logarithm of how likely costs of the store's own
// work are after those that an instance by itself showed. A few measured blocks
// hold two or three compactions, and would have their way without it.
func unlikely(own, shown model.Background) float64 {
	sum := 0.0
	for _, cost := range [][2]int64{{own.FlushDemandNs, shown.FlushDemandNs}, {own.CompactionDemandNs, shown.CompactionDemandNs}} {
		if cost[0] > 0 && cost[1] > 0 {
			off := math.Log(float64(cost[0])/float64(cost[1])) / known
			sum += off * off
		}
	}
	return sum
}
