package experiment

import (
	"context"
	"fmt"
	"math"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
	"github.com/k9mil/velocitas/sim"
)

// Predictor is the simulator: the curve of a resolved scenario under a profile.
type Predictor func(ctx context.Context, s *scenarios.Scenario, p *model.Profile) (*model.Curve, error)

// Simulator is the simulator of this version of velocitas, within so many bytes
// of memory. A slow instance has its CPU limit divided, as a real one has.
func Simulator(version string, memory int64) Predictor {
	return func(ctx context.Context, s *scenarios.Scenario, p *model.Profile) (*model.Curve, error) {
		return sim.Run(ctx, sim.Input{Scenario: s, Profile: p, Version: version, SlowLimits: true, Memory: memory})
	}
}

// At is the prediction of a scenario of one size at a speed of the machine
// relative to the scenario's.
func (predict Predictor) At(ctx context.Context, s *scenarios.Scenario, p *model.Profile, speed float64) (*model.Curve, error) {
	at := s.Clone()
	at.Speed *= speed
	if err := at.Validate(); err != nil {
		return nil, err
	}
	curve, err := predict(ctx, at, p)
	if err != nil {
		return nil, fmt.Errorf("predict %d instances: %w", s.Instances[0], err)
	}
	return curve, nil
}

const (
	// matched is how near simulated and measured CPU time per request are to be,
	// relative.
	matched = 0.003
	// matchings bounds how often the speed is corrected. What is left after two
	// is well below a percent.
	matchings = 2
)

// Mechanism is the prediction of a sample at the speed of the machine at which a
// request costs as much CPU time as it did in that very sample, and that speed.
// It begins with a guess of it.
func (predict Predictor) Mechanism(ctx context.Context, s *Sample, p *model.Profile, guess float64) (*model.Curve, float64, error) {
	account, speed := s.account(), guess
	for range matchings {
		curve, err := predict.At(ctx, account, p, speed)
		if err != nil {
			return nil, 0, err
		}
		simulated := curve.Points[0].CPUMsPerRequest
		off := 0.0
		if s.CPUMs > 0 && simulated > 0 {
			off = math.Log(simulated / s.CPUMs)
		}
		if math.Abs(off) < matched {
			if s.Account == nil {
				return curve, speed, nil // which was of the sample itself
			}
			break
		}
		// A request costs a little more or less by how many are inside, and so
		// by the speed: the next step corrects this one.
		speed *= math.Exp(off)
	}
	curve, err := predict.At(ctx, s.Scenario, p, speed)
	return curve, speed, err
}
