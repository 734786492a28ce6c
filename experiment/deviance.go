package experiment

import (
	"context"
	"math"
	"slices"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/model/stats"
)

const (
	// tolerance is how far the model may be off, relative, without being blamed.
	tolerance = 0.05
	// freedom is that of Student's t, which lets one figure be far off without
	// ruling the choice.
	freedom = 4
)

// Evidence is what a profile is tried on: samples of the calibrated sizes.
type Evidence struct {
	Predict Predictor
	Samples []*Sample

	speeds []float64 // at which the best profile so far simulates each sample
}

// trial is a profile tried on the evidence.
type trial struct {
	profile  *model.Profile
	deviance float64
	speeds   []float64
}

// Deviance is how badly a profile explains the samples: minus twice the logarithm
// of the likelihood of their figures, less that of a perfect prediction, the
// logarithm of each taken as distributed as Student's t about the simulated one
// (a synthetic likelihood; Wood, Nature 466, 2010), and figures as independent.
// Each sample is simulated at the speed of the machine at which a request costs
// the CPU time that it did.
func (e *Evidence) Deviance(ctx context.Context, p *model.Profile) (float64, error) {
	t, err := e.try(ctx, p)
	return t.deviance, err
}

func (e *Evidence) try(ctx context.Context, p *model.Profile) (trial, error) {
	t := trial{profile: p, speeds: make([]float64, len(e.Samples))}
	for i, s := range e.Samples {
		guess := 1.0
		if e.speeds != nil {
			guess = e.speeds[i]
		}
		curve, speed, err := e.Predict.Mechanism(ctx, s, p, guess)
		if err != nil {
			return t, err
		}
		t.speeds[i] = speed
		t.deviance += s.deviance(&curve.Points[0])
	}
	return t, nil
}

// Speeds are those at which a profile simulates the samples.
func (e *Evidence) Speeds(ctx context.Context, p *model.Profile) ([]float64, error) {
	t, err := e.try(ctx, p)
	return t.speeds, err
}

// figures are what a profile is judged by.
var figures = append(slices.Clone(metrics), metric{"p90", "ms", func(p *model.Point) *model.Estimate { return &p.LatencyMs.P90 }})

// deviance is that of one sample from its prediction.
func (s *Sample) deviance(predicted *model.Point) float64 {
	sum := 0.0
	for _, f := range figures {
		if f.Name == "throughput" && s.open() {
			continue // an open load sets its own
		}
		sum += surprise(s.Measured, predicted, f)
	}
	return sum
}

// surprise is the deviance of one figure.
func surprise(m, p *model.Point, f metric) float64 {
	measured, predicted := f.of(m), f.of(p)
	if measured.Value <= 0 || predicted.Value <= 0 {
		return 0
	}
	noise := m.Noise[f.Name] / math.Sqrt(float64(max(1, m.Rounds)))
	spread := spreadOf(*predicted, p.Replications) * math.Sqrt(p.DurationS/math.Max(m.DurationS, 1))
	variance := noise*noise + spread*spread + tolerance*tolerance
	off := math.Log(predicted.Value / measured.Value)
	return (freedom+1)*math.Log1p(off*off/variance/freedom) + math.Log(variance/tolerance/tolerance)
}

// spreadOf is the relative standard deviation of a replication.
func spreadOf(e model.Estimate, replications int) float64 {
	if replications < 2 {
		return 0
	}
	half := (e.Hi - e.Lo) / 2 / e.Value
	return half / stats.TQuantile(0.975, float64(replications-1)) * math.Sqrt(float64(replications))
}
