package experiment

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
func doubtOf(from *model.Curve, calibrated []int) doubt {
	d := doubt{noise: map[string]float64{}}
	squares, rounds := map[string]float64{}, 0
	for i := range from.Points {
		p := &from.Points[i]
		if !slices.Contains(calibrated, p.Instances) || p.Rounds < 2 {
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
	perPoint := float64(rounds) / float64(len(calibrated))
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
	return fmt.Sprintf("the predicted interval is that of one measurement: it holds how replications differ, the doubt about the CPU time of a request (± %.1f %%) and the noise of one measured point",
		100*d.reach(d.demand))
}

// reach is half a 95 % interval.
func (d doubt) reach(se float64) float64 {
	if d.df == 0 {
		return 0
	}
	return stats.TQuantile(0.975, float64(d.df)) * se
}

// mostReach bounds the doubt about a demand that predictions are made for:
// beyond it, two rounds that differ leave nothing to predict with.
const mostReach = 0.5

// widen makes the intervals of the prediction such that a measurement should
// fall into them. The simulation's own is that of a mean over replications; what
// is measured is one of them, with one draw of the phases of the CPU limits, say,
// for as long as it is up. Besides, they hold what another demand within its
// interval would change, and the noise of a measured point.
func (c Config) widen(ctx context.Context, r *Result, asRun *scenarios.Scenario, d doubt) error {
	reach := d.reach(d.demand)
	if reach > mostReach {
		r.Predicted.Warnings = append(r.Predicted.Warnings, fmt.Sprintf(
			"the CPU time of a request is known to ± %.0f %% only, and the predicted interval is too narrow for that: measure more rounds, or longer blocks", 100*reach))
		reach = mostReach
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
		d.spread(&r.Predicted.Points[i], &slow.Points[i], &fast.Points[i])
	}
	r.Predicted.Warnings = append(r.Predicted.Warnings, d.String())
	return nil
}

// spread makes the intervals of a point those of one measurement. slow and fast
// are what it is at either end of the demand's interval.
func (d doubt) spread(p, slow, fast *model.Point) {
	for _, m := range metrics {
		e := m.of(p)
		*e = widened(oneOf(*e, p.Replications), m.of(slow).Value, m.of(fast).Value, d.reach(d.noise[m.Name]))
	}
}

// oneOf is the interval of one more replication, from that of the mean of some.
func oneOf(e model.Estimate, replications int) model.Estimate {
	wider := math.Sqrt(float64(replications + 1))
	return model.Estimate{Value: e.Value, Lo: max(0, e.Value-wider*(e.Value-e.Lo)), Hi: e.Value + wider*(e.Hi-e.Value)}
}

// least is how small a share of its value the end of an interval can be.
const least = 0.01

// widened adds what is independent in squares of logarithms. a and b are what
// the value is at either end of the demand's interval.
func widened(e model.Estimate, a, b, noise float64) model.Estimate {
	if e.Value <= 0 {
		return e
	}
	lo, hi := min(a, b, e.Value), max(a, b, e.Value)
	out := func(own, other float64) float64 {
		x, y := math.Log(max(own/e.Value, least)), math.Log(max(other/e.Value, least))
		return math.Sqrt(x*x + y*y + noise*noise)
	}
	return model.Estimate{
		Value: e.Value,
		Lo:    e.Value * math.Exp(-out(e.Lo, lo)),
		Hi:    e.Value * math.Exp(out(e.Hi, hi)),
	}
}
