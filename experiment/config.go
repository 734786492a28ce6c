package experiment

import (
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

// Config is what is run, measured and predicted.
type Config struct {
	// Scenario is a resolved scenario. Its sizes are those to measure.
	Scenario *scenarios.Scenario
	// Target is what is measured; velocitas's own instances if nil.
	Target Target

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

// Available says in one line why what is to be measured cannot be, where that can
// be told before anything starts.
func (c Config) Available(ctx context.Context) error {
	if t, ok := c.Target.(available); ok {
		return t.available(ctx, c.Scenario)
	}
	return nil
}

// complete fills in defaults, or says in one line what cannot be done for real.
func (c Config) complete() (Config, error) {
	if c.Target == nil {
		c.Target = Own{}
	}
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
	if err := c.Target.Refuse(s); err != nil {
		return err
	}
	switch {
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
	return refusePolicy(s.Balancer.Policy)
}

// refusePolicy says why a policy cannot be measured, or not be predicted.
func refusePolicy(name string) error {
	p, err := balancing.Parse(name)
	if err != nil {
		return err
	}
	switch f := p.Facts(); {
	case f.ByAddress:
		return fmt.Errorf("balancer.policy: which instance a key goes to hangs on the instances' addresses with %s, and real ones have others; want hash, or one that does not hash", name)
	case f.ByName:
		predictable := func(f *balancing.Facts) bool { return !f.ByName && !f.ByAddress }
		return fmt.Errorf("balancer.policy: a real stack gives nginx addresses, not a name to resolve; want %s", balancing.Those(predictable))
	}
	return nil
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
	m.Path, m.Remote = c.Target.Asked()
	return m
}
