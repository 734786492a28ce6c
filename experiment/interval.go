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

// Doubt is what a prediction cannot know, all from the sizes that it was
// calibrated on.
type Doubt struct {
	// Demand is the relative standard error of the CPU time of a request.
	Demand float64
	// Noise is that of one measured point beyond what replications differ by, by
	// metric.
	Noise map[string]float64
	// DF is the degrees of freedom of both; 0 is no doubt at all.
	DF int
}

// doubtOf takes the repeat-to-repeat noise of the calibrated sizes.
func doubtOf(from *model.Curve, calibrated []int) Doubt {
	d := Doubt{Noise: map[string]float64{}}
	squares, rounds := map[string]float64{}, 0
	for i := range from.Points {
		p := &from.Points[i]
		if !slices.Contains(calibrated, p.Instances) || p.Rounds < 2 {
			continue
		}
		d.DF += p.Rounds - 1
		rounds += p.Rounds
		for metric, sd := range p.Noise {
			squares[metric] += float64(p.Rounds-1) * sd * sd
		}
	}
	if d.DF == 0 {
		return d
	}
	perPoint := float64(rounds) / float64(len(calibrated))
	for metric, sum := range squares {
		sd := math.Sqrt(sum / float64(d.DF))
		d.Noise[metric] = sd / math.Sqrt(perPoint)
		if metric == "cpu" {
			d.Demand = sd / math.Sqrt(float64(rounds))
		}
	}
	return d
}

func (d Doubt) String() string {
	return fmt.Sprintf("the predicted interval is that of one measurement: it holds how replications differ, the doubt about the CPU time of a request (± %.1f %%) and the noise of one measured point",
		100*d.half(d.Demand))
}

// half is half a 95 % interval.
func (d Doubt) half(se float64) float64 {
	if d.DF == 0 {
		return 0
	}
	return stats.TQuantile(0.975, float64(d.DF)) * se
}

// mostDoubt bounds the doubt about a demand that predictions are made for:
// beyond it, two rounds that differ leave nothing to predict with.
const mostDoubt = 0.5

// widen makes the intervals of the prediction such that a measurement should
// fall into them. The simulation's own is that of a mean over replications; what
// is measured is one of them, with one draw of the phases of the CPU limits, say,
// for as long as it is up. Besides, they hold what another demand within its
// interval would change, and the noise of a measured point.
func (c Config) widen(ctx context.Context, r *Result, asRun *scenarios.Scenario, d Doubt) error {
	if half := d.half(d.Demand); half > mostDoubt {
		r.Predicted.Warnings = append(r.Predicted.Warnings, fmt.Sprintf(
			"the CPU time of a request is known to ± %.0f %% only, and the predicted interval is too narrow for that: measure more rounds, or longer blocks", 100*half))
	}
	slowest, fastest := d.Speeds()
	slow, err := c.predict(ctx, r, asRun, slowest)
	if err != nil {
		return err
	}
	fast, err := c.predict(ctx, r, asRun, fastest)
	if err != nil {
		return err
	}
	for i := range r.Predicted.Points {
		d.Widen(&r.Predicted.Points[i], &slow.Points[i], &fast.Points[i])
	}
	r.Predicted.Warnings = append(r.Predicted.Warnings, d.String())
	return nil
}

// Speeds are those of the machine at either end of the interval of the demand.
func (d Doubt) Speeds() (slowest, fastest float64) {
	half := min(mostDoubt, d.half(d.Demand))
	return 1 / (1 + half), 1 + half
}

// Widen makes the intervals of a predicted point those of one measurement. slow
// and fast are what it is at either end of the interval of the demand; the point
// itself where that is known.
func (d Doubt) Widen(p, slow, fast *model.Point) {
	for _, m := range metrics {
		e := m.of(p)
		*e = widened(oneOf(*e, p.Replications), m.of(slow).Value, m.of(fast).Value, d.half(d.Noise[m.Name]))
	}
}

// ByChance is the median error of one measurement of which 95 % fall into an
// interval, relative: as far off is a prediction that is right.
func ByChance(e model.Estimate) float64 {
	if e.Lo <= 0 || e.Hi <= e.Lo {
		return 0
	}
	const middle, most = 0.6745, 1.96 // of a standard normal variable: the median size, and what 95 % are within
	return middle / most * math.Log(e.Hi/e.Lo) / 2
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
