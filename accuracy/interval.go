package accuracy

import (
	"math"
	"slices"

	"github.com/k9mil/velocitas/live/recorded"
	"github.com/k9mil/velocitas/model/stats"
)

// Runs is how many simulated runs a prediction comes from.
const Runs = 20

// between is the interval in which one recorded run lies with 95 %: figures are
// taken as lognormal, with the spread of the simulated runs and the misfit that
// the model showed where it was calibrated.
func between(runs []Run, metric int, misfit float64) (lo, hi float64) {
	logs := make([]float64, len(runs))
	for i, r := range runs {
		logs[i] = math.Log(r.Values()[metric])
	}
	mean, sd := stats.MeanSd(logs)
	n := float64(len(runs))
	half := stats.TQuantile(0.975, n-1) * math.Sqrt(sd*sd*(1+1/n)+misfit*misfit)
	return math.Exp(mean - half), math.Exp(mean + half)
}

// chance is with what error all runs but one predict that one, for each: so far
// off is a model that is right, since a run is one draw.
func chance(runs []Run, metric int) []float64 {
	errors := make([]float64, len(runs))
	for i, r := range runs {
		others := slices.Delete(slices.Clone(runs), i, i+1)
		errors[i] = math.Abs(central(others)[metric]/r.Values()[metric] - 1)
	}
	return errors
}

// central is the median of each figure over runs, in the order of
// recorded.Metrics.
func central(runs []Run) []float64 {
	out := make([]float64, len(recorded.Metrics))
	for m := range out {
		xs := make([]float64, len(runs))
		for i, r := range runs {
			xs[i] = r.Values()[m]
		}
		out[m] = stats.Median(xs)
	}
	return out
}

// logSd is the standard deviation of the logarithm of a figure over runs.
func logSd(runs []Run, metric int) float64 {
	xs := make([]float64, len(runs))
	for i, r := range runs {
		xs[i] = math.Log(r.Values()[metric])
	}
	_, sd := stats.MeanSd(xs)
	return sd
}
