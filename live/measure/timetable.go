package measure

import (
	"errors"
	"fmt"
	"slices"

	"github.com/k9mil/velocitas/scenarios"
)

// leastCPUs is the least limit that a slow instance is left with: the kernel's
// least quota is a millisecond in each 100.
const leastCPUs = 0.01

// refuseEvents says in one line what of the events, and of overrides that slow,
// cannot be done to real instances.
func refuseEvents(s *scenarios.Scenario) error {
	for i, o := range s.Overrides {
		for _, instance := range o.Instances {
			if o.Slow == 0 || o.Slow == 1 {
				continue
			}
			if err := divisible(s, instance, o.Slow); err != nil {
				return fmt.Errorf("overrides[%d].slow: %w", i, err)
			}
		}
	}
	for i, e := range s.Events {
		if e.Tier != "" {
			return fmt.Errorf("events[%d].tier: nothing is done to the tiers of a real stack; leave it out", i)
		}
		switch e.Do {
		case "vanish":
			return fmt.Errorf("events[%d].do: a real stack cannot lose its packets; want slow, stop, pause, restart or start, not vanish", i)
		case "fail":
			return fmt.Errorf("events[%d].do: a real instance cannot be made to answer errors; want slow, stop, pause, restart or start, not fail", i)
		case "slow":
			if err := divisible(s, e.Instance, e.Factor*s.InstanceAt(e.Instance).Slow); err != nil {
				return fmt.Errorf("events[%d]: slow: %w", i, err)
			}
		}
	}
	return nil
}

// divisible tells whether an instance's (from 1) CPU limit can be divided.
func divisible(s *scenarios.Scenario, instance int, by float64) error {
	cpus := s.InstanceAt(instance).CPUs
	switch {
	case by < 1:
		return fmt.Errorf("a real instance cannot be made faster; want a factor of 1 and more, not %g", by)
	case cpus == 0:
		return fmt.Errorf("a real instance becomes slower by a smaller CPU limit, and instance %d has none; give it cpus", instance)
	case cpus/by < leastCPUs:
		return fmt.Errorf("a factor of %g leaves instance %d a CPU limit of %.2g cores; want a smaller factor, or more cpus: at least %g are left", by, instance, cpus/by, leastCPUs)
	}
	return nil
}

// Can says in one line what of a scenario this system cannot have done to its
// instances.
func Can(s System, c *scenarios.Scenario) error {
	slowed := func(i int) bool {
		return c.InstanceAt(i+1).Slow != 1 || slices.ContainsFunc(c.Events, func(e scenarios.Event) bool { return e.Do == "slow" && e.Instance == i+1 })
	}
	members := s.Instances()
	_, able := s.(Actor)
	if !able && len(c.Events) > 0 {
		return errors.New("events: nothing can be done to the instances of this system; remove them")
	}
	for i, m := range members {
		if slowed(i) && (!able || m.CPUs == 0) {
			return fmt.Errorf("slow: instance %d has no CPU limit in force that could be divided", i+1)
		}
	}
	return nil
}
