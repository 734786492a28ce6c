package experiment

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/k9mil/velocitas/live/measure"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
)

// predict is the curve of all measured sizes at a speed of the machine, 1 being
// the profile's. Open load is replayed: the simulator gets the very instants at
// which requests were due. So its noise is not in the error.
func (c Config) predict(ctx context.Context, r *Result, asRun *scenarios.Scenario, speed float64) (*model.Curve, error) {
	var whole *model.Curve
	for _, p := range r.Measured.Points {
		one, err := c.predictOne(ctx, r, asRun, &p, speed)
		if err != nil {
			return nil, err
		}
		if whole == nil {
			whole = one
			continue
		}
		whole.Points = append(whole.Points, one.Points...)
	}
	if whole == nil {
		return nil, fmt.Errorf("nothing was measured that could be predicted")
	}
	// The curve is of the scenario that was run, however it was replayed.
	whole.Scenario, whole.Name = r.Measured.Scenario, r.Measured.Name
	return whole, nil
}

// predictOne is the prediction of one measured point.
func (c Config) predictOne(ctx context.Context, r *Result, asRun *scenarios.Scenario, m *model.Point, speed float64) (*model.Curve, error) {
	sample := r.sample(asRun, m)
	return c.Predict.At(ctx, sample.Scenario, r.Profile, speed)
}

// sample is one measured point, to be predicted: a closed load for long enough
// to know its tail.
func (r *Result) sample(asRun *scenarios.Scenario, m *model.Point) *Sample {
	s := measuredAs(r, asRun, m)
	if !measure.Timed(s) && s.Load.Kind == "closed" {
		s.Duration = max(s.Duration, longEnough(r, s, m))
	}
	return &Sample{Measured: m, CPUMs: m.CPUMsPerRequest, Scenario: s}
}

// evidence are the calibrated sizes, each for about as long as it was measured,
// with the same few random numbers for every profile: differences need no
// precision.
func (r *Result) evidence(asRun *scenarios.Scenario) []*Sample {
	var samples []*Sample
	for i := range r.Measured.Points {
		m := &r.Measured.Points[i]
		if !slices.Contains(r.Calibrated, m.Instances) {
			continue
		}
		s := measuredAs(r, asRun, m)
		s.MaxReplications, s.Precision = s.Replications, 0
		if s.Load.Kind == "closed" {
			s.Duration = s.WarmUp.For + scenarios.Duration(1e9*math.Max(shortest, m.WarmUpS+m.DurationS))
		}
		samples = append(samples, &Sample{Measured: m, CPUMs: m.CPUMsPerRequest, Scenario: s})
	}
	return samples
}

// shortest is the shortest simulation for a choice, in seconds.
const shortest = 10

// measuredAs is the scenario of one measured point. Where something happens at a
// set time each block is a replication; else an open load is replayed.
func measuredAs(r *Result, asRun *scenarios.Scenario, m *model.Point) *scenarios.Scenario {
	s := asRun.Clone()
	s.Instances = scenarios.Sizes{m.Instances}
	limited(s, m.Instances)
	if !measure.Timed(s) && s.Load.Kind == "open" && r.Blocks != nil {
		replay(s, r.Blocks.Clean(m.Instances))
	}
	return s
}

// replay makes the load of a scenario the arrivals that were measured.
func replay(s *scenarios.Scenario, blocks []*measure.Block) {
	instants, settle, end := joined(blocks)
	s.Load.Arrivals, s.Load.Trace, s.Load.TraceS = "trace", "", instants
	s.Load.Rate, s.Load.RatePerInstance = 0, 0
	s.Duration = scenarios.Duration(end)
	s.WarmUp = scenarios.WarmUp{For: scenarios.Duration(settle)}
}

// joined are the arrivals of the windows of all blocks one after the other,
// after the settling time of the first block: settling is cut once, and then the
// system is as busy as in the middle of a block, for as long as was measured.
// One long run, rather than a short one for each block, lets the stores flush
// when they would: an instance keeps its store from block to block.
func joined(blocks []*measure.Block) (instantsS []float64, settle, end time.Duration) {
	for i, b := range blocks {
		for _, r := range b.Run.Records {
			switch {
			case r.Intended >= b.End, i > 0 && r.Intended < b.Settle:
			case i == 0:
				instantsS = append(instantsS, r.Intended.Seconds())
			default:
				instantsS = append(instantsS, (end + r.Intended - b.Settle).Seconds())
			}
		}
		if i == 0 {
			settle, end = b.Settle, b.End
			continue
		}
		end += b.End - b.Settle
	}
	return instantsS, settle, end
}
