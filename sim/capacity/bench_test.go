package capacity

import "testing"

// hundred is a service of about a hundred instances on many hosts, with the
// reference profile.
const hundred = `
load: {rate: 100}
balancer: {workers: 8, zone: true, worker_connections: 10000, backlog: 4096}
instance: {keys: 1000, cpus: 0.5}
host: {count: 20, cores: 8}
`

func BenchmarkPlan100(b *testing.B) {
	for b.Loop() {
		a, err := Plan(b.Context(), Question{In: input(b, hundred), RateRps: 4000, Max: 300,
			Objectives: []Objective{{Metric: P99, Limit: 300}, {Metric: Errors, Limit: 0.001}}})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(a.Instances), "instances")
		b.Log(a.Evidence)
	}
}
