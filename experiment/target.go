package experiment

import (
	"context"

	"github.com/k9mil/velocitas/live/measure"
	"github.com/k9mil/velocitas/scenarios"
)

// Target is what an experiment is made on. What a target cannot do is a part that
// it lacks: one that is not costed is measured and not predicted, one whose system
// is not raised runs already. [Own], [Project] and [Address] are targets.
type Target interface {
	// Refuse says in one line what of a scenario cannot be done for real with it.
	Refuse(s *scenarios.Scenario) error
	// Open is its system for the sizes of a scenario, not yet up.
	Open(ctx context.Context, s *scenarios.Scenario) (measure.System, error)
	// Asked is the path and query of requests; empty for the keys of a scenario, as
	// velocitas's own instances are asked. remote allows an address that is not
	// loopback.
	Asked() (path string, remote bool)
}

// raised is a system that is brought up and taken down.
type raised interface {
	Up(ctx context.Context) error
	Down(ctx context.Context) error
}

// costed is a target of which the costs of a request can be found out, so that it
// can be predicted.
type costed interface {
	// beforehand finds what needs no system, while nothing else runs.
	beforehand(ctx context.Context, c Config) (*costs, error)
}

// inspected is a target that can tell whether a system is what was asked for.
type inspected interface {
	// inspect names in its error what is not. mostRps is the highest rate at which
	// the system can answer, 0 if that is not known.
	inspect(ctx context.Context, s measure.System, asRun *scenarios.Scenario, costs *costs) (mostRps float64, err error)
}

// idled is a target of which more costs show beside a system that is idle.
type idled interface {
	idle(ctx context.Context, c Config, s measure.System, asRun *scenarios.Scenario, costs *costs) error
}

// available is a target that can be looked at before anything starts.
type available interface {
	available(ctx context.Context, s *scenarios.Scenario) error
}
