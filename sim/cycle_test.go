package sim

import (
	"context"
	"strings"
	"testing"

	"github.com/k9mil/velocitas/scenarios"
)

// A run that is too short for the stores' own work says how long one would have
// to be, and one of that length does not.
func TestLongEnoughForTheStores(t *testing.T) {
	for _, row := range []struct{ name, store, wants string }{
		{"first", "used", "short for the stores' own work"},
		{"uneven-weights", "used", "short for the stores' own work"},
		{"first", "empty", "the stores begin empty"},
	} {
		s := builtin(t, row.name, scenarios.Setting{Key: "duration", Value: "8s"}, scenarios.Setting{Key: "warm_up", Value: "1s"},
			scenarios.Setting{Key: "instance.store", Value: row.store})
		s.Instances = s.Instances[:1]
		said := warningWith(t, s, row.wants)
		if said == "" {
			t.Errorf("%s with %s stores: nothing is said of a run that is too short", row.name, row.store)
			continue
		}
		_, rest, _ := strings.Cut(said, "a duration of ")
		would, _, _ := strings.Cut(rest, " would")
		// A tenth more, since the longer run has another rate by chance.
		var longer scenarios.Duration
		if err := longer.UnmarshalText([]byte(would)); err != nil {
			t.Fatalf("%q: %v", said, err)
		}
		s.Duration = longer + longer/10
		if said := warningWith(t, s, row.wants); said != "" {
			t.Errorf("%s with %s stores and a duration of %s: %s", row.name, row.store, s.Duration, said)
		}
	}
}

// warningWith is the first warning that contains some words.
func warningWith(t *testing.T, s *scenarios.Scenario, words string) string {
	t.Helper()
	c, err := Run(context.Background(), Input{Scenario: s, Profile: referenceProfile(t)})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range c.Points {
		for _, said := range p.Warnings {
			if strings.Contains(said, words) {
				return said
			}
		}
	}
	return ""
}

// The built-in scenarios as they are run long enough for their stores.
func TestBuiltinScenariosAreLongEnough(t *testing.T) {
	for _, name := range scenarios.Names() {
		s, err := scenarios.Read(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		s.Instances = s.Instances[:1] // more instances see more compactions
		s.Precision = 0
		if said := warningWith(t, s, "stores"); said != "" {
			t.Errorf("%s: %s", name, said)
		}
	}
}
