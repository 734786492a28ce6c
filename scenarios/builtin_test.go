package scenarios

import (
	"slices"
	"testing"
)

// The built-in scenarios that the manual promises are there, can be read, and
// say what they are and what to look for.
func TestBuiltin(t *testing.T) {
	want := []string{"first", "fleet", "flash-crowd", "instance-dies", "many-workers", "one-host-knee",
		"retry-storm", "slow-instance", "textbook", "uneven-weights",
		"cold-cache", "node-api", "pool-bound", "rails", "three-tier", "thundering-herd", "rolling-deployment", "slow-database", "broken-instance"}
	if got := Names(); !slices.Equal(sorted(got), sorted(want)) || got[0] != "first" {
		t.Fatalf("names are %v", got)
	}
	for _, name := range Names() {
		s, err := Read(t.Context(), name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if s.Name != name || s.About == "" || s.LookFor == "" {
			t.Errorf("%s: name %q, about %q, look_for %q", name, s.Name, s.About, s.LookFor)
		}
		if d := s.Doubts(); d != nil {
			t.Errorf("%s: %v", name, d)
		}
	}
}

func sorted(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return list
}
