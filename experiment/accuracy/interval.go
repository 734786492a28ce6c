package accuracy

import (
	"math"

	"github.com/k9mil/velocitas/live/recorded"
	"github.com/k9mil/velocitas/model/stats"
)

// between is the interval in which one recorded run lies with 95 %: figures are
// taken as lognormal about the mean of the simulated runs, with the spread of
// those by the members and the misfit that the model showed where it was
// calibrated.
func (p forecast) between(metric int, misfit float64) (lo, hi float64) {
	mean := meanLog(p.runs, metric)
	variance, freedom := membersVariance(p.by, metric)
	half := stats.TQuantile(0.975, freedom) * math.Sqrt(variance*(1+1/float64(len(p.runs)))+misfit*misfit)
	return math.Exp(mean - half), math.Exp(mean + half)
}

// membersVariance is the variance of the logarithm of a figure of one run by a
// member that was not among these, who took turns, and its degrees of freedom:
// that between members and that between runs of one (a one-way random model;
// Searle, Casella and McCulloch, Variance Components, 1992, chapter 3, with
// Satterthwaite's approximation, Biometrics Bulletin 2, 1946).
func membersVariance(by []Run, metric int) (variance, freedom float64) {
	const m = Members
	logs := logsOf(by, metric)
	k := float64(len(by)) / m // runs of each
	var means []float64
	within := 0.0 // mean square
	for i := range m {
		var own []float64
		for j := i; j < len(logs); j += m {
			own = append(own, logs[j])
		}
		mean, sd := stats.MeanSd(own)
		means = append(means, mean)
		within += sd * sd / m
	}
	_, sd := stats.MeanSd(means)
	ofMeans, ofRuns := sd*sd, within*(1-1/k)
	variance = ofMeans + ofRuns
	return variance, variance * variance / (ofMeans*ofMeans/(m-1) + ofRuns*ofRuns/(m*(k-1)))
}

// chance is by how much the prediction is off if the members are right, for each
// of their runs: so far off is a model that is right, since a run is one draw and
// one and two instances tell its constants no better.
func (p forecast) chance(metric int) []float64 {
	errors := make([]float64, len(p.by))
	for i, r := range p.by {
		errors[i] = math.Abs(central(p.runs)[metric]/r.Values()[metric] - 1)
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

// meanLog and logSd are mean and standard deviation of the logarithm of a figure
// over runs.
func meanLog(runs []Run, metric int) float64 {
	mean, _ := stats.MeanSd(logsOf(runs, metric))
	return mean
}

func logSd(runs []Run, metric int) float64 {
	_, sd := stats.MeanSd(logsOf(runs, metric))
	return sd
}

func logsOf(runs []Run, metric int) []float64 {
	xs := make([]float64, len(runs))
	for i, r := range runs {
		xs[i] = math.Log(r.Values()[metric])
	}
	return xs
}
