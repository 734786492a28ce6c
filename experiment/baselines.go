package experiment

import (
	"slices"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/model/fit"
	"github.com/k9mil/velocitas/model/queueing"
	"github.com/k9mil/velocitas/scenarios"
)

// Baseline is what a simpler method predicts from the same two sizes.
type Baseline struct {
	Method    string  `json:"method"`
	Instances int     `json:"instances"`
	Metric    string  `json:"metric"`
	Predicted float64 `json:"predicted"`
	// Error is predicted over measured, less 1.
	Error float64 `json:"error"`
}

// baselines are the straight line and the Universal Scalability Law for the
// throughput, and M/M/c for the latency of an open load (M/M/c with finitely
// many clients for a closed one: its throughput and mean).
func baselines(v *Validation, asRun *scenarios.Scenario) []Baseline {
	var all []Baseline
	line, law := throughputLaws(v)
	for i := range v.Measured.Points {
		m := &v.Measured.Points[i]
		if slices.Contains(v.Calibrated, m.Instances) {
			continue
		}
		n := float64(m.Instances)
		all = append(all, against("straight line", "throughput", m, line(n), m.ThroughputRps.Value))
		if law != nil {
			all = append(all, against("USL", "throughput", m, law(n), m.ThroughputRps.Value))
		}
		all = append(all, queue(v, asRun, m)...)
	}
	return all
}

func against(method, metric string, m *model.Point, predicted, measured float64) Baseline {
	b := Baseline{Method: method, Instances: m.Instances, Metric: metric, Predicted: predicted}
	if measured > 0 {
		b.Error = predicted/measured - 1
	}
	return b
}

// throughputLaws go through the two calibrated sizes. With two points the USL
// has no room for coherency, so it is fitted with contention alone.
func throughputLaws(v *Validation) (line, usl func(n float64) float64) {
	var n, x []float64
	for _, p := range v.Measured.Points {
		if slices.Contains(v.Calibrated, p.Instances) {
			n, x = append(n, float64(p.Instances)), append(x, p.ThroughputRps.Value)
		}
	}
	slope := (x[1] - x[0]) / (n[1] - n[0])
	line = func(at float64) float64 { return x[0] + slope*(at-n[0]) }
	report, err := fit.Fit(fit.At("calibrated sizes", n, x), fit.Options{})
	if err != nil {
		return line, nil
	}
	for _, name := range []string{fit.USL, fit.Amdahl} {
		if law, ok := report.Law(name); ok {
			return line, law.Throughput
		}
	}
	return line, nil
}

// queue is M/M/c: instances are servers, each as fast as its CPU limit lets one
// request be.
func queue(v *Validation, asRun *scenarios.Scenario, m *model.Point) []Baseline {
	rate := serviceRps(v, asRun)
	l := asRun.Load
	if l.Kind == "closed" {
		clients := l.Clients + l.ClientsPerInstance*m.Instances
		q := queueing.Repairman{Clients: clients, Instances: m.Instances, ThinkS: l.Think.Std().Seconds(), ServiceS: 1 / rate}
		return []Baseline{
			against("M/M/c", "throughput", m, q.ThroughputRps(), m.ThroughputRps.Value),
			against("M/M/c", "mean", m, 1e3*q.ResponseMeanS(), m.LatencyMs.Mean.Value),
		}
	}
	q := queueing.MMc{Instances: m.Instances, ArrivalRps: m.OfferedRps, ServiceRps: rate}
	if q.Utilisation() >= 1 {
		return nil // it sees no steady state, and so predicts no latency
	}
	return []Baseline{
		against("M/M/c", "p50", m, 1e3*q.ResponseQuantileS(0.50), m.LatencyMs.P50.Value),
		against("M/M/c", "p95", m, 1e3*q.ResponseQuantileS(0.95), m.LatencyMs.P95.Value),
		against("M/M/c", "p99", m, 1e3*q.ResponseQuantileS(0.99), m.LatencyMs.P99.Value),
	}
}

// serviceRps is how many requests an instance answers a second, from the CPU
// time of a request in the smallest sizes.
func serviceRps(v *Validation, asRun *scenarios.Scenario) float64 {
	sum, n := 0.0, 0
	for _, p := range v.Measured.Points {
		if slices.Contains(v.Calibrated, p.Instances) && p.CPUMsPerRequest > 0 {
			sum += p.CPUMsPerRequest
			n++
		}
	}
	cores := asRun.Instance.CPUs
	if cores == 0 {
		cores = float64(max(1, asRun.Instance.Threads))
	}
	return cores * 1e3 * float64(n) / sum
}
