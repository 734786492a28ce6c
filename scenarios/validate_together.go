package scenarios

import (
	"fmt"
	"slices"
	"sort"
	"time"

	"github.com/k9mil/velocitas/scenarios/balancing"
)

// requestsMost bounds the requests of one replication.
const requestsMost = 1e9

// checkTogether holds the rules between parts.
func (s *Scenario) checkTogether(c *checker) {
	largest := s.Instances[len(s.Instances)-1]
	perS := s.Load.RateAt(largest)
	c.that(perS <= rateMost, "load.rate_per_instance", "asks for %.3g requests a second with %d instances; at most %.3g are simulated", perS, largest, rateMost)
	requests := perS * s.Duration.Std().Seconds() * s.Load.Shape.mean(s.Duration)
	lower := "rate or duration"
	if s.Load.Shape != nil {
		lower = "rate, duration or the shape's factor"
	}
	c.that(requests <= requestsMost, "duration", "asks for %.2g requests in one replication; at most %.2g are simulated: lower %s", requests, requestsMost, lower)
	clients := s.Load.ClientsAt(largest)
	c.that(clients <= clientsMost, "load.clients_per_instance", "asks for %d clients with %d instances; at most %d are simulated", clients, largest, clientsMost)
	for i := range s.Overrides {
		s.checkOverridePolicy(c, i)
	}
	if s.Balancer.Policy == "hash_consistent" {
		weights := 0
		for _, e := range s.InstancesAt(largest) {
			weights += e.Weight
		}
		c.that(weights <= ringMost, "overrides", "the weights of %d instances sum up to %d; hash_consistent, which needs memory for each, takes at most %d", largest, weights, ringMost)
	}
	smallest := s.Instances[0]
	c.that(slices.ContainsFunc(s.InstancesAt(smallest), func(e EffectiveInstance) bool { return !e.Backup }), "overrides",
		"with %d instances all are backup; nginx wants at least one that is not", smallest)
}

// ringMost bounds the weights of hash_consistent, which has 160 points for each.
const ringMost = 100_000

// checkOverridePolicy holds nginx's rules of what a policy can be given.
func (s *Scenario) checkOverridePolicy(c *checker, i int) {
	o, at, policy := &s.Overrides[i], fmt.Sprintf("overrides[%d]", i), s.Balancer.facts()
	c.that(!o.Backup || policy.Backup, at+".backup",
		"nginx allows backup only with %s, not with %s", balancing.Those(func(f *balancing.Facts) bool { return f.Backup }), s.Balancer.Policy)
	c.that(!policy.ByName || o.Weight == 0 && !o.Down && o.MaxFails == nil && o.FailTimeout == 0 && o.MaxConns == 0, at,
		"policy %s takes instances from a name and knows no weight, down, max_fails, fail_timeout or max_conns", s.Balancer.Policy)
}

// traceDoubts name what of a trace lies after the duration, or of the duration
// after the trace.
func (s *Scenario) traceDoubts() []string {
	all, end := s.Load.TraceS, s.Duration.Std().Seconds()
	if s.Load.Arrivals != "trace" || len(all) == 0 {
		return nil
	}
	first, last := all[0], all[len(all)-1]
	after := len(all) - sort.SearchFloat64s(all, end)
	switch {
	case after == len(all):
		return []string{fmt.Sprintf("nothing arrives: the trace begins at %.6g s, and the duration is %.6g s", first, end)}
	case after > 0:
		return []string{fmt.Sprintf("%d of the trace's %d arrivals are after the duration of %.6g s and left out: the last is at %.6g s", after, len(all), end, last)}
	case s.RunS() < end:
		return []string{fmt.Sprintf("the trace is over after %.6g s, and so is the run: the rest of its duration of %.6g s is not simulated", last, end)}
	}
	return nil
}

// RunS is how long a replication lasts, in seconds: its duration, or as long as a
// trace that is over well before, unless that is no longer than the warm-up or
// than the shortest duration there may be.
func (s *Scenario) RunS() float64 {
	end := s.Duration.Std().Seconds()
	if n := len(s.Load.TraceS); s.Load.Arrivals == "trace" && n > 0 && len(s.Events) == 0 {
		last := s.Load.TraceS[n-1]
		least := max(s.WarmUp.For.Std(), time.Millisecond).Seconds()
		if over := last + last/float64(n); over > least && over < 0.9*end { // the last has its gap, too
			return over
		}
	}
	return end
}

// Doubts are things that are allowed and yet probably not meant, in plain words.
func (s *Scenario) Doubts() []string {
	var doubts []string
	largest := s.Instances[len(s.Instances)-1]
	for _, e := range s.Events {
		if e.Tier == "" && e.Instance > largest {
			doubts = append(doubts, fmt.Sprintf("an event concerns instance %d, which never exists: there are at most %d", e.Instance, largest))
		}
	}
	if s.Load.Kind == "open" && s.Load.KeepAlive {
		doubts = append(doubts, "load.keep_alive has no effect on an open load in a simulation: each of its requests comes from a client of its own, which has a connection to open; a measurement keeps connections")
	}
	doubts = append(doubts, s.traceDoubts()...)
	for _, o := range s.Overrides {
		if n := o.Instances[0]; n > largest {
			doubts = append(doubts, fmt.Sprintf("an override concerns instance %d, which never exists: there are at most %d", n, largest))
		}
	}
	return doubts
}
