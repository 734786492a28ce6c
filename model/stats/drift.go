package stats

import (
	"fmt"
	"math"

	"github.com/k9mil/velocitas/model"
)

// Drift says whether the backlog of an open system grows.
type Drift struct {
	// Level is the mean number in system over the window.
	Level float64
	// Growth is by how much the number in system rises from the first batch to
	// the last, with a 95 % interval for the rise that lasts: how it would move
	// if it had nothing to hold it is part of the doubt.
	Growth model.Estimate
	// Memory is the correlation from one batch to the next once a straight
	// line is taken out, 0 to 1: high when the backlog wanders as slowly as the
	// run lasts.
	Memory float64
}

// slowMemory is the Memory from which fewer than a third of the batches count
// as independent: the run is then too short to see the backlog come and go.
const slowMemory = 0.5

// Backlog tests the number in system of an open system for growth. It takes the
// means of at least 10 (better 20) consecutive stretches of equal time, warm-up
// cut. Beyond its capacity a system's backlog is a random walk with drift, so
// the test asks whether the steps from batch to batch add up to more than such
// a walk without drift would; a stable system passes it all the more easily,
// since its steps cancel. A closed system's backlog cannot exceed its clients;
// this says nothing about it.
func Backlog(batchMeans []float64) (Drift, error) {
	n := len(batchMeans)
	if n < 10 {
		return Drift{}, fmt.Errorf("%w: %d batches, need 10 to see a drift", ErrTooFew, n)
	}
	level, _ := MeanSd(batchMeans)
	steps := make([]float64, n-1)
	for i := range steps {
		steps[i] = batchMeans[i+1] - batchMeans[i]
	}
	_, sd := MeanSd(steps)
	growth := batchMeans[n-1] - batchMeans[0]
	// Averages of a random walk have steps of 2/3 the variance per batch
	// (Working 1960), hence 3/2.
	half := float64(TQuantile(0.975, float64(n-2)) * sd * math.Sqrt(1.5*float64(n-1)))
	return Drift{
		Level:  level,
		Growth: model.Estimate{Value: growth, Lo: growth - half, Hi: growth + half},
		Memory: memory(batchMeans, level),
	}, nil
}

// memory is the lag-1 correlation about the least-squares line. Residuals of a
// line look less correlated than what made them, by about (1+4r)/n.
func memory(ys []float64, level float64) float64 {
	n := float64(len(ys))
	middle := (n - 1) / 2
	sxx, sxy := 0.0, 0.0
	for i, y := range ys {
		d := float64(i) - middle
		sxx += float64(d * d)
		sxy += float64(d * (y - level))
	}
	rest := make([]float64, len(ys))
	for i, y := range ys {
		rest[i] = y - level - float64(sxy/sxx*(float64(i)-middle))
	}
	r := Lag1(rest)
	return math.Min(math.Max(r+(1+float64(4*r))/n, 0), 1)
}

// Verdict is saturated when the backlog grows beyond doubt; near saturation
// when it may well grow (half as far as would be beyond doubt), or wanders so
// slowly that the run cannot show that it always comes back; stable otherwise.
// With 20 batches and M/M/1 over 10,000 demands, that is stable up to a
// utilisation of about 0.9, saturated from about 1.05, and a shorter run has a
// wider middle.
func (d Drift) Verdict() model.Verdict {
	switch {
	case d.Growth.Lo > 0:
		return model.Saturated
	case d.Memory >= slowMemory || d.Growth.Value > (d.Growth.Hi-d.Growth.Value)/2:
		return model.NearSaturation
	}
	return model.Stable
}
