package scenarios

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/k9mil/velocitas/internal/strict"
)

// Validate says what the first thing wrong with a completed scenario is. What
// Read, Parse, Resolved and Set leave is valid; it is for those who build a
// scenario in code.
func (s *Scenario) Validate() error {
	if f := s.fault(); f != nil {
		return &strict.Error{File: s.Name, Key: f.Key, Problem: f.Problem}
	}
	return nil
}

// fault is the first rule broken, or nil: each part by its own rules, in the
// order of the file, then those between parts.
func (s *Scenario) fault() *fault {
	c := &checker{}
	s.check(c)
	s.Load.check(c, s)
	s.Balancer.check(c)
	s.Instance.check(c)
	if s.Service == nil {
		s.Instance.Demand.check(c)
	}
	s.checkService(c)
	for i := range s.Overrides {
		s.Overrides[i].check(c, fmt.Sprintf("overrides[%d]", i))
	}
	s.Host.check(c)
	for i := range s.Events {
		s.Events[i].check(c, fmt.Sprintf("events[%d]", i), s.Duration, s.Tiers)
	}
	s.Objectives.check(c)
	if c.first == nil {
		s.checkTogether(c)
	}
	return c.first
}

// fault is a rule broken: the key, and what is wrong and what would be right.
type fault struct{ Key, Problem string }

// checker keeps the first fault.
type checker struct{ first *fault }

func (c *checker) that(ok bool, key, format string, args ...any) {
	if !ok && c.first == nil {
		c.first = &fault{key, fmt.Sprintf(format, args...)}
	}
}

func (c *checker) between(key string, v, least, most float64) {
	c.that(v >= least && v <= most, key, "wants %v to %v, not %v", plain(least), plain(most), plain(v))
}

func (c *checker) whole(key string, v, least, most int) {
	c.that(v >= least && v <= most, key, "wants %d to %d, not %d", least, most, v)
}

func (c *checker) duration(key string, v Duration, least, most time.Duration) {
	c.that(v.Std() >= least && v.Std() <= most, key, "wants %v to %v, not %v", least, most, v)
}

func (c *checker) oneOf(key, v string, words ...string) {
	c.that(slices.Contains(words, v), key, "wants %s, not %s", orList(words), strict.Quote(v))
}

func orList(words []string) string {
	n := len(words) - 1
	if n == 0 {
		return words[0]
	}
	return strings.Join(words[:n], ", ") + " or " + words[n]
}

// plain writes a number without an exponent where it is not absurd.
func plain(v float64) string {
	if v >= 1e-3 && v < 1e9 {
		return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.6f", v), "0"), ".")
	}
	return fmt.Sprintf("%g", v)
}

// day bounds what no one waits for.
const day = 24 * time.Hour

// longest is the virtual time that the simulator's clock holds, rounded down.
const longest = 4*time.Hour + 45*time.Minute

// check holds the rules of the scenario's own keys.
func (s *Scenario) check(c *checker) {
	c.that(fileName(s.Name) == s.Name, "name", "names files, too, so it wants at most 80 letters a to z, digits, dots, dashes and underscores, beginning and ending with one of the former, not %s", strict.Quote(s.Name))
	c.that(len(s.Instances) > 0, "instances", "wants at least one number of instances")
	c.that(s.Profile != "", "profile", `wants a built-in profile's name, such as "reference", or a file`)
	c.between("speed", s.Speed, 0.01, 100)
	c.duration("duration", s.Duration, time.Millisecond, longest)
	c.that(s.WarmUp.For < s.Duration, "warm_up", "wants less than the duration %v, not %v", s.Duration, s.WarmUp.For)
	c.whole("replications", s.Replications, 1, 10_000)
	c.that(s.MaxReplications >= s.Replications && s.MaxReplications <= 10_000, "max_replications",
		"wants %d (replications) to 10000, not %d", s.Replications, s.MaxReplications)
	c.between("precision", s.Precision, 0, 1)
}

// check holds the rules of the hosts.
func (h *Host) check(c *checker) {
	c.whole("host.count", h.Count, 1, instancesMost)
	c.that(h.Cores == 0 || h.Cores >= 0.01 && h.Cores <= 4096, "host.cores",
		"wants 0.01 to 4096, or 0 for as many as anyone wants, not %v", h.Cores)
	c.oneOf("host.balancer", h.Balancer, "own", "shared")
	c.oneOf("host.generator", h.Generator, "own", "shared")
	if v := h.Speed; v != nil {
		c.that(v.CV > 0, "host.speed.cv", "wants more than 0, such as 10%%; leave host.speed out for a host whose speed does not vary")
		c.duration("host.speed.correlation_time", v.CorrelationTime, 10*time.Millisecond, time.Hour)
	}
}
