package scenarios

import (
	"slices"
	"strings"
	"time"

	"github.com/k9mil/velocitas/internal/strict"
	"github.com/k9mil/velocitas/scenarios/balancing"
)

// conditions are those of proxy_next_upstream.
var conditions = []string{"error", "timeout", "invalid_header", "http_500", "http_502", "http_503", "http_504",
	"http_403", "http_404", "http_429", "non_idempotent"}

// check holds the rules of nginx.
func (b *Balancer) check(c *checker) {
	c.oneOf("balancer.policy", b.Policy, balancing.Names()...)
	c.whole("balancer.workers", b.Workers, 1, 1024)
	c.oneOf("balancer.accept", b.Accept, "exclusive", "reuseport")
	c.whole("balancer.max_fails", b.MaxFails, 0, 1_000_000)
	checkFailTimeout(c, "balancer.fail_timeout", b.FailTimeout)
	c.whole("balancer.max_conns", b.MaxConns, 0, 1_000_000)
	b.checkNextUpstream(c)
	c.whole("balancer.next_upstream_tries", b.NextUpstreamTries, 0, 1_000_000)
	c.duration("balancer.next_upstream_timeout", b.NextUpstreamTimeout, 0, day)
	c.duration("balancer.connect_timeout", b.ConnectTimeout, time.Millisecond, day)
	c.duration("balancer.read_timeout", b.ReadTimeout, time.Millisecond, day)
	// Fewer than 4 connections leave none for a request: one listens, one
	// goes to the master process, and a request takes two.
	c.whole("balancer.worker_connections", b.WorkerConnections, 4, 10_000_000)
	c.whole("balancer.backlog", b.Backlog, 1, 10_000_000)
	c.whole("balancer.keepalive", b.Keepalive, 0, 1_000_000)
	c.duration("balancer.cost", Duration(b.Cost.Ns), 0, time.Hour)
	c.duration("balancer.connect", Duration(b.Connect.Ns), 0, time.Hour)
	c.that(!b.facts().ByName || !b.Zone && b.Keepalive == 0 && b.MaxConns == 0, "balancer.policy",
		"%s keeps no state between requests; leave zone, keepalive and max_conns out", b.Policy)
}

// facts are those of the policy, and none of one that there is not.
func (b *Balancer) facts() balancing.Facts {
	p, err := balancing.Parse(b.Policy)
	if err != nil {
		return balancing.Facts{}
	}
	return *p.Facts()
}

func (b *Balancer) checkNextUpstream(c *checker) {
	const key = "balancer.next_upstream"
	c.that(len(b.NextUpstream) > 0, key, `wants conditions such as [error, timeout], or ["off"] for none`)
	for i, word := range b.NextUpstream {
		if word == "off" {
			c.that(len(b.NextUpstream) == 1, key, "off stands alone")
			continue
		}
		c.oneOf(key, word, append(slices.Clone(conditions), "off")...)
		c.that(!slices.Contains(b.NextUpstream[:i], word), key, "has %s twice", word)
	}
}

// checkFailTimeout holds nginx's rule that this clock has whole seconds.
func checkFailTimeout(c *checker, key string, d Duration) {
	c.duration(key, d, 0, day)
	c.that(d.Std()%time.Second == 0, key, "wants whole seconds, as nginx's clock does here, not %v", d)
}

// keysMost is how many keys a store takes in one request.
const keysMost = 100_000

// check holds the rules of an instance.
func (in *Instance) check(c *checker) {
	c.whole("instance.keys", in.Keys, 1, keysMost)
	c.oneOf("instance.write", in.Write, "transaction", "batch")
	c.oneOf("instance.discipline", in.Discipline, "ps", "fifo")
	c.whole("instance.servers", in.Servers, 1, 1024)
	c.that(in.Discipline == "fifo" || in.Servers == 1, "instance.servers", "only discipline: fifo has servers; with ps threads say how many cores an instance can use")
	checkCPUs(c, "instance.cpus", in.CPUs)
	c.duration("instance.period", in.Period, time.Millisecond, time.Second)
	c.whole("instance.threads", in.Threads, 1, 1024)
	c.oneOf("instance.background", in.Background, "profile", "none")
	c.oneOf("instance.store", in.Store, "empty", "used")
	c.that(in.Demand.Profile || in.Background == "none", "instance.background", "a stated demand replaces the store, which then has no work of its own; wants none")
	c.whole("instance.max_inside", in.MaxInside, 0, 10_000_000)
}

func checkCPUs(c *checker, key string, cpus float64) {
	c.that(cpus == 0 || cpus >= 0.01 && cpus <= 1024, key, "wants 0.01 to 1024 cores, or 0 for no limit, not %v", cpus)
}

func (d *Demand) check(c *checker) {
	if d.Profile {
		return
	}
	c.oneOf("instance.demand.distribution", d.Distribution, "constant", "exponential", "lognormal")
	c.duration("instance.demand.mean", Duration(d.MeanNs), time.Microsecond, time.Hour)
	if d.Distribution == "lognormal" {
		c.between("instance.demand.cv", d.CV, 0.001, 100)
	} else {
		c.that(d.CV == 0, "instance.demand.cv", "belongs to distribution: lognormal, not %s", d.Distribution)
	}
}

// check holds the rules of an override.
func (o *Override) check(c *checker, at string) {
	c.that(len(o.Instances) > 0, at+".instances", `wants which instances, such as "3" or "2-4"`)
	if o.CPUs != nil {
		checkCPUs(c, at+".cpus", *o.CPUs)
	}
	c.that(o.Slow == 0 || o.Slow >= 0.001 && o.Slow <= 1000, at+".slow", "wants a factor of 0.001 to 1000 on every demand, not %v", o.Slow)
	c.whole(at+".weight", o.Weight, 0, 65_535)
	if o.MaxFails != nil {
		c.whole(at+".max_fails", *o.MaxFails, 0, 1_000_000)
	}
	checkFailTimeout(c, at+".fail_timeout", o.FailTimeout)
	c.whole(at+".max_conns", o.MaxConns, 0, 1_000_000)
}

// check holds the rules of an event.
func (e *Event) check(c *checker, at string, duration Duration, tiers Table[Tier]) {
	c.that(e.At < duration, at+".at", "wants less than the duration %v, not %v", duration, e.At)
	if e.Tier != "" {
		e.checkTier(c, at, tiers)
	} else {
		c.whole(at+".instance", e.Instance, 1, instancesMost)
		c.oneOf(at+".do", e.Do, "slow", "stop", "pause", "vanish", "fail", "restart", "start")
	}
	if e.Do == "slow" {
		c.between(at+".factor", e.Factor, 0.001, 1000)
	} else {
		c.that(e.Factor == 0, at+".factor", "belongs to do: slow, not %s", e.Do)
	}
	c.that(e.Do != "restart" || e.For > 0, at+".for", "wants how long %s is away, above 0s", e.subject())
	c.that(e.Do != "start" || e.For == 0, at+".for", "start does not end; leave it out")
}

// subject is what the event happens to, as a message names it.
func (e *Event) subject() string {
	if e.Tier != "" {
		return "the tier"
	}
	return "the instance"
}

// checkTier holds the rules of an event that is about a tier.
func (e *Event) checkTier(c *checker, at string, tiers Table[Tier]) {
	t, k := tiers.Find(e.Tier)
	if k < 0 {
		known := "there are none"
		if len(tiers) > 0 {
			known = "there is " + strings.Join(tiers.Names(), ", ")
		}
		c.that(false, at+".tier", "there is no tier %s; %s", strict.Quote(e.Tier), known)
		return
	}
	c.whole(at+".instance", e.Instance, 0, t.Instances)
	c.oneOf(at+".do", e.Do, "slow", "stop", "pause", "restart", "start")
}
