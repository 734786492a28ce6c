package experiment

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/k9mil/velocitas/live/calibrate"
	"github.com/k9mil/velocitas/live/measure"
	"github.com/k9mil/velocitas/live/stack"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
)

// costs are what is found out beside the measurement itself.
type costs struct {
	store   *model.Profile   // of the store alone in this process
	alone   *calibrate.Alone // of one instance that nobody holds back
	idle    float64          // cores of an instance that does nothing
	connect time.Duration    // a new connection to one
	after   float64          // part of the generator's work that follows an answer
	notes   []string
}

// mostAlone bounds the instances that are started to fill this machine.
const mostAlone = 16

// toFill is how many instances fill this machine: one where those of the scenario
// never do, or where it takes too many.
func (c Config) toFill(threads int) int {
	in, largest := c.Scenario.Instance, slices.Max(c.Scenario.Instances)
	each := float64(threads)
	if in.CPUs > 0 {
		each = min(each, in.CPUs)
	}
	cores := runtime.NumCPU()
	fill := (cores + threads - 1) / threads
	// nginx and the generator are on this machine, too.
	if float64(largest)*each < float64(cores)/2 || fill > mostAlone {
		return 1
	}
	return fill
}

// askAlone asks a single instance without limit for one answer after the other,
// and then what it costs to be held back.
func (c Config) askAlone(ctx context.Context, own Own, found *costs) error {
	one := c
	one.Scenario = c.Scenario.Clone()
	one.Scenario.Instances, one.Scenario.Overrides = scenarios.Sizes{c.toFill(found.store.Instance.Threads)}, nil
	one.Scenario.Instance.CPUs = 0
	one.Scenario.Balancer = scenarios.Default().Balancer
	one.Target = Own{Stack: stack.KindLocal, NoNginx: true, Binary: own.Binary, Version: own.Version}
	one.Stage = func(string) {}
	_, err := withSystem(ctx, one, func(s measure.System) (_ *Result, err error) {
		around := c.surroundingsOf(s.(measure.Actor), found.store.Instance.Threads)
		found.alone, err = calibrate.AskAlone(ctx, around.Instances[0], c.measured(c.Scenario, nil).InstancePath())
		if err != nil {
			return nil, err
		}
		if err := around.Limit(ctx, 0); err != nil && around.CPUs > 0 {
			around.CPUs = 0
			found.notes = append(found.notes, fmt.Sprintf("what an instance loses when its CPU limit stops it is not known: %v", err))
		}
		c.Stage("asking it under a CPU limit, and with the machine full")
		found.alone.Held, err = calibrate.AskHeld(ctx, around, found.alone)
		return nil, err
	})
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("one instance alone: %w", err)
	}
	return err
}

// surroundingsOf are the instances of a stack as calibrate asks them.
func (c Config) surroundingsOf(s measure.Actor, threads int) calibrate.Surroundings {
	around := calibrate.Surroundings{Limit: func(ctx context.Context, cpus float64) error { return s.Limit(ctx, 0, cpus) }}
	if cpus := c.Scenario.Instance.CPUs; cpus < float64(threads) {
		around.CPUs = heldTo(c.Scenario)
	}
	for i, m := range s.Instances() {
		around.Instances = append(around.Instances, calibrate.Instance{
			Address: m.Address, Threads: threads,
			Used: func(ctx context.Context) (stack.Usage, error) {
				now, err := s.Counters(ctx)
				if err != nil {
					return stack.Usage{}, err
				}
				return now.Instances[i], nil
			},
		})
	}
	return around
}

// leastHeld is the least limit, in cores, that an instance is asked under unless
// it has a smaller one: a minute is enough.
const leastHeld = 0.1

// heldTo is the limit under which what a stop costs is looked for: half of its
// own, since it is stopped twice as often then, which tells the cost of one twice
// as well, or what events leave of it.
func heldTo(s *scenarios.Scenario) float64 {
	most := 2.0
	for _, e := range s.Events {
		most = max(most, e.Factor)
	}
	cpus := s.Instance.CPUs
	return max(min(cpus, leastHeld), cpus/most)
}
