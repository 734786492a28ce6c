package experiment

import (
	"context"
	"fmt"
	"net/url"

	"github.com/k9mil/velocitas/live/measure"
	"github.com/k9mil/velocitas/live/stack"
	"github.com/k9mil/velocitas/scenarios"
	"github.com/k9mil/velocitas/scenarios/rate"
)

// service is one that is already running, whatever is behind its address.
type service struct{ base string }

func (s service) URL() string                    { return s.base }
func (s service) Use(context.Context, int) error { return nil }

// Instances is one without a name: which ones answer is not known.
func (s service) Instances() []stack.Member { return []stack.Member{{}} }

func (s service) Counters(context.Context) (stack.Counters, error) {
	return stack.Counters{Instances: []stack.Usage{{}}}, nil
}

func (s service) Fingerprint() map[string]string {
	return map[string]string{"stack": "none", "url": s.base}
}

func (s service) Notes() []string {
	return []string{"What runs behind the address is not known: there is no CPU time, and no prediction."}
}

// ParseAddress reads the address of a service.
func ParseAddress(address string) (*url.URL, error) {
	at, err := url.Parse(address)
	if err != nil || at.Host == "" || (at.Scheme != "http" && at.Scheme != "https") {
		return nil, fmt.Errorf("%q; want an address like http://127.0.0.1:8080/path", address)
	}
	return at, nil
}

// Service measures what already runs at an address, under the scenario's load.
// Nothing is started, and nothing is predicted.
func Service(ctx context.Context, c Config, address string) (*Result, error) {
	at, err := ParseAddress(address)
	if err != nil {
		return nil, err
	}
	c.Scenario = c.Scenario.Clone()
	c.Scenario.Instances = scenarios.Sizes{1}
	if c, err = c.complete(); err != nil {
		return nil, err
	}
	if err := measure.Can(service{}, c.Scenario); err != nil {
		return nil, err
	}
	s := service{base: at.Scheme + "://" + at.Host}
	m := c.measured(c.Scenario, c.Scenario.Instances)
	m.Path, m.Remote = at.RequestURI(), true
	c.Stage("checking the service and the generator")
	l := c.Scenario.Load
	if err := checkClock(); err != nil {
		return nil, err
	}
	if err := checkGenerator(ctx, s.base, l, l.RateAt(1)*rate.Most(l.Shape)); err != nil {
		return nil, err
	}
	if _, err := answers(ctx, s.base+m.Path, nil); err != nil {
		return nil, err
	}
	c.Stage("measuring")
	run, err := measure.Run(ctx, s, m)
	if err != nil {
		return nil, err
	}
	return &Result{Measured: run.Curve, Blocks: run}, nil
}
