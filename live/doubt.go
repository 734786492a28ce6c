package live

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/model/stats"
	"github.com/k9mil/velocitas/scenarios"
)

// doubt is what a prediction cannot know, all from the sizes that it was
// calibrated on.
type doubt struct {
	// demand is the relative standard error of the CPU time of a request.
	demand float64
	// noise is that of one measured point, by metric.
	noise map[string]float64
	// df is the degrees of freedom of both.
	df int
}

// doubtOf takes the repeat-to-repeat noise of the calibrated sizes.
func doubtOf(r *Result) doubt {
	d := doubt{noise: map[string]float64{}}
	squares, rounds := map[string]float64{}, 0
	for i := range r.Measured.Points {
		p := &r.Measured.Points[i]
		if !slices.Contains(r.Calibrated, p.Instances) || p.Rounds < 2 {
			continue
		}
		d.df += p.Rounds - 1
		rounds += p.Rounds
		for metric, sd := range p.Noise {
			squares[metric] += float64(p.Rounds-1) * sd * sd
		}
	}
	if d.df == 0 {
		return d
	}
	perPoint := float64(rounds) / float64(len(r.Calibrated))
	for metric, sum := range squares {
		sd := math.Sqrt(sum / float64(d.df))
		d.noise[metric] = sd / math.Sqrt(perPoint)
		if metric == "cpu" {
			d.demand = sd / math.Sqrt(float64(rounds))
		}
	}
	return d
}

func (d doubt) String() string {
	return fmt.Sprintf("the predicted interval holds the simulation's own, that of the CPU time of a request (± %.1f %%) and the noise of one measured point",
		100*d.reach(d.demand))
}

// reach is half a 95 % interval.
func (d doubt) reach(se float64) float64 {
	if d.df == 0 {
		return 0
	}
	return stats.TQuantile(0.975, float64(d.df)) * se
}

// widen makes the intervals of the prediction such that a measurement should
// fall into them: besides the simulation's own they hold what another demand
// within its interval would change, and the noise of a measured point.
func (c Config) widen(ctx context.Context, r *Result, asRun *scenarios.Scenario, d doubt) error {
	reach := d.reach(d.demand)
	if reach > 0.5 {
		return fmt.Errorf("the CPU time of a request is known to ± %.0f %% only: measure more rounds, or longer blocks", 100*reach)
	}
	slow, err := c.predict(ctx, r, asRun, 1/(1+reach))
	if err != nil {
		return err
	}
	fast, err := c.predict(ctx, r, asRun, 1+reach)
	if err != nil {
		return err
	}
	for i := range r.Predicted.Points {
		for _, m := range metrics {
			e := m.of(&r.Predicted.Points[i])
			*e = widened(*e, m.of(&slow.Points[i]).Value, m.of(&fast.Points[i]).Value, d.reach(d.noise[m.Name]))
		}
	}
	r.Predicted.Warnings = append(r.Predicted.Warnings, d.String())
	return nil
}

// widened adds what is independent in squares of logarithms. a and b are what
// the value is at either end of the demand's interval.
func widened(e model.Estimate, a, b, noise float64) model.Estimate {
	if e.Value <= 0 {
		return e
	}
	lo, hi := min(a, b, e.Value), max(a, b, e.Value)
	out := func(own, other float64) float64 {
		x, y := math.Log(max(own, 1e-9)/e.Value), math.Log(max(other, 1e-9)/e.Value)
		return math.Sqrt(x*x + y*y + noise*noise)
	}
	return model.Estimate{
		Value: e.Value,
		Lo:    e.Value * math.Exp(-out(e.Lo, lo)),
		Hi:    e.Value * math.Exp(out(e.Hi, hi)),
	}
}
