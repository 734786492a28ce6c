package accuracy

import (
	"math"

	"github.com/k9mil/velocitas/live/recorded"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/model/stats"
	"github.com/k9mil/velocitas/scenarios"
)

const (
	// tolerance is how far a model may be off, relative, without being blamed:
	// about the noise floor of the recorded runs.
	tolerance = 0.1
	// freedom is that of Student's t, which lets one figure be far off without
	// ruling the choice.
	freedom = 4
)

// badness is how badly a profile explains recorded runs: minus twice the
// logarithm of the likelihood of their figures, the logarithm of each taken as
// distributed as Student's t about the median of simulated runs with their
// spread and the tolerance (a synthetic likelihood; Wood, Nature 466, 2010).
// The figures are taken as independent.
func badness(cells []*recorded.Cell, p *model.Profile, hostCores float64, runs int) (float64, error) {
	parts := make([]float64, len(cells))
	err := each(len(cells), func(i int) (err error) {
		parts[i], err = cellBadness(cells[i], p, hostCores, runs)
		return err
	})
	sum := 0.0
	for _, part := range parts {
		sum += part
	}
	return sum, err
}

func cellBadness(c *recorded.Cell, p *model.Profile, hostCores float64, runs int) (float64, error) {
	s, err := scenarioOf(c, hostCores)
	if err != nil {
		return 0, err
	}
	// Nothing happens, but with an event in it the curve says what happened when.
	s.Events = []scenarios.Event{{Instance: 1, Do: "slow", Factor: 1}}
	out, err := simulateAt(s, p, c.CPUMs(), runs)
	if err != nil {
		return 0, err
	}
	sum := 0.0
	for m, measured := range c.Figures().Values() {
		if recorded.Metrics[m] == "mean" || recorded.Metrics[m] == "throughput" && c.Open() {
			continue // follows from the others
		}
		sum += surprise(measured, out, func(r Run) float64 { return r.Values()[m] })
	}
	if c.Open() {
		return sum, nil // its answers come as unsteadily as its arrivals do
	}
	for _, parts := range []int{1, 4, 8} {
		measured := recorded.Unsteadiness(c.Counts(), c.HorizonS(), parts)
		sum += surprise(measured, out, func(r Run) float64 { return recorded.Unsteadiness(r.Counts, c.HorizonS(), parts) })
	}
	return sum, nil
}

// surprise is minus twice the logarithm of the likelihood of one figure, less
// that of a perfect one without spread.
func surprise(measured float64, runs []Run, figure func(Run) float64) float64 {
	logs := make([]float64, len(runs))
	for i, r := range runs {
		logs[i] = math.Log(figure(r))
	}
	_, sd := stats.MeanSd(logs)
	variance := sd*sd + tolerance*tolerance
	off := stats.Median(logs) - math.Log(measured)
	return (freedom+1)*math.Log1p(off*off/variance/freedom) + math.Log(variance/tolerance/tolerance)
}
