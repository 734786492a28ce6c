package recorded

import (
	"context"
	"math"
	"sort"

	"github.com/k9mil/velocitas/experiment"
)

// Knee is from how many instances on a closed set does no more work.
type Knee struct {
	Set       string `json:"set"`
	Repeat    int    `json:"repeat"`
	Measured  int    `json:"measured"`
	Predicted int    `json:"predicted"`
}

// nearly is the share of the most that counts as the most.
const nearly = 0.95

// kneed are the sets whose limits exceed the host within their sizes.
var kneed = []string{"free", "knee"}

// Knees finds the knees. Work is throughput times the CPU time per request that
// the run had, so that a machine that was slower in one run than in another
// makes no knee of its own; the predictions are those of the mechanism, in rows
// but for the sizes that the calibration saw.
func Knees(ctx context.Context, predict experiment.Predictor, cells []*Cell, rows []Row, f *Frozen) ([]Knee, error) {
	var knees []Knee
	for _, set := range kneed {
		byRepeat := map[int][]*Cell{}
		for _, c := range ofSet(cells, set) {
			byRepeat[c.Repeat] = append(byRepeat[c.Repeat], c)
		}
		for repeat := 1; len(byRepeat[repeat]) > 0; repeat++ {
			k := Knee{Set: set, Repeat: repeat}
			var measured, predicted []size
			for _, c := range byRepeat[repeat] {
				measuredRps, rps, err := f.throughput(ctx, predict, c, rows)
				if err != nil {
					return nil, err
				}
				measured = append(measured, size{c.Instances, measuredRps * c.CPUMs()})
				predicted = append(predicted, size{c.Instances, rps * c.CPUMs()})
			}
			k.Measured, k.Predicted = kneeOf(measured), kneeOf(predicted)
			knees = append(knees, k)
		}
	}
	return knees, nil
}

// throughput is a run's, measured and by the mechanism.
func (f *Frozen) throughput(ctx context.Context, predict experiment.Predictor, c *Cell, rows []Row) (measured, predicted float64, err error) {
	for _, r := range rows {
		if r.Setting == Mechanism && r.Metric == "throughput" && r.Cell == c.Name() {
			return r.Measured.Value, r.Predicted.Value, nil
		}
	}
	p, err := f.mechanism(ctx, predict, c, f.Speeds[c.Set])
	if err != nil {
		return 0, 0, err
	}
	return p.sample.Measured.ThroughputRps.Value, p.central.ThroughputRps.Value, nil
}

type size struct {
	instances int
	work      float64
}

// kneeOf is the fewest instances that do nearly the most work.
func kneeOf(sizes []size) int {
	most := 0.0
	for _, s := range sizes {
		most = math.Max(most, s.work)
	}
	sort.Slice(sizes, func(i, j int) bool { return sizes[i].instances < sizes[j].instances })
	for _, s := range sizes {
		if s.work >= nearly*most {
			return s.instances
		}
	}
	panic("recorded: no size does the most work")
}
