package sim

import (
	"encoding/json"
	"sort"
	"time"

	"pgregory.net/rapid"

	"github.com/k9mil/velocitas/scenarios"
	"github.com/k9mil/velocitas/scenarios/balancing"
)

const (
	milli  = scenarios.Duration(time.Millisecond)
	second = scenarios.Duration(time.Second)
)

// randomScenario draws a valid scenario from everything that the simulator
// knows, in sizes of which a replication takes milliseconds.
func randomScenario(t *rapid.T) *scenarios.Scenario {
	s := scenarios.Default()
	s.Name, s.Seed = "random", rapid.Uint64Range(0, 1<<40).Draw(t, "seed")
	s.Duration = scenarios.Duration(rapid.IntRange(100, 4000).Draw(t, "ms")) * milli
	s.Speed = rapid.SampledFrom([]float64{1, 1, 0.5, 7}).Draw(t, "speed")
	s.MaxReplications = s.Replications
	n := rapid.IntRange(1, 6).Draw(t, "instances")
	s.Instances = scenarios.Sizes{n}
	randomLoad(t, s)
	randomBalancer(t, &s.Balancer)
	if rapid.Bool().Draw(t, "service") {
		s.Instance.CPUs = pick(t, "cpus", 0, 0.05, 0.5, 1.7)
		randomService(t, s)
	} else {
		randomInstance(t, &s.Instance)
	}
	s.Network.Client, s.Network.Inside = pick(t, "client network", 0, 0, milli), pick(t, "inside network", 0, 0, milli/10)
	randomHost(t, &s.Host)
	for range rapid.IntRange(0, 2).Draw(t, "overrides") {
		s.Overrides = append(s.Overrides, randomOverride(t, s.Balancer.Policy, n))
	}
	for range rapid.IntRange(0, 4).Draw(t, "events") {
		s.Events = append(s.Events, randomEvent(t, s.Duration, n, s.Tiers))
	}
	data, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	if s, err = scenarios.Resolved("random", data); err != nil {
		t.Skip(err) // all are backups, or locks in two orders: rapid draws another
	}
	return s
}

// pick draws one of a few values.
func pick[T any](t *rapid.T, name string, of ...T) T { return rapid.SampledFrom(of).Draw(t, name) }

func randomLoad(t *rapid.T, s *scenarios.Scenario) {
	l := &s.Load
	switch pick(t, "load", "open", "shape", "trace", "closed") {
	case "open":
		l.Kind, l.Arrivals = "open", pick(t, "arrivals", "poisson", "constant")
		l.RatePerInstance = pick(t, "rate", 5.0, 50, 400)
	case "shape":
		l.Kind, l.Arrivals, l.Rate = "open", "poisson", pick(t, "rate", 20.0, 200)
		l.Shape = randomShape(t, s.Duration)
	case "trace":
		l.Kind, l.Arrivals = "open", "trace"
		l.TraceS = rapid.SliceOfN(rapid.Float64Range(0, 2), 1, 300).Draw(t, "trace")
		sort.Float64s(l.TraceS)
	case "closed":
		l.Kind, l.ClientsPerInstance = "closed", pick(t, "clients", 1, 4, 40)
		if l.Think = pick(t, "think", 0, milli, 50*milli); l.Think > 0 {
			l.ThinkDistribution = pick(t, "thinking", "constant", "exponential")
		}
	}
	l.KeepAlive = rapid.Bool().Draw(t, "keep-alive")
	l.Networks, l.HashKeys = pick(t, "networks", 1, 10, 300), pick(t, "keys", 1, 10, 300)
	l.Timeout = pick(t, "timeout", 0, 0, 3*milli, 80*milli, second)
	l.RetryErrors = rapid.Bool().Draw(t, "retry errors")
	if l.Timeout == 0 && !l.RetryErrors {
		return
	}
	l.RetryBudget = pick(t, "retry budget", scenarios.Share(0), 0, 0.2)
	l.Retries = pick(t, "retries", 1, 2, 5, 400)
	l.Backoff, l.BackoffFactor = pick(t, "back-off", 0, milli, 100*milli), pick(t, "factor", 1, 2.5)
}

func randomShape(t *rapid.T, duration scenarios.Duration) *scenarios.Shape {
	d := duration
	return pick(t, "shape",
		&scenarios.Shape{Kind: "steps", Steps: []scenarios.RateStep{{At: d / 4, Factor: 3}, {At: d / 2, Factor: 0}, {At: d / 4 * 3, Factor: 1}}},
		&scenarios.Shape{Kind: "ramp", From: 0, To: 4, Start: 0, End: d / 2},
		&scenarios.Shape{Kind: "ramp", From: 3, To: 0, Start: d / 8, End: d / 2},
		&scenarios.Shape{Kind: "sine", Period: d / 3, Amplitude: 1},
		&scenarios.Shape{Kind: "flash", At: d / 4, Factor: 6, Rise: 0, Hold: d / 8, Fall: d / 8},
	)
}

func randomBalancer(t *rapid.T, b *scenarios.Balancer) {
	b.Policy = rapid.SampledFrom(balancing.Names()).Draw(t, "policy")
	b.Workers = pick(t, "workers", 1, 1, 3)
	b.Accept = pick(t, "accept", "exclusive", "reuseport")
	b.MaxFails = pick(t, "max_fails", 0, 1, 3)
	b.FailTimeout = pick(t, "fail_timeout", 0, second, 10*second)
	conditions := []string{"error", "timeout", "http_503", "http_502", "http_500", "http_504", "non_idempotent"}
	if b.NextUpstream = conditions[:rapid.IntRange(0, len(conditions)).Draw(t, "conditions")]; len(b.NextUpstream) == 0 {
		b.NextUpstream = []string{"off"}
	}
	b.NextUpstreamTries = pick(t, "tries", 0, 1, 2)
	b.NextUpstreamTimeout = pick(t, "next timeout", 0, 20*milli)
	b.ConnectTimeout = pick(t, "connect timeout", milli, 100*milli, 60*second)
	b.ReadTimeout = pick(t, "read timeout", milli, 30*milli, 60*second, 60*second, 60*second)
	b.WorkerConnections = pick(t, "connections", 4, 7, 64, 4096, 4096, 4096)
	b.Backlog = pick(t, "backlog", 1, 4, 511)
	b.Cost.Profile, b.Cost.Ns = rapid.Bool().Draw(t, "profile's cost"), pick(t, "cost", 0, int64(milli))
	b.Connect.Profile, b.Connect.Ns = rapid.Bool().Draw(t, "profile's connect"), pick(t, "connect", 0, int64(3*milli))
	if b.Policy != "resolve" {
		b.Zone = rapid.Bool().Draw(t, "zone")
		b.MaxConns = pick(t, "max_conns", 0, 0, 1, 5)
		b.Keepalive = pick(t, "keepalive", 0, 1, 32)
	}
}

func randomInstance(t *rapid.T, in *scenarios.Instance) {
	in.Keys = pick(t, "keys", 10, 1000, 10_000)
	in.Write = pick(t, "write", "transaction", "batch")
	in.CPUs = pick(t, "cpus", 0, 0.05, 0.5, 1.7)
	in.Period = pick(t, "period", 5*milli, 100*milli)
	in.Threads = pick(t, "threads", 1, 2, 4)
	in.MaxInside = pick(t, "max_inside", 0, 0, 1, 6)
	if in.Discipline = pick(t, "discipline", "ps", "fifo"); in.Discipline == "fifo" {
		in.Servers = pick(t, "servers", 1, 2, 5)
	}
	in.Background = pick(t, "background", "profile", "none")
	in.Store = pick(t, "store", "empty", "used")
	if in.Demand.Profile = rapid.Bool().Draw(t, "profile's demand"); in.Demand.Profile {
		return
	}
	in.Background = "none"
	in.Demand.MeanNs = pick(t, "mean", int64(time.Microsecond), int64(time.Millisecond), int64(20*time.Millisecond))
	if in.Demand.Distribution = pick(t, "distribution", "constant", "exponential", "lognormal"); in.Demand.Distribution == "lognormal" {
		in.Demand.CV = 2
	}
}

func randomHost(t *rapid.T, h *scenarios.Host) {
	h.Count = pick(t, "hosts", 1, 1, 2, 3)
	h.Cores = pick(t, "cores", 0, 0.3, 1, 2.5)
	h.Speed = pick(t, "speed of hosts", nil, nil, &scenarios.HostSpeed{CV: 0.3, CorrelationTime: 20 * milli})
	h.Balancer, h.Generator = pick(t, "balancer on", "shared", "own"), pick(t, "generator on", "shared", "own")
}

func randomOverride(t *rapid.T, policy string, n int) scenarios.Override {
	o := scenarios.Override{Instances: scenarios.Numbers{rapid.IntRange(1, n).Draw(t, "which")}}
	if cpus := pick(t, "its cpus", 0, 0.1, 1); rapid.Bool().Draw(t, "has cpus") {
		o.CPUs = &cpus
	}
	o.Slow = pick(t, "slow", 0, 0.5, 3)
	if policy == "resolve" {
		return o
	}
	o.Weight = pick(t, "weight", 0, 2, 7)
	if fails := pick(t, "its max_fails", 0, 2); rapid.Bool().Draw(t, "has max_fails") {
		o.MaxFails = &fails
	}
	o.FailTimeout = pick(t, "its fail_timeout", 0, second)
	o.MaxConns = pick(t, "its max_conns", 0, 1, 3)
	o.Backup = (policy == "round_robin" || policy == "least_conn") && rapid.Bool().Draw(t, "backup")
	o.Down = pick(t, "down", false, false, false, true)
	return o
}

func randomEvent(t *rapid.T, duration scenarios.Duration, n int, tiers scenarios.Table[scenarios.Tier]) scenarios.Event {
	ev := scenarios.Event{
		At:       scenarios.Duration(rapid.Int64Range(0, int64(duration)-1).Draw(t, "at")),
		Instance: rapid.IntRange(1, n).Draw(t, "whom"),
		Do:       pick(t, "do", "slow", "stop", "pause", "restart", "start", "fail"),
	}
	if len(tiers) > 0 && rapid.Bool().Draw(t, "of a tier") {
		tier := pick(t, "which tier", tiers...)
		ev.Tier, ev.Instance = tier.Name, rapid.IntRange(0, tier.Is.Instances).Draw(t, "which of it")
	}
	if ev.Do == "fail" && ev.Tier != "" {
		ev.Do = "stop"
	}
	if ev.Do == "slow" {
		ev.Factor = pick(t, "factor", 0.3, 4)
	}
	if ev.Do == "restart" || ev.Do != "start" && rapid.Bool().Draw(t, "ends") {
		ev.For = pick(t, "for", milli, 300*milli)
	}
	return ev
}
