package experiment

import (
	"math"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/model/stats"
	"github.com/k9mil/velocitas/scenarios"
)

// Sample is one size as it was measured, in one or several blocks, and what is
// to be simulated to predict it.
type Sample struct {
	// Measured are its figures.
	Measured *model.Point
	// CPUMs is the CPU time of the instances per request, in milliseconds; 0
	// where it is not known.
	CPUMs float64
	// Scenario is that of the sample alone, for one replication of it: an open
	// load has the arrivals that were measured.
	Scenario *scenarios.Scenario
	// Account is the scenario over which the CPU time was counted, where that is
	// not Scenario.
	Account *scenarios.Scenario
}

func (s *Sample) account() *scenarios.Scenario {
	if s.Account != nil {
		return s.Account
	}
	return s.Scenario
}

// instances is the sample's size.
func (s *Sample) instances() int { return s.Measured.Instances }

func (s *Sample) open() bool { return s.Scenario.Load.Kind == "open" }

// Speed is how fast the machine was while some samples were taken, relative to
// speeds of their own, and the standard deviation of the logarithm of that from
// sample to sample.
func Speed(ofSamples []float64) (speed, logSD float64) {
	logs := make([]float64, len(ofSamples))
	for i, s := range ofSamples {
		logs[i] = math.Log(s)
	}
	mean, sd := stats.MeanSd(logs)
	return math.Exp(mean), sd
}
