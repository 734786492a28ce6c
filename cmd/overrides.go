package cmd

import (
	"slices"

	"github.com/spf13/cobra"

	"github.com/k9mil/velocitas/scenarios"
	"github.com/k9mil/velocitas/scenarios/balancing"
)

// overrides are the flags that stand for a key of the scenario, in the order in
// which they are applied: who asks comes before how long they think.
var overrides = []struct{ flag, key, meaning string }{
	{"instances", "instances", `numbers of instances: "4" is 1 to 4, "2-8" a range, "1,2,4,8" a list, "4-4" just that one`},
	{"rate", "load.rate", "open load of so many requests a second, all instances together"},
	{"clients", "load.clients", "closed load of so many clients, all instances together"},
	{"think", "load.think", `mean time a client thinks between an answer and its next request, such as "50ms"`},
	{"keys", "instance.keys", "keys that a request inserts"},
	{"cpus", "instance.cpus", "CPU limit of an instance in cores; 0 is none"},
	{"cores", "host.cores", "cores of a host; 0 is as many as anyone wants"},
	{"policy", "balancer.policy", balancing.Those(func(*balancing.Facts) bool { return true })},
	{"seed", "seed", "what all random numbers are derived from"},
	{"profile", "profile", "a built-in profile's name or a file: what a request costs"},
	{"duration", "duration", `virtual length of one replication, such as "60s"`},
	{"replications", "replications", "least number of replications"},
	{"precision", "precision", "replicate until the 95 % intervals are within this part of their value; 0 does not ask"},
}

// altered tells whether a flag changes the system or the load that a scenario
// describes, rather than only how it is simulated.
func altered(c *cobra.Command) bool {
	for _, o := range overrides {
		switch o.flag {
		case "seed", "replications", "precision":
			continue
		}
		if f := c.Flags().Lookup(o.flag); f != nil && f.Changed {
			return true
		}
	}
	return false
}

// addOverrides adds the flags with these names, or all.
func addOverrides(c *cobra.Command, names ...string) {
	for _, o := range overrides {
		if names != nil && !slices.Contains(names, o.flag) {
			continue
		}
		c.Flags().String(o.flag, "", o.meaning+" (overrides the scenario)")
	}
}

// applyOverrides sets what the flags that were given say, of those with these
// names, or of all: a command may have another meaning for a name.
func applyOverrides(c *cobra.Command, s *scenarios.Scenario, names ...string) error {
	if c.Flags().Changed("rate") && c.Flags().Changed("clients") {
		return usage("--rate makes the load open and --clients makes it closed; give one of them")
	}
	var settings []scenarios.Setting
	for _, o := range overrides {
		if names != nil && !slices.Contains(names, o.flag) {
			continue
		}
		if f := c.Flags().Lookup(o.flag); f.Changed {
			settings = append(settings, scenarios.Setting{Key: o.key, Value: f.Value.String(), From: "--" + o.flag})
		}
	}
	return input(s.Set(settings...))
}
