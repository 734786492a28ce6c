package experiment

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"

	"github.com/k9mil/velocitas/live/measure"
	"github.com/k9mil/velocitas/live/stack"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
)

// Project is somebody else's compose project: one of its services is scaled behind
// another.
type Project struct {
	// Spec names them; how many instances are started is the scenario's.
	Spec stack.ForeignSpec
	// Path that is asked for; / if empty.
	Path string
}

// Refuse refuses what wants instances or an nginx of velocitas's own.
func (p Project) Refuse(s *scenarios.Scenario) error {
	switch {
	case len(s.Events) > 0:
		return errors.New("events: they happen to velocitas's own instances only; remove them")
	case Disturbed(s) && s.Load.Shape == nil:
		return errors.New("overrides: only velocitas's own instances can be slow; remove slow")
	case s.Balancer.Policy == "hash" || s.Balancer.Policy == "ip_hash":
		return fmt.Errorf("balancer.policy: %s needs an nginx of velocitas's own; remove it", s.Balancer.Policy)
	}
	return nil
}

// Open is the project with as many instances as are measured at most.
func (p Project) Open(ctx context.Context, s *scenarios.Scenario) (measure.System, error) {
	return stack.NewForeign(ctx, p.spec(s))
}

// Asked is Path.
func (p Project) Asked() (path string, remote bool) { return cmp.Or(p.Path, "/"), false }

func (p Project) spec(s *scenarios.Scenario) stack.ForeignSpec {
	spec := p.Spec
	spec.Instances = slices.Max(s.Instances)
	return spec
}

// available reads the project.
func (p Project) available(ctx context.Context, s *scenarios.Scenario) error {
	return stack.CheckForeign(ctx, p.spec(s))
}

// beforehand assumes what only CPU times will tell.
func (p Project) beforehand(_ context.Context, c Config) (*costs, error) {
	return &costs{store: unknownService(c.Scenario), notes: []string{
		"of the service only the CPU time of a request is measured; its distribution is taken to be exponential, so judge the latencies with care"}}, nil
}

// unknownService is what is assumed of a service that is not ours: requests that
// do not help each other, an exponential demand, no work of its own. Its mean
// demand is still to be measured.
func unknownService(s *scenarios.Scenario) *model.Profile {
	threads := s.Instance.Threads
	if threads == 0 {
		threads = runtime.NumCPU()
	}
	p := &model.Profile{
		Schema: model.ProfileSchema, Name: "unknown-service",
		About:      "a service of which only CPU time per request is known: exponential demand, no work of its own",
		Provenance: map[string]string{"method": "assumed"},
	}
	p.Instance.Distribution = model.Shape{Kind: "exponential"}
	p.Instance.Demand = []model.KeyCost{{Keys: s.Instance.Keys, DemandNs: 1}}
	for _, inside := range []int{1, threads} {
		if inside == 1 || threads > 1 {
			p.Instance.Speed = append(p.Instance.Speed, model.SpeedRow{Inside: inside, Efficiency: 1, Cores: float64(inside)})
		}
	}
	if threads == 1 {
		p.Instance.Speed = p.Instance.Speed[:1]
	}
	p.Instance.Threads, p.Instance.BatchFactor = threads, 1
	return p
}
