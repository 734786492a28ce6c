package accuracy

import (
	"github.com/k9mil/velocitas/live/recorded"
	"github.com/k9mil/velocitas/model"
)

// Runs is how many simulated runs a prediction comes from.
const Runs = 20

// forecast is the prediction of a recorded run.
type forecast struct {
	runs []Run // by the constants chosen; their medians are what is predicted
	by   []Run // by the members in turn; their spread is its interval
}

func (f *Frozen) forecast(setting Setting, c *recorded.Cell) (p forecast, err error) {
	if p.runs, err = f.predict(setting, c); err != nil {
		return p, err
	}
	p.by, err = f.predictBy(f.members(c.GoMaxProcs), setting, c)
	return p, err
}

// predict simulates a recorded run by the chosen constants.
func (f *Frozen) predict(setting Setting, c *recorded.Cell) ([]Run, error) {
	return f.predictBy([]*model.Profile{f.profile(c.GoMaxProcs)}, setting, c)
}

// predictBy simulates it by constants that take turns.
func (f *Frozen) predictBy(ps []*model.Profile, setting Setting, c *recorded.Cell) ([]Run, error) {
	s, err := scenarioOf(c, f.HostCores)
	if err != nil {
		return nil, err
	}
	if setting == Mechanism {
		return simulateAt(s, ps, c.CPUMs(), Runs, 1)
	}
	return simulate(s, ps, drifting(f.Speeds[c.Set], f.DriftLogSD, Runs))
}
