package accuracy

import (
	"strings"
	"time"

	"github.com/k9mil/velocitas/live/recorded"
	"github.com/k9mil/velocitas/scenarios"
)

// scenarioOf is the scenario that a recorded run ran under.
func scenarioOf(c *recorded.Cell, hostCores float64) (*scenarios.Scenario, error) {
	s := scenarios.Default()
	s.Name = c.Name()
	s.Instances = scenarios.Sizes{c.Instances}
	s.Duration = seconds(c.HorizonS())
	s.WarmUp = scenarios.WarmUp{For: seconds(recorded.WarmUpS)}
	s.Replications, s.MaxReplications, s.Precision = 1, 1, 0
	s.Load = loadOf(c)
	s.Instance.Keys, s.Instance.CPUs, s.Instance.Threads = c.Keys, c.CPUs, c.GoMaxProcs
	s.Instance.Background = "profile"
	s.Instance.Store = "empty" // recording began with instances that had just been started
	s.Host = scenarios.Host{Count: 1, Cores: hostCores, Balancer: "shared", Generator: "shared"}
	return s, s.Validate()
}

func loadOf(c *recorded.Cell) scenarios.Load {
	l := scenarios.Load{Networks: 1, HashKeys: 1}
	if c.Open() {
		l.Kind, l.Arrivals, l.TraceS = "open", "trace", c.Arrivals()
		return l
	}
	l.Kind, l.Clients = "closed", c.Clients()
	if c.Thinks() {
		_, think, _ := strings.Cut(c.Load, "-think ")
		if d, err := time.ParseDuration(think); err == nil {
			l.Think, l.ThinkDistribution = scenarios.Duration(d), "exponential"
		}
	}
	return l
}

func seconds(s float64) scenarios.Duration { return scenarios.Duration(s * float64(time.Second)) }
