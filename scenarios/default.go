package scenarios

import "time"

// Default is a scenario in which everything but the load has its default:
// nginx's own where nginx has one (Debian's for worker_connections).
func Default() *Scenario {
	const s, ms = Duration(time.Second), Duration(time.Millisecond)
	return &Scenario{
		Seed:         1,
		Instances:    Sizes{1, 2, 3, 4},
		Profile:      "reference",
		Speed:        1,
		Duration:     60 * s,
		WarmUp:       WarmUp{Auto: true},
		Replications: 8,
		Precision:    0.05,
		Load:         Load{Networks: 256, HashKeys: 1000},
		Balancer: Balancer{
			Policy: "round_robin", Workers: 1, Accept: "exclusive",
			MaxFails: 1, FailTimeout: 10 * s,
			NextUpstream:   []string{"error", "timeout"},
			ConnectTimeout: 60 * s, ReadTimeout: 60 * s,
			WorkerConnections: 768, Backlog: 511,
			Cost: Cost{Profile: true, Auto: true}, Connect: Cost{Profile: true, Auto: true},
		},
		Instance: Instance{
			Keys: 10_000, Write: "transaction", Demand: Demand{Profile: true},
			Discipline: "ps", Servers: 1, Period: 100 * ms, Threads: 1,
			Store: "used",
		},
		Host: Host{Count: 1, Balancer: "own", Generator: "own"},
	}
}

// complete fills in the defaults that depend on what was given.
func (s *Scenario) complete() {
	s.completeService()
	if s.MaxReplications == 0 {
		s.MaxReplications = max(32, s.Replications)
	}
	if s.Instance.Background == "" {
		s.Instance.Background = "none" // what is stated replaces the store
		if s.Instance.Demand.Profile {
			s.Instance.Background = "profile"
		}
	}
	for _, c := range []*Cost{&s.Balancer.Cost, &s.Balancer.Connect} {
		if c.Auto { // what is stated takes nothing of a profile unasked
			*c = Cost{Profile: s.Instance.Demand.Profile}
		}
	}
	s.Load.complete()
}

// UsesProfile tells whether any cost is the profile's.
func (s *Scenario) UsesProfile() bool {
	return s.Instance.Demand.Profile || s.Instance.Background == "profile" || s.Balancer.Cost.Profile || s.Balancer.Connect.Profile ||
		s.Host.Generator == "shared"
}

func (l *Load) complete() {
	if l.Kind == "" && (l.Clients != 0 || l.ClientsPerInstance != 0) {
		l.Kind = "closed"
	}
	if l.Kind == "" && (l.Rate != 0 || l.RatePerInstance != 0 || l.Trace != "" || l.TraceS != nil) {
		l.Kind = "open"
	}
	if l.Kind == "open" && l.Arrivals == "" {
		l.Arrivals = "poisson"
		if l.Trace != "" || l.TraceS != nil {
			l.Arrivals = "trace"
		}
	}
	if l.Kind == "closed" && l.Think > 0 && l.ThinkDistribution == "" {
		l.ThinkDistribution = "exponential"
	}
	if l.Retries > 0 && l.BackoffFactor == 0 {
		l.BackoffFactor = 1
	}
}
