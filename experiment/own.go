package experiment

import (
	"context"
	"slices"
	"time"

	"github.com/k9mil/velocitas/live/calibrate"
	"github.com/k9mil/velocitas/live/load"
	"github.com/k9mil/velocitas/live/measure"
	"github.com/k9mil/velocitas/live/stack"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
)

// memoryBytes limits an instance, as the repository's compose file does.
const memoryBytes = 128 << 20

// Own are velocitas's own instances behind nginx, which it starts.
type Own struct {
	// Stack is compose, local or, to choose, empty.
	Stack         string
	NginxFromHost bool
	// NginxImage is for containers; the official one if empty.
	NginxImage string
	// NoNginx puts the balancer of this process before a local stack.
	NoNginx bool
	// Port that nginx listens on, 0 for a free one.
	Port int
	// Binary is the executable that has the command instance, Version what it is
	// to say that it is.
	Binary, Version string
	// Store is a profile of the store on this machine, from calibrate.Store;
	// nil times it first, which takes a minute or two.
	Store *model.Profile
}

// Refuse refuses nothing that others can do.
func (o Own) Refuse(*scenarios.Scenario) error { return nil }

// Open is a stack of the scenario's instances.
func (o Own) Open(ctx context.Context, s *scenarios.Scenario) (measure.System, error) {
	in := s.Instance
	return stack.New(ctx, stack.Spec{
		Kind: o.Stack, Instances: slices.Max(s.Instances), CPUs: in.CPUs, Threads: in.Threads, MemoryBytes: memoryBytes,
		Balancer: s.Balancer, Overrides: s.Overrides, Binary: o.Binary, Port: o.Port,
		NginxFromHost: o.NginxFromHost, NginxImage: o.NginxImage, NoNginx: o.NoNginx,
		Killable: slices.ContainsFunc(s.Events, func(e scenarios.Event) bool { return e.Do == "stop" || e.Do == "restart" }),
	})
}

// Asked is for the scenario's keys.
func (o Own) Asked() (path string, remote bool) { return "", false }

// inspect asks every instance and counts nginx's workers.
func (o Own) inspect(ctx context.Context, s measure.System, asRun *scenarios.Scenario, costs *costs) (float64, error) {
	if err := checkWorkers(s, asRun); err != nil {
		return 0, err
	}
	if err := o.checkInstances(ctx, s, asRun); err != nil {
		return 0, err
	}
	if costs.store == nil {
		return 0, nil
	}
	return mostRps(s.Instances(), asRun, costs), nil
}

// beforehand times the store and asks one instance alone.
func (o Own) beforehand(ctx context.Context, c Config) (*costs, error) {
	found := &costs{store: o.Store}
	if found.store != nil && found.store.Provenance[calibrate.FromInstance] != "" {
		return found, nil
	}
	if found.store == nil {
		c.Stage("timing the store in this process")
		var err error
		found.store, err = calibrate.Store(ctx, calibrate.Options{Threads: c.Scenario.Instance.Threads})
		if err != nil {
			return nil, err
		}
	}
	c.Stage("asking one instance alone")
	return found, c.askAlone(ctx, o, found)
}

// idle finds what a new connection costs, and what follows an answer.
func (o Own) idle(ctx context.Context, c Config, s measure.System, asRun *scenarios.Scenario, costs *costs) (err error) {
	if costs.connect, err = calibrate.Connect(ctx, s.Instances()[0].Address); err != nil {
		return err
	}
	c.Stage("asking for next to nothing")
	l := asRun.Load
	light := load.Config{URL: s.URL() + "/healthz", KeepAlive: l.KeepAlive, Timeout: 10 * time.Second}
	perS := l.RateAt(1)
	if l.Kind == "open" {
		perS = max(1, perS) // a trace states none
	}
	costs.after, err = calibrate.After(ctx, s, light, perS)
	return err
}
