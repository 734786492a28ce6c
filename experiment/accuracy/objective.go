package accuracy

import (
	"math"
	"math/rand/v2"

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

// evidence are recorded runs, and how a profile is tried on them.
type evidence struct {
	cells     []*recorded.Cell
	weights   []float64 // of each
	hostCores float64
	runs      int    // simulated of each
	seed      uint64 // of the first
	passes    int    // through all constants
}

// evidence is what the constants of a GOMAXPROCS are chosen by.
func (f *Frozen) evidence(threads int, small []*recorded.Cell) evidence {
	e := evidence{hostCores: f.HostCores, runs: choosingRuns, seed: 1, passes: 2}
	for _, c := range small {
		if c.GoMaxProcs == threads {
			e.cells, e.weights = append(e.cells, c), append(e.weights, 1)
		}
	}
	return e
}

// weighted is what a member chooses by: exponential weights, 1 in the mean.
func (e evidence) weighted(member int) evidence {
	rng := rand.New(rand.NewPCG(uint64(member)+1, uint64(len(e.cells))))
	sum := 0.0
	w := make([]float64, len(e.cells))
	for i := range w {
		w[i] = rng.ExpFloat64()
		sum += w[i]
	}
	for i := range w {
		w[i] *= float64(len(w)) / sum
	}
	e.weights, e.runs, e.passes = w, memberRuns, 1
	e.seed += choosingRuns + uint64(member*memberRuns)
	return e
}

// badness is how badly a profile explains recorded runs: minus twice the
// logarithm of the likelihood of their figures, the logarithm of each taken as
// distributed as Student's t about the median of simulated runs with their
// spread and the tolerance (a synthetic likelihood; Wood, Nature 466, 2010).
// The figures are taken as independent.
func (e evidence) badness(p *model.Profile) (float64, error) {
	parts := make([]float64, len(e.cells))
	err := each(len(e.cells), func(i int) (err error) {
		parts[i], err = e.of(e.cells[i], p)
		return err
	})
	sum := 0.0
	for i, part := range parts {
		sum += float64(e.weights[i] * part)
	}
	return sum, err
}

// of is the badness of one recorded run.
func (e evidence) of(c *recorded.Cell, p *model.Profile) (float64, error) {
	s, err := scenarioOf(c, e.hostCores)
	if err != nil {
		return 0, err
	}
	// Nothing happens, but with an event in it the curve says what happened when.
	s.Events = []scenarios.Event{{Instance: 1, Do: "slow", Factor: 1}}
	out, err := simulateAt(s, []*model.Profile{p}, c.CPUMs(), e.runs, e.seed)
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
