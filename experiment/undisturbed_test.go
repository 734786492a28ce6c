package experiment

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/k9mil/velocitas/live/measure"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
)

func parse(t *testing.T, text string) *scenarios.Scenario {
	t.Helper()
	s, err := scenarios.Parse("disturbed", []byte("name: disturbed\n"+text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// What disturbs is left out where costs are measured, and nothing else.
func TestUndisturbed(t *testing.T) {
	for text, want := range map[string]bool{
		"load: {rate: 5}": false,
		"load: {rate: 5, shape: {kind: flash, at: 5s, factor: 3, hold: 5s}}":  true,
		"load: {clients: 2}\nevents: [{at: 5s, instance: 1, do: stop}]":       true,
		"load: {clients: 2}\noverrides: [{instances: 1, slow: 3, weight: 2}]": true,
		"load: {clients: 2}\noverrides: [{instances: 1, slow: 1, weight: 2}]": false,
	} {
		s := parse(t, text)
		if got := Disturbed(s); got != want {
			t.Errorf("%s: disturbed %t", text, got)
		}
		c := withoutEvents(s)
		if Disturbed(c) || len(c.Overrides) != len(s.Overrides) || c.Load.Rate != s.Load.Rate {
			t.Errorf("%s: undisturbed %+v", text, c)
		}
		if Disturbed(s) != want {
			t.Errorf("%s: the scenario itself was changed", text)
		}
	}
}

// A machine on which the probe took 50 ms and then 40 is a quarter faster, and the
// notes say so.
func TestSpeedByProbe(t *testing.T) {
	for _, row := range [][3]float64{{50, 40, 1.25}, {40, 50, 0.8}, {0, 50, 1}, {50, 0, 1}} {
		if got := speedByProbe(measure.Drift{MeanMs: row[0]}, measure.Drift{MeanMs: row[1]}); got != row[2] {
			t.Errorf("from %v to %v ms: %v, want %v", row[0], row[1], got, row[2])
		}
	}
	s := parse(t, "load: {rate: 5}\nevents: [{at: 5s, instance: 1, do: stop}]")
	s.Speed = 1.25
	if notes := disturbedNotes(s); len(notes) != 1 || !strings.Contains(notes[0], "125 % of its speed") {
		t.Errorf("notes %q", notes)
	}
}

// A block is a replication: it lasts as long as the scenario unless told
// otherwise, with the scenario's warm-up, and is predicted so.
func TestBlockOfEvents(t *testing.T) {
	s := parse(t, "instances: 1-3\nduration: 40s\nwarm_up: 5s\nload: {rate: 5}\ninstance: {cpus: 0.5}\noverrides: [{instances: 3, slow: 2}]\nevents: [{at: 20s, instance: 1, do: slow, factor: 2}]")
	c, err := Config{Scenario: s}.complete()
	if err != nil {
		t.Fatal(err)
	}
	m := c.measured(c.Scenario, nil)
	if m.Block != 40*time.Second || m.Settle != 5*time.Second {
		t.Errorf("a block of %v that settles for %v: want 40s and 5s", m.Block, m.Settle)
	}
	if _, err := (Config{Scenario: s, Block: 10 * time.Second}).complete(); err == nil || !strings.HasPrefix(err.Error(), "events[0].at: ") {
		t.Errorf("a block that ends before the event: error %v", err)
	}
	var asked *scenarios.Scenario
	c.Predict = func(_ context.Context, s *scenarios.Scenario, _ *model.Profile) (*model.Curve, error) {
		asked = s
		return &model.Curve{Points: []model.Point{{Instances: 3}}}, nil
	}
	r := &Result{Profile: &model.Profile{}, Blocks: &measure.Result{}}
	if _, err := c.predictOne(t.Context(), r, c.Scenario, &model.Point{Instances: 3}, 1); err != nil {
		t.Fatal(err)
	}
	if asked.Duration.Std() != 40*time.Second || asked.WarmUp.For.Std() != 5*time.Second || asked.Load.Arrivals != "poisson" || len(asked.Events) != 1 {
		t.Errorf("predicted %v, warm-up %v, %s arrivals, events %v", asked.Duration, asked.WarmUp, asked.Load.Arrivals, asked.Events)
	}
	// What is slow all of the time really has half the limit.
	last := asked.Overrides[len(asked.Overrides)-1]
	if *last.CPUs != 0.25 || last.Slow != 1 || !last.Instances.Has(3) || len(asked.Overrides) != 2 {
		t.Errorf("overrides %+v", asked.Overrides)
	}
}

// Half of the limit, or what events leave of it, but no less than a tenth of a
// core unless there is less.
func TestHeldTo(t *testing.T) {
	for text, want := range map[string]float64{
		"instance: {cpus: 0.5}":  0.25,
		"instance: {cpus: 0.15}": 0.1,
		"instance: {cpus: 0.05}": 0.05,
		"instance: {cpus: 0.8}\nevents: [{at: 1s, instance: 1, do: slow, factor: 4, for: 1s}]": 0.2,
		"instance: {cpus: 0.3}\nevents: [{at: 1s, instance: 1, do: slow, factor: 4, for: 1s}]": 0.1,
	} {
		if got := heldTo(parse(t, text+"\nload: {rate: 1}")); got != want {
			t.Errorf("%s: %g, want %g", text, got, want)
		}
	}
}
