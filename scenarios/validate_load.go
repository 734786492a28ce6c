package scenarios

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// Bounds beyond which a load is a mistake.
const (
	rateLeast   = 1e-6
	rateMost    = 1e7
	clientsMost = 1_000_000
)

// check holds the rules of the load.
func (l *Load) check(c *checker, s *Scenario) {
	duration := s.Duration
	c.that(l.Kind != "", "load", "says nothing of who asks; give rate, rate_per_instance, trace, clients or clients_per_instance")
	c.oneOf("load.kind", l.Kind, "open", "closed")
	c.between("load.rate", l.Rate, 0, rateMost)
	c.between("load.rate_per_instance", l.RatePerInstance, 0, rateMost)
	c.whole("load.clients", l.Clients, 0, clientsMost)
	c.whole("load.clients_per_instance", l.ClientsPerInstance, 0, clientsMost)
	c.duration("load.think", l.Think, 0, day)
	if l.Kind == "open" {
		l.checkOpen(c, duration)
	} else {
		l.checkClosed(c)
	}
	l.checkPatience(c, s)
	c.whole("load.networks", l.Networks, 1, 1<<24)
	c.whole("load.hash_keys", l.HashKeys, 1, 1<<30)
}

func (l *Load) checkOpen(c *checker, duration Duration) {
	c.that(l.Clients == 0 && l.ClientsPerInstance == 0, "load",
		"an open load has a rate and a closed one has clients; give one of them")
	c.that(l.Think == 0 && l.ThinkDistribution == "", "load.think", "only the clients of a closed load think; an open one has a rate")
	c.oneOf("load.arrivals", l.Arrivals, "poisson", "constant", "trace")
	if l.Arrivals == "trace" {
		c.that(l.Trace != "" || len(l.TraceS) > 0, "load.trace", "wants a file with one arrival instant a line, in seconds")
		c.that(l.Rate == 0 && l.RatePerInstance == 0 && l.Shape == nil, "load", "a trace says when requests arrive; leave rate and shape out")
		for i, at := range l.TraceS {
			if earlier := l.TraceS[max(i-1, 0)]; !(at >= earlier && at >= 0 && at < math.MaxInt64/1e9) {
				c.that(false, fmt.Sprintf("load.trace_s[%d]", i), "wants instants from 0 in ascending order, not %g", at)
				return
			}
		}
		return
	}
	c.that(l.Trace == "" && l.TraceS == nil, "load.trace", "is read only with arrivals: trace")
	c.that((l.Rate > 0) != (l.RatePerInstance > 0), "load", "an open load wants exactly one of rate and rate_per_instance, above 0")
	c.that(l.Rate == 0 || l.Rate >= rateLeast, "load.rate", "wants at least %v requests a second, not %v", rateLeast, l.Rate)
	c.that(l.RatePerInstance == 0 || l.RatePerInstance >= rateLeast, "load.rate_per_instance", "wants at least %v requests a second, not %v", rateLeast, l.RatePerInstance)
	if l.Shape != nil {
		l.Shape.check(c, duration)
	}
}

func (l *Load) checkClosed(c *checker) {
	c.that(l.Rate == 0 && l.RatePerInstance == 0, "load", "a closed load has clients and an open one has a rate; give one of them")
	c.that(l.Arrivals == "" && l.Trace == "" && l.TraceS == nil, "load.arrivals", "only an open load has arrivals; a closed one has clients")
	c.that(l.Shape == nil, "load.shape", "only the rate of an open load changes; a closed one has clients")
	c.that((l.Clients > 0) != (l.ClientsPerInstance > 0), "load", "a closed load wants exactly one of clients and clients_per_instance, above 0")
	if l.Think > 0 || l.ThinkDistribution != "" {
		c.oneOf("load.think_distribution", l.ThinkDistribution, "constant", "exponential")
	}
}

// checkPatience holds the rules of a client that gives up and tries again.
func (l *Load) checkPatience(c *checker, s *Scenario) {
	c.duration("load.timeout", l.Timeout, 0, day)
	c.whole("load.retries", l.Retries, 0, 100)
	c.duration("load.backoff", l.Backoff, 0, day)
	if l.Retries == 0 { // what belongs to retries may stay, so that they can be switched off
		return
	}
	c.that(l.Timeout > 0 || l.RetryErrors || s.classTimeout(), "load.retries", "wants a timeout or retry_errors: true beside it, or there is nothing to retry")
	c.between("load.backoff_factor", l.BackoffFactor, 1, 100)
}

// classTimeout tells whether some class of requests has a time-out.
func (s *Scenario) classTimeout() bool {
	return s.Service != nil && slices.ContainsFunc(s.Service.Requests, func(r Row[Class]) bool { return r.Is.Timeout > 0 })
}

// mean is the factor of the shape on average over a run, 1 without a shape.
func (s *Shape) mean(duration Duration) float64 {
	if s == nil {
		return 1
	}
	switch s.Kind {
	case "steps":
		sum, from, factor := 0.0, Duration(0), 1.0
		for _, step := range s.Steps {
			sum += factor * float64(step.At-from)
			from, factor = step.At, step.Factor
		}
		return (sum + factor*float64(duration-from)) / float64(duration)
	case "ramp":
		return lineMean(duration, [][2]float64{{0, s.From}, {float64(s.Start), s.From}, {float64(s.End), s.To}})
	case "sine":
		turn := 2 * math.Pi * float64(duration) / float64(s.Period)
		return 1 + s.Amplitude*(1-math.Cos(turn))/turn
	default: // flash
		up := float64(s.At) + float64(s.Rise)
		down := up + float64(s.Hold)
		return lineMean(duration, [][2]float64{{0, 1}, {float64(s.At), 1}, {up, s.Factor}, {down, s.Factor}, {down + float64(s.Fall), 1}})
	}
}

// lineMean is the mean from 0 to the end of straight lines between corners (time,
// value), the last of which holds on.
func lineMean(duration Duration, corners [][2]float64) float64 {
	end, sum := float64(duration), 0.0
	for i, a := range corners {
		b := [2]float64{math.Max(end, a[0]), a[1]}
		if i+1 < len(corners) {
			b = corners[i+1]
		}
		if a[0] >= end {
			break
		}
		if b[0] > end {
			b = [2]float64{end, a[1] + (b[1]-a[1])*(end-a[0])/(b[0]-a[0])}
		}
		sum += (a[1] + b[1]) / 2 * (b[0] - a[0])
	}
	return sum / end
}

// check holds the rules of a rate that changes over time.
func (s *Shape) check(c *checker, duration Duration) {
	const at = "load.shape."
	within := func(key string, d Duration) {
		c.that(d < duration, at+key, "wants less than the duration %v, not %v", duration, d)
	}
	factor := func(key string, v float64) { c.between(at+key, v, 0, 10_000) }
	c.oneOf(at+"kind", s.Kind, "steps", "ramp", "sine", "flash")
	c.that(s.Kind == "steps" || s.Steps == nil, at+"steps", "belongs to kind: steps, not %s", s.Kind)
	c.that(s.Kind == "ramp" || s.From == 0 && s.To == 0 && s.Start == 0 && s.End == 0, at+"from", "from, to, start and end belong to kind: ramp, not %s", s.Kind)
	c.that(s.Kind == "sine" || s.Period == 0 && s.Amplitude == 0, at+"period", "period and amplitude belong to kind: sine, not %s", s.Kind)
	c.that(s.Kind == "flash" || s.At == 0 && s.Factor == 0 && s.Rise == 0 && s.Hold == 0 && s.Fall == 0, at+"factor", "at, factor, rise, hold and fall belong to kind: flash, not %s", s.Kind)
	switch s.Kind {
	case "steps":
		s.checkSteps(c, within)
	case "ramp":
		factor("from", s.From)
		factor("to", s.To)
		c.that(s.From != s.To, at+"to", "wants another factor than from has (%v)", s.From)
		c.that(s.End > s.Start, at+"end", "wants more than start (%v), not %v", s.Start, s.End)
		within("start", s.Start)
	case "sine":
		c.duration(at+"period", s.Period, time.Millisecond, day)
		c.that(s.Amplitude > 0 && s.Amplitude <= 1, at+"amplitude", "wants more than 0 and at most 1, not %v", s.Amplitude)
	case "flash":
		factor("factor", s.Factor)
		within("at", s.At)
		c.that(s.Hold > 0, at+"hold", "wants how long the flash holds, above 0s")
	}
}

func (s *Shape) checkSteps(c *checker, within func(string, Duration)) {
	c.that(len(s.Steps) > 0, "load.shape.steps", "wants a list such as [{at: 10s, factor: 2}]")
	for i, step := range s.Steps {
		key := fmt.Sprintf("steps[%d].", i)
		within(key+"at", step.At)
		c.between("load.shape."+key+"factor", step.Factor, 0, 10_000)
		c.that(i == 0 || step.At > s.Steps[i-1].At, "load.shape."+key+"at", "wants a later time than the step before has")
	}
}
