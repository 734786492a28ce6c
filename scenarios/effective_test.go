package scenarios

import (
	"slices"
	"testing"
	"time"
)

// TestOverridesApplyInOrder: of two overrides that name the same instance the
// later wins in what it states, and one instance is the same as one of many.
func TestOverridesApplyInOrder(t *testing.T) {
	s, err := Parse("o.yaml", []byte(`
name: o
load: {clients_per_instance: 3}
balancer: {max_fails: 2, max_conns: 9}
instance: {cpus: 0.5}
overrides:
  - {instances: "2-3", cpus: 0.25, slow: 2, weight: 4, backup: true}
  - {instances: [3, 7], cpus: 0, slow: 3, max_fails: 0, fail_timeout: 5s}
`))
	if err != nil {
		t.Fatal(err)
	}
	plain := EffectiveInstance{CPUs: 0.5, Slow: 1, Weight: 1, MaxFails: 2, FailTimeout: Duration(10 * time.Second), MaxConns: 9}
	second := plain
	second.CPUs, second.Slow, second.Weight, second.Backup = 0.25, 2, 4, true
	third := second
	third.CPUs, third.Slow, third.MaxFails, third.FailTimeout = 0, 3, 0, Duration(5*time.Second)
	want := []EffectiveInstance{plain, second, third, plain}
	if got := s.InstancesAt(4); !slices.Equal(got, want) {
		t.Errorf("instances %+v, want %+v", got, want)
	}
	for i, w := range want {
		if got := s.InstanceAt(i + 1); got != w {
			t.Errorf("instance %d is %+v, want %+v", i+1, got, w)
		}
	}
	if got := s.Load.ClientsAt(4); got != 12 {
		t.Errorf("%d clients on 4 instances, want 12", got)
	}
}

// TestTimetableIsInOrder: an event that ends by itself is two changes, one of a
// tier is of each of its stations, and what concerns no instance is left out.
func TestTimetableIsInOrder(t *testing.T) {
	s, err := Parse("t.yaml", []byte(`
name: t
instances: 1-4
load: {rate: 10}
service:
  requests: {get: {steps: [{call: db.read}]}}
tiers:
  db: {instances: 2, operations: {read: 1ms}}
events:
  - {at: 9s, instance: 4, do: stop}
  - {at: 5s, instance: 1, do: restart, for: 2s}
  - {at: 6s, tier: db, do: slow, factor: 2}
`))
	if err != nil {
		t.Fatal(err)
	}
	want := []Change{
		{At: 5 * time.Second, Instance: 1, Do: "stop"},
		{At: 6 * time.Second, Tier: "db", Instance: 1, Do: "slow", Factor: 2},
		{At: 6 * time.Second, Tier: "db", Instance: 2, Do: "slow", Factor: 2},
		{At: 7 * time.Second, Instance: 1, Do: "start"},
	}
	if got := s.Timetable(3); !slices.Equal(got, want) {
		t.Errorf("timetable %+v, want %+v", got, want)
	}
	if got := s.Timetable(4); len(got) != 5 || got[4].Instance != 4 {
		t.Errorf("timetable of 4 instances %+v, want the stop of the fourth as well", got)
	}
}
