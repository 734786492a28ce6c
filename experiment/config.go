package experiment

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/k9mil/velocitas/live/measure"
	"github.com/k9mil/velocitas/live/stack"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
	"github.com/k9mil/velocitas/scenarios/balancing"
)

// memoryBytes limits an instance, as the repository's compose file does.
const memoryBytes = 128 << 20

// Config is what is run, measured and predicted.
type Config struct {
	// Scenario is a resolved scenario. Its sizes are those to measure.
	Scenario *scenarios.Scenario
	// Stack is compose, local or, to choose, empty. It is ignored where
	// Foreign names somebody else's compose project.
	Stack         string
	Foreign       *stack.ForeignSpec
	Path          string // that Foreign is asked for; / if empty
	NginxFromHost bool
	// NginxImage is for containers; the official one if empty.
	NginxImage string
	// NoNginx puts the balancer of this process before a local stack.
	NoNginx bool
	// Port that nginx listens on, 0 for a free one.
	Port int
	// Binary is the executable that has the command instance.
	Binary string

	// Store is a profile of the store on this machine, from calibrate.Store;
	// nil times it first, which takes a minute or two.
	Store *model.Profile
	// Calibrate are the sizes that the profile is made from; the scenario's two
	// smallest if nil.
	Calibrate []int
	// Rounds is how often each size is measured, Block for how long each time;
	// 0 is measure.DefaultRounds and measure.DefaultBlock, or the scenario's
	// duration where something happens at a set time.
	Rounds int
	Block  time.Duration

	Version string // of velocitas
	Predict Predictor

	// Stage, if set, is told what begins; Progress how many blocks are done.
	Stage    func(what string)
	Progress func(done, all int)
	// Calibrated, if set, is given the profile as soon as there is one. Its
	// error ends the run.
	Calibrated func(p *model.Profile) error
}

// Check says in one line what of the configuration cannot be done for real.
func (c Config) Check() error {
	_, err := c.complete()
	return err
}

// CheckForeign says in one line what is wrong with the compose project that is
// to be measured, if one is.
func (c Config) CheckForeign(ctx context.Context) error {
	if c.Foreign == nil {
		return nil
	}
	return stack.CheckForeign(ctx, c.foreign())
}

// foreign is the compose project with as many instances as are measured at most.
func (c Config) foreign() stack.ForeignSpec {
	spec := *c.Foreign
	spec.Binary, spec.Instances = c.Binary, slices.Max(c.Scenario.Instances)
	return spec
}

// complete fills in defaults, or says in one line what cannot be done for real.
func (c Config) complete() (Config, error) {
	if c.Rounds == 0 {
		c.Rounds = measure.DefaultRounds
	}
	if c.Block == 0 && measure.Timed(c.Scenario) {
		c.Block = c.Scenario.Duration.Std()
	}
	if c.Block == 0 {
		c.Block = measure.DefaultBlock
	}
	if c.Stage == nil {
		c.Stage = func(string) {}
	}
	if c.Progress == nil {
		c.Progress = func(int, int) {}
	}
	if c.Calibrated == nil {
		c.Calibrated = func(*model.Profile) error { return nil }
	}
	sizes := c.Scenario.Instances
	if c.Calibrate == nil {
		c.Calibrate = sizes[:min(2, len(sizes))]
	}
	for _, n := range c.Calibrate {
		if !slices.Contains(sizes, n) {
			return c, fmt.Errorf("calibrate: size %d is not among the sizes that are measured, %v", n, []int(sizes))
		}
	}
	switch {
	case c.Rounds < 2:
		return c, fmt.Errorf("rounds: %d is too few; want at least 2, better %d", c.Rounds, measure.DefaultRounds)
	case c.Block < time.Second:
		return c, fmt.Errorf("duration of a block: %v is too short; want at least 1s", c.Block)
	case sizes[len(sizes)-1] > stack.MaxInstances:
		return c, fmt.Errorf("instances: %d is too many for one host; want at most %d", sizes[len(sizes)-1], stack.MaxInstances)
	}
	if err := c.refuse(); err != nil || !measure.Timed(c.Scenario) {
		return c, err
	}
	var err error
	c.Scenario, err = asBlock(c.Scenario, c.Block)
	return c, err
}

// refuse says in one line what of a scenario no real stack can honour.
func (c Config) refuse() error {
	s := c.Scenario
	if err := measure.Refuse(s); err != nil {
		return err
	}
	switch {
	case c.Foreign != nil && len(s.Events) > 0:
		return errors.New("events: they happen to velocitas's own instances only; remove them")
	case c.Foreign != nil && Disturbed(s) && s.Load.Shape == nil:
		return errors.New("overrides: only velocitas's own instances can be slow; remove slow")
	case s.Host.Count > 1:
		return fmt.Errorf("host.count: a real stack has this one host, not %d; want 1", s.Host.Count)
	case s.Instance.Discipline != "ps":
		return fmt.Errorf("instance.discipline: real instances share their time between requests, they do not queue them; want ps, not %s", s.Instance.Discipline)
	case s.Instance.MaxInside != 0:
		return errors.New("instance.max_inside: a real instance has a bound of its own; remove it")
	case s.Instance.Background != "profile":
		return errors.New("instance.background: a real store flushes when it must; want profile")
	case s.Instance.Period != scenarios.Duration(100*time.Millisecond):
		return fmt.Errorf("instance.period: containers have a period of 100ms, not %v", s.Instance.Period)
	case !s.Balancer.Cost.Profile || !s.Balancer.Connect.Profile:
		return errors.New("balancer.cost and balancer.connect: a real nginx costs what it costs; want profile")
	}
	return c.refusePolicy(s.Balancer.Policy)
}

// refusePolicy says why a policy cannot be measured, or not be predicted.
func (c Config) refusePolicy(name string) error {
	p, err := balancing.Parse(name)
	if err != nil {
		return err
	}
	switch f := p.Facts(); {
	case f.ByAddress:
		return fmt.Errorf("balancer.policy: which instance a key goes to hangs on the instances' addresses with %s, and real ones have others; want hash, or one that does not hash", name)
	case c.Foreign != nil && f.Key != balancing.None:
		return fmt.Errorf("balancer.policy: %s needs an nginx of velocitas's own; remove it", name)
	case f.ByName:
		predictable := func(f *balancing.Facts) bool { return !f.ByName && !f.ByAddress }
		return fmt.Errorf("balancer.policy: a real stack gives nginx addresses, not a name to resolve; want %s", balancing.Those(predictable))
	}
	return nil
}

// system is the stack that is asked for, not yet up.
func (c Config) system(ctx context.Context) (stack.Stack, error) {
	most := slices.Max(c.Scenario.Instances)
	if c.Foreign != nil {
		return stack.NewForeign(ctx, c.foreign())
	}
	in := c.Scenario.Instance
	return stack.New(ctx, stack.Spec{
		Kind: c.Stack, Instances: most, CPUs: in.CPUs, Threads: in.Threads, MemoryBytes: memoryBytes,
		Balancer: c.Scenario.Balancer, Overrides: c.Scenario.Overrides, Binary: c.Binary, Port: c.Port,
		NginxFromHost: c.NginxFromHost, NginxImage: c.NginxImage, NoNginx: c.NoNginx,
		Killable: slices.ContainsFunc(c.Scenario.Events, func(e scenarios.Event) bool { return e.Do == "stop" || e.Do == "restart" }),
	})
}

// measured is the configuration of a measurement of some sizes.
func (c Config) measured(s *scenarios.Scenario, sizes []int) measure.Config {
	m := measure.Config{
		Scenario: s, Sizes: sizes, Rounds: c.Rounds, Block: c.Block, Version: c.Version,
		Progress: func(done, all int, _ *measure.Block) { c.Progress(done, all) },
	}
	if measure.Timed(s) {
		m.Settle = s.WarmUp.For.Std()
	}
	if c.Foreign != nil {
		m.Path = cmp.Or(c.Path, "/")
	}
	return m
}
