package accuracy

import (
	"github.com/k9mil/velocitas/live/recorded"
	"github.com/k9mil/velocitas/model"
)

const (
	// Runs is how many simulated runs a prediction is the median of.
	Runs = 100
	// intervalRuns is how many its interval comes from, by members in turn.
	intervalRuns = 20
)

// forecast is the prediction of a recorded run.
type forecast struct {
	runs []Run // by the constants chosen; their medians are what is predicted
	by   []Run // by the members in turn; their spread is its interval
}

func (f *Frozen) forecast(setting Setting, c *recorded.Cell) (p forecast, err error) {
	if p.runs, err = f.predict(setting, c); err != nil {
		return p, err
	}
	p.by, err = f.predictBy(f.members(c.GoMaxProcs), intervalRuns, setting, c)
	return p, err
}

// predict simulates a recorded run by the chosen constants.
func (f *Frozen) predict(setting Setting, c *recorded.Cell) ([]Run, error) {
	return f.predictBy([]*model.Profile{f.profile(c.GoMaxProcs)}, Runs, setting, c)
}

// predictBy simulates it so many times, by constants that take turns.
func (f *Frozen) predictBy(ps []*model.Profile, runs int, setting Setting, c *recorded.Cell) ([]Run, error) {
	s, err := scenarioOf(c, f.HostCores)
	if err != nil {
		return nil, err
	}
	if setting == Mechanism {
		return simulateMany(s, ps, c.CPUMs(), runs, 1)
	}
	return simulate(s, ps, drifting(f.Speeds[c.Set], f.DriftLogSD, runs))
}
