package live

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/k9mil/velocitas/live/calibrate"
	"github.com/k9mil/velocitas/live/load"
	"github.com/k9mil/velocitas/live/measure"
	"github.com/k9mil/velocitas/live/stack"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
)

// costs are what is found out beside the measurement itself.
type costs struct {
	store   *model.Profile  // of the store alone in this process
	fine    *calibrate.Fine // of one instance that nobody holds back; nil if it told nothing
	idle    float64         // cores of an instance that does nothing
	connect time.Duration   // a new connection to one
	notes   []string
}

// beforehand times what needs no stack, while nothing else runs.
func (c Config) beforehand(ctx context.Context) (*costs, error) {
	if c.Foreign != nil {
		return &costs{store: unknownService(c.Scenario), notes: []string{
			"of the service only the CPU time of a request is measured; its distribution is taken to be exponential, so judge the latencies with care"}}, nil
	}
	found := &costs{store: c.Store}
	if found.store == nil {
		c.Stage("timing the store in this process")
		var err error
		found.store, err = calibrate.Store(ctx, calibrate.Options{Threads: c.Scenario.Instance.Threads})
		if err != nil {
			return nil, err
		}
	}
	c.Stage("loading one instance lightly")
	return found, c.lightly(ctx, found)
}

// The light load: a client thinks for lightThink between its requests, long
// enough for each to be alone in the trace of the instance's CPU time. There are
// at least lightRequests and, where that takes no longer than lightMost, as many
// as show the store's own work lightFlushes times.
const (
	lightThink    = 3 * calibrate.FineStep
	lightRequests = 150
	lightFlushes  = 7
	lightMost     = 40 * time.Second
)

// lightly loads a single instance without limit by one client that thinks, and
// traces what its requests cost.
func (c Config) lightly(ctx context.Context, found *costs) error {
	one := c
	one.Scenario = c.Scenario.Clone()
	one.Scenario.Instances, one.Scenario.Overrides = scenarios.Sizes{1}, nil
	one.Scenario.Instance.CPUs = 0
	one.Scenario.Balancer = scenarios.Default().Balancer
	one.Stack, one.NoNginx, one.NginxFromHost, one.NginxImage, one.Port = stack.KindLocal, true, false, "", 0
	one.Stage = func(string) {}
	_, err := withStack(ctx, one, func(s stack.Stack) (*Result, error) { return nil, one.trace(ctx, s, found) })
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("light load of one instance: %w", err)
	}
	return err
}

// trace is the light load and the trace beside it.
func (c Config) trace(ctx context.Context, s stack.Stack, found *costs) error {
	tracing, stop := context.WithCancel(ctx)
	defer stop()
	type traced struct {
		samples []calibrate.Sample
		err     error
	}
	done := make(chan traced, 1)
	go func() {
		samples, err := calibrate.Trace(tracing, s, 0)
		done <- traced{samples, err}
	}()
	m := measure.Config{Scenario: c.Scenario}
	run, err := load.Closed(ctx, load.Config{URL: s.URL() + m.InstancePath(), KeepAlive: true, Timeout: time.Minute},
		load.Clients{Count: 1, Think: lightThink}, lightTime(c.Scenario.Instance.Keys, found.store.Instance.Background))
	stop()
	trace := <-done
	if err := errors.Join(err, trace.err); err != nil {
		return err
	}
	fine, err := calibrate.Refine(trace.samples, run.Records, run.Began,
		float64(found.store.Instance.Background.FlushDemandNs))
	if err != nil {
		found.notes = append(found.notes, fmt.Sprintf("the distribution of the demand is the store's alone, since the light load told nothing: %v", err))
		return nil
	}
	found.fine = &fine
	return nil
}

// lightTime is how long the light load lasts, at 10 µs a key.
func lightTime(keys int, own model.Background) time.Duration {
	each := time.Duration(keys)*10*time.Microsecond + lightThink
	least := min(lightMost, lightRequests*each)
	flushes := time.Duration(lightFlushes * float64(own.FlushEveryBytes) / float64(max(1, keys*own.BytesPerKey)))
	if long := flushes * each; long <= lightMost {
		return max(least, long)
	}
	return least
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
