package compare_test

import (
	"context"
	"math"
	"os"
	"testing"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/model/compare"
	"github.com/k9mil/velocitas/scenarios"
	"github.com/k9mil/velocitas/sim"
)

// systems are small and quick, and differ in what makes their figures vary: an
// open queue, clients that wait, CPU limits that stop instances, failures.
var systems = map[string]string{
	"open":   "{instances: 1-3, duration: 20s, warm_up: 2s, replications: 5, precision: 0, load: {rate_per_instance: 70}, instance: {demand: {distribution: exponential, mean: 10ms}, discipline: fifo}}",
	"closed": "{instances: 1-2, duration: 10s, warm_up: 1s, replications: 4, precision: 0, load: {kind: closed, clients: 5, think: 20ms}, instance: {demand: {distribution: lognormal, cv: 2, mean: 5ms}}}",
	"limit":  "{instances: '1,4', duration: 20s, warm_up: 2s, replications: 6, precision: 0.1, max_replications: 12, load: {rate_per_instance: 30}, instance: {cpus: 0.5, demand: {distribution: exponential, mean: 8ms}}}",
	"full":   "{instances: 2-2, duration: 20s, warm_up: 2s, replications: 4, precision: 0, load: {rate_per_instance: 110}, instance: {max_inside: 4, demand: {distribution: exponential, mean: 10ms}}}",
}

// predict is the curve of a system by a seed.
func predict(t *testing.T, yaml string, seed uint64) *model.Curve {
	t.Helper()
	s, err := scenarios.Parse("test.yaml", []byte(yaml))
	if err != nil {
		t.Fatal(err)
	}
	s.Seed = seed
	p, err := model.LoadProfile(t.Context(), s.Profile)
	if err != nil {
		t.Fatal(err)
	}
	c, err := sim.Run(context.Background(), sim.Input{Scenario: s, Profile: p, Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The same system by another seed is told apart in one report of twenty at
// most, whatever it is and however many sizes it has.
func TestAnotherSeed(t *testing.T) {
	pairs := 25
	if os.Getenv("VELOCITAS_TEST_FULL") != "" {
		pairs = 400
	}
	all, apart := 0, 0
	for name, yaml := range systems {
		seen := 0
		for i := range pairs {
			r, err := compare.Curves([]compare.Curve{
				{File: "before", Curve: predict(t, yaml, uint64(2*i+1))}, {File: "after", Curve: predict(t, yaml, uint64(2*i+2))},
			}, false)
			if err != nil {
				t.Fatal(err)
			}
			if d := r.Others[0].Differences; len(d) != 1 || d[0].Key != "seed" {
				t.Fatalf("%v", r.Others[0].Differences)
			}
			if r.Others[0].Verdict != compare.NoDifference {
				seen++
			}
		}
		t.Logf("%s: %d of %d", name, seen, pairs)
		all, apart = all+pairs, apart+seen
	}
	// One in twenty, and what chance adds to that in one test of a thousand.
	if most := 0.05*float64(all) + 3.1*math.Sqrt(0.05*0.95*float64(all)); float64(apart) > most {
		t.Errorf("%d of %d pairs of runs of the same system are told apart, want at most %.0f", apart, all, most)
	}
}

// A system that takes a fifth longer for a request is found to be slower.
func TestSlowerIsSeen(t *testing.T) {
	system := func(mean string) map[string]string {
		return map[string]string{
			"open":   "{instances: 1-3, duration: 20s, warm_up: 2s, replications: 5, precision: 0, load: {rate_per_instance: 70}, instance: {demand: {distribution: exponential, mean: " + mean + "}, discipline: fifo}}",
			"closed": "{instances: 1-2, duration: 60s, warm_up: 1s, replications: 8, precision: 0, load: {kind: closed, clients: 5}, instance: {demand: {distribution: exponential, mean: " + mean + "}}}",
		}
	}
	before, slower := system("10ms"), system("12ms")
	for name, yaml := range slower {
		for seed := range uint64(5) {
			r, err := compare.Curves([]compare.Curve{
				{File: "before", Curve: predict(t, before[name], 2*seed+1)}, {File: "after", Curve: predict(t, yaml, 2*seed+2)},
			}, false)
			if err != nil {
				t.Fatal(err)
			}
			if a := r.Others[0]; a.Verdict != compare.Slower || len(a.Differences) != 2 || a.Differences[0].Key != "instance.demand.mean" {
				t.Errorf("%s: %s %v", name, a.Answer, a.Differences)
			}
		}
	}
}
