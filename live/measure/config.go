package measure

import (
	"errors"
	"fmt"
	"net/url"
	"runtime"
	"slices"
	"strconv"
	"time"

	"github.com/k9mil/velocitas/live/load"
	"github.com/k9mil/velocitas/live/stack"
	"github.com/k9mil/velocitas/scenarios"
	"github.com/k9mil/velocitas/scenarios/balancing"
	"github.com/k9mil/velocitas/scenarios/rate"
)

// Defaults of a measurement.
const (
	DefaultRounds = 6
	DefaultBlock  = 10 * time.Second
	DefaultSettle = 2 * time.Second
	// patience is how long a request may take where the scenario waits for
	// ever: longer than nginx does by default, so that nginx's answer is seen.
	patience = 90 * time.Second
)

// Config is what is measured and how.
type Config struct {
	// Scenario is a resolved scenario; its load is sent.
	Scenario *scenarios.Scenario
	// Sizes are the numbers of instances; nil is the scenario's.
	Sizes []int
	// Rounds is how often each size is measured, at least 2; 0 is DefaultRounds.
	Rounds int
	// Block is the load's length in each block, Settle the start of it that is
	// cut; 0 is DefaultBlock and DefaultSettle.
	Block, Settle time.Duration
	// Path and query of the requests; empty asks a velocitas instance for the
	// scenario's keys.
	Path string
	// Remote allows an address that is not loopback.
	Remote bool
	// Version of velocitas, for the curve.
	Version string
	// Progress, if set, is called after every block.
	Progress func(done, all int, b *Block)

	limits []float64 // CPU limits of the instances before anything is measured
}

// complete fills in defaults, or says in one line what cannot be measured.
func (c Config) complete(instances int) (Config, error) {
	if c.Scenario == nil {
		return c, errors.New("measure: no scenario")
	}
	if c.Sizes == nil {
		c.Sizes = c.Scenario.Instances
	}
	c.Sizes = slices.Compact(slices.Sorted(slices.Values(c.Sizes)))
	if c.Rounds == 0 {
		c.Rounds = DefaultRounds
	}
	if c.Block == 0 {
		c.Block = DefaultBlock
	}
	if c.Settle == 0 {
		c.Settle = min(DefaultSettle, c.Block/4)
	}
	if c.Path == "" {
		c.Path = c.InstancePath()
	}
	switch {
	case len(c.Sizes) == 0:
		return c, errors.New("measure: no sizes")
	case c.Sizes[0] < 1 || c.Sizes[len(c.Sizes)-1] > instances:
		return c, fmt.Errorf("measure: sizes %v: the system has 1 to %d instances", c.Sizes, instances)
	case c.Rounds < 2:
		return c, fmt.Errorf("measure: %d rounds: want at least 2, better %d", c.Rounds, DefaultRounds)
	case c.Settle < 0 || c.Settle >= c.Block:
		return c, fmt.Errorf("measure: settling time %v of a block of %v: want less", c.Settle, c.Block)
	}
	return c, Refuse(c.Scenario)
}

// InstancePath asks a velocitas instance for what the scenario's requests do.
func (c Config) InstancePath() string {
	i := c.Scenario.Instance
	query := url.Values{"keys": {strconv.Itoa(i.Keys)}}
	if i.Write == "batch" {
		query.Set("write", "batch")
	}
	return "/?" + query.Encode()
}

// Refuse says in one line what in a scenario cannot be measured: real instances
// cost what they cost, and not everything can be done to them.
func Refuse(s *scenarios.Scenario) error {
	switch {
	case s.Service != nil:
		return errors.New("service: a real instance takes what it takes, and is our own; leave the service out, or predict it with sim")
	case !s.Instance.Demand.Profile:
		return errors.New("instance.demand: a real instance takes what it takes; want profile")
	}
	return refuseEvents(s)
}

// target is where and how the load asks.
func (c Config) target(base string, seed uint64) load.Config {
	l := c.Scenario.Load
	timeout := l.Timeout.Std()
	if timeout == 0 {
		timeout = patience
	}
	return load.Config{URL: base + c.Path, AllowRemote: c.Remote, KeepAlive: l.KeepAlive, Timeout: timeout, Keys: c.keys(seed),
		Retries: load.Retries{Most: l.Retries, Errors: l.RetryErrors, Backoff: l.Backoff.Std(), Factor: l.BackoffFactor}}
}

// keys are what requests bring for a policy that hashes. All clients have this
// host's address, so they state another one, which nginx is told to believe.
func (c Config) keys(seed uint64) load.Keys {
	l := c.Scenario.Load
	p, err := balancing.Parse(c.Scenario.Balancer.Policy)
	if err != nil {
		return load.Keys{}
	}
	switch p.Facts().Key {
	case balancing.Text:
		return load.Keys{Header: stack.HashHeader, Value: scenarios.HashKey, Count: max(1, l.HashKeys), Seed: seed}
	case balancing.Address:
		return load.Keys{Header: stack.ClientHeader, Value: func(i int) string { return scenarios.NetworkAddress(i).String() },
			Count: max(1, l.Networks), Seed: seed, PerClient: true}
	default:
		return load.Keys{}
	}
}

// clients are those of a closed load on n instances.
func (c Config) clients(n int, seed uint64) load.Clients {
	l := c.Scenario.Load
	return load.Clients{Count: l.ClientsAt(n), Think: l.Think.Std(), Exponential: l.ThinkDistribution == "exponential", Seed: seed}
}

// plan holds the arrivals of an open load on n instances.
func (c Config) plan(n int, seed uint64) []time.Duration {
	l := c.Scenario.Load
	perS := l.RateAt(n)
	if l.Shape != nil {
		return load.Shaped(rate.NewPlan(l.Shape, perS/1e9).InstantNs, l.Arrivals == "constant", c.Block, seed)
	}
	switch l.Arrivals {
	case "trace":
		return load.FromTrace(l.TraceS, c.Block)
	case "constant":
		return load.Constant(perS, c.Block)
	default:
		return load.Poisson(perS, c.Block, seed)
	}
}

// limitOf is how many cores an instance may use: its limit, else its threads.
func (c Config) limitOf(cpus float64) float64 {
	if cpus > 0 {
		return cpus
	}
	return c.threads()
}

func (c Config) threads() float64 {
	if t := c.Scenario.Instance.Threads; t > 0 {
		return float64(min(t, runtime.NumCPU()))
	}
	return float64(runtime.NumCPU())
}
