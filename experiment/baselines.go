package experiment

import (
	"math"
	"sort"

	"gonum.org/v1/gonum/mathext"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/model/queueing"
)

// Baseline is what a simpler method predicts from the same sizes.
type Baseline struct {
	Method    string  `json:"method"`
	Instances int     `json:"instances"`
	Metric    string  `json:"metric"`
	Predicted float64 `json:"predicted"`
	// Error is predicted over measured, less 1.
	Error float64 `json:"error"`
}

// Methods are the baselines: what one would do without a simulator.
var Methods = []string{"straight line", "USL", "M/M/c"}

// Baselines are what all Methods predict of a sample from the calibrated ones, two
// sizes of the same load. What a method says nothing about is left out. With
// corrected each gets the correction for the speed of the machine that the
// simulator gets: the CPU time of a request in the very sample.
func Baselines(calibrated []*Sample, of *Sample, corrected bool) []Baseline {
	cost := func(s *Sample) float64 {
		if corrected {
			return s.CPUMs
		}
		return 1
	}
	at := meansOf(calibrated, cost)
	var all []Baseline
	for _, method := range []struct {
		name      string
		predicted curvePoint
	}{
		{Methods[0], at.line(float64(of.instances())).atCost(cost(of))},
		{Methods[1], at.usl(of).atCost(cost(of))},
		{Methods[2], mmc(serviceRps(calibrated, cost)/cost(of), of)},
	} {
		for _, m := range baselineMetrics {
			said, measured := method.predicted[m.Name], m.of(of.Measured).Value
			if said > 0 && !math.IsInf(said, 0) && measured > 0 {
				all = append(all, Baseline{method.name, of.instances(), m.Name, said, said/measured - 1})
			}
		}
	}
	return all
}

// baselineMetrics are what baselines predict.
var baselineMetrics = append([]metric{{"mean", "ms", func(p *model.Point) *model.Estimate { return &p.LatencyMs.Mean }}}, metrics...)

// curvePoint has a value for each metric that is known.
type curvePoint map[string]float64

// atCost is what a point at a cost of 1 is at another.
func (p curvePoint) atCost(cost float64) curvePoint {
	q := curvePoint{}
	for metric, v := range p {
		q[metric] = v * cost
		if metric == "throughput" {
			q[metric] = v / cost
		}
	}
	return q
}

// sizes are the mean figures of the two calibrated sizes, at a cost of 1.
type sizes struct {
	n  [2]float64
	at [2]curvePoint
}

func meansOf(calibrated []*Sample, cost func(*Sample) float64) sizes {
	s := sizes{n: [2]float64{math.Inf(1), math.Inf(-1)}, at: [2]curvePoint{{}, {}}}
	for _, c := range calibrated {
		s.n[0], s.n[1] = min(s.n[0], float64(c.instances())), max(s.n[1], float64(c.instances()))
	}
	var count [2]float64
	for _, c := range calibrated {
		i := 0
		if float64(c.instances()) == s.n[1] {
			i = 1
		}
		count[i]++
		for _, m := range baselineMetrics {
			v := m.of(c.Measured).Value / cost(c)
			if m.Name == "throughput" {
				v = m.of(c.Measured).Value * cost(c)
			}
			s.at[i][m.Name] += v
		}
	}
	for i := range s.at {
		for metric := range s.at[i] {
			s.at[i][metric] /= count[i]
		}
	}
	return s
}

// line goes straight on through both sizes; what it predicts stays above zero.
func (s sizes) line(n float64) curvePoint {
	p := curvePoint{}
	for metric, one := range s.at[0] {
		slope := (s.at[1][metric] - one) / (s.n[1] - s.n[0])
		p[metric] = math.Max(one/100, one+(n-s.n[0])*slope)
	}
	return p
}

// usl is the Universal Scalability Law through both sizes. Two points fix two
// parameters, so κ is none. The mean latency is by Little's law, and quantiles are
// in their proportion to it with the larger size.
func (s sizes) usl(of *Sample) curvePoint {
	n1, n2, x1, x2 := s.n[0], s.n[1], s.at[0]["throughput"], s.at[1]["throughput"]
	// X(n) = λ n / (1 + σ (n - 1)) at both, with σ at least 0.
	sigma := math.Max(0, (n2*x1-n1*x2)/(n1*x2*(n2-1)-n2*x1*(n1-1)))
	lambda := x1 * (1 + sigma*(n1-1)) / n1
	n := float64(of.instances())
	x := lambda * n / (1 + sigma*(n-1))
	mean := s.at[1]["mean"] // an open load has no number of clients
	if k := of.clients(); k > 0 && !of.thinks() {
		mean = float64(k) / x * 1e3
	}
	p := curvePoint{"throughput": x, "mean": mean}
	for _, m := range metrics[1:] {
		p[m.Name] = mean / s.at[1]["mean"] * s.at[1][m.Name]
	}
	return p
}

// clients are those of a closed load; 0 in an open one.
func (s *Sample) clients() int {
	l := s.Scenario.Load
	if s.open() {
		return 0
	}
	return l.ClientsAt(s.instances())
}

func (s *Sample) thinks() bool { return s.Scenario.Load.Think > 0 }

// serviceRps is how many requests a second one instance answers, at a cost of 1:
// from the throughput of a closed load whose clients do not think, else the rate
// that explains the mean latency.
func serviceRps(calibrated []*Sample, cost func(*Sample) float64) float64 {
	var rates []float64
	for _, s := range calibrated {
		rate := s.Measured.ThroughputRps.Value / float64(s.instances())
		if s.open() || s.thinks() {
			rate = solveRate(s)
		}
		rates = append(rates, rate*cost(s))
	}
	mean, _ := Speed(rates)
	return mean
}

// solveRate is the service rate at which M/M/c has a sample's mean latency.
func solveRate(s *Sample) float64 {
	lo, hi := 1e-3, 1e6
	for range 100 {
		mid := math.Sqrt(lo * hi)
		mean, ok := mmc(mid, s)["mean"]
		if !ok || mean > s.Measured.LatencyMs.Mean.Value {
			lo = mid
		} else {
			hi = mid
		}
	}
	return hi
}

// mmc is M/M/c: one queue before all instances, and exponential demand. Of a load
// that it cannot bear it says nothing.
func mmc(rate float64, s *Sample) curvePoint {
	if s.clients() > 0 && !s.thinks() {
		return closedMMC(rate, s.instances(), s.clients())
	}
	x := s.Measured.OfferedRps
	if s.thinks() {
		x = queueing.Repairman{Clients: s.clients(), ThinkS: s.Scenario.Load.Think.Std().Seconds(), ServiceS: 1 / rate, Instances: s.instances()}.ThroughputRps()
	}
	q := queueing.MMc{ArrivalRps: x, ServiceRps: rate, Instances: s.instances()}
	if q.Utilisation() >= 1 {
		return nil // it sees no steady state
	}
	ms := func(share float64) float64 { return q.ResponseQuantileS(share) * 1e3 }
	p := curvePoint{"mean": q.ResponseMeanS() * 1e3, "p50": ms(0.5), "p95": ms(0.95), "p99": ms(0.99)}
	if s.thinks() {
		p["throughput"] = x
	}
	return p
}

// closedMMC is the same with clients that do not think. With at least as many as
// instances a request waits for as many departures as clients are too many, which
// come at the rate of all instances, and is then served.
func closedMMC(rate float64, instances, clients int) curvePoint {
	all := rate * float64(min(instances, clients))
	waits := max(0, clients-instances)
	tail := func(t float64) float64 { return erlangPlusExponential(waits, all, rate, t) }
	ms := func(q float64) float64 {
		return 1e3 * float64(sort.Search(1e7, func(i int) bool { return tail(float64(i)*1e-4) <= 1-q })) * 1e-4
	}
	return curvePoint{"throughput": all, "mean": 1e3 * float64(clients) / all, "p50": ms(0.5), "p95": ms(0.95), "p99": ms(0.99)}
}

// erlangPlusExponential is the probability that k exponential times of rate a
// and one of rate b together exceed t: integrated over the last.
func erlangPlusExponential(k int, a, b, t float64) float64 {
	const steps, most = 400, 40 // what is longer than 40 means does not count
	sum, top := math.Exp(-b*t), math.Min(t, most/b)
	for i := range steps {
		u := top * (float64(i) + 0.5) / steps
		sum += b * math.Exp(-b*u) * erlangTail(k, a, t-u) * top / steps
	}
	return sum
}

// erlangTail is the probability that fewer than k arrivals of rate a come in t.
func erlangTail(k int, a, t float64) float64 {
	if k == 0 {
		return 0
	}
	return mathext.GammaIncRegComp(float64(k), a*t)
}
