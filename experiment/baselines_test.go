package experiment

import (
	"math"
	"testing"
	"time"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/model/queueing"
	"github.com/k9mil/velocitas/scenarios"
)

// sampleOf is a size that was measured at so many requests a second and means in
// milliseconds.
func sampleOf(n int, l scenarios.Load, x, meanMs float64) *Sample {
	s := scenarios.Default()
	s.Load = l
	m := &model.Point{Instances: n, ThroughputRps: model.Exactly(x), OfferedRps: x, CPUMsPerRequest: 25}
	m.LatencyMs = model.Latency{Mean: model.Exactly(meanMs), P50: model.Exactly(meanMs), P95: model.Exactly(2 * meanMs), P99: model.Exactly(3 * meanMs)}
	return &Sample{Measured: m, CPUMs: m.CPUMsPerRequest, Scenario: s}
}

// On a system that is a straight line, line and USL are right in all they say, and
// M/M/c in throughput and mean: an instance answers 10 a second, so Little has 2
// clients wait for 200 ms each, whatever the size.
func TestBaselines(t *testing.T) {
	closed := scenarios.Load{Kind: "closed", ClientsPerInstance: 2}
	calibrated := []*Sample{sampleOf(1, closed, 10, 200), sampleOf(2, closed, 20, 200)}
	of := sampleOf(5, closed, 50, 200)
	said := map[string]int{}
	for _, b := range Baselines(calibrated, of, false) {
		said[b.Method]++
		if b.Method == "M/M/c" && b.Metric != "throughput" && b.Metric != "mean" {
			continue // exponential demand has other quantiles
		}
		if math.Abs(b.Error) > 1e-6 || b.Instances != 5 {
			t.Errorf("%+v: want what was measured", b)
		}
	}
	for _, method := range Methods {
		if said[method] != 5 {
			t.Errorf("%s says %d figures, want throughput, mean and three quantiles", method, said[method])
		}
	}
}

// Corrected for a machine that was twice as slow in the sample, all are right
// again; uncorrected none is.
func TestBaselinesCorrected(t *testing.T) {
	closed := scenarios.Load{Kind: "closed", ClientsPerInstance: 2}
	calibrated := []*Sample{sampleOf(1, closed, 10, 200), sampleOf(2, closed, 20, 200)}
	of := sampleOf(4, closed, 20, 400)
	of.CPUMs *= 2
	for _, corrected := range []bool{true, false} {
		for _, b := range Baselines(calibrated, of, corrected) {
			if b.Metric != "throughput" && b.Metric != "mean" {
				continue
			}
			if right := math.Abs(b.Error) < 1e-6; right != corrected {
				t.Errorf("corrected %v: %+v", corrected, b)
			}
		}
	}
}

// The law goes through both calibrated sizes, whichever they are.
func TestUSLMeetsItsPoints(t *testing.T) {
	closed := scenarios.Load{Kind: "closed", ClientsPerInstance: 2}
	for _, sizes := range [][2]int{{1, 2}, {2, 4}, {1, 8}} {
		x := func(n int) float64 { return 7 * float64(n) / (1 + 0.15*float64(n-1)) }
		calibrated := []*Sample{sampleOf(sizes[0], closed, x(sizes[0]), 100), sampleOf(sizes[1], closed, x(sizes[1]), 100)}
		for _, n := range []int{sizes[0], sizes[1], 16} {
			for _, b := range Baselines(calibrated, sampleOf(n, closed, x(n), 100), false) {
				if b.Method == "USL" && b.Metric == "throughput" && math.Abs(b.Error) > 1e-9 {
					t.Errorf("calibrated on %v: %+v, want %.3f", sizes, b, x(n))
				}
			}
		}
	}
}

// Where nobody waits, the closed M/M/c is the exponential distribution; with
// one instance and K clients it is the Erlang distribution of K stages. A thousand
// clients do not underflow.
func TestClosedMMC(t *testing.T) {
	const rate = 10.0
	for _, test := range []struct {
		instances, clients int
		tail               func(t float64) float64
	}{
		{4, 4, func(t float64) float64 { return math.Exp(-rate * t) }},
		{4, 2, func(t float64) float64 { return math.Exp(-rate * t) }},
		{1, 3, func(t float64) float64 { return erlangTail(3, rate, t) }},
		{1, 8, func(t float64) float64 { return erlangTail(8, rate, t) }},
		{1, 1000, func(t float64) float64 { return erlangTail(1000, rate, t) }},
	} {
		p := closedMMC(rate, test.instances, test.clients)
		for metric, q := range map[string]float64{"p50": 0.5, "p95": 0.95, "p99": 0.99} {
			if got := 1 - test.tail(p[metric]/1e3); math.Abs(got-q) > 2e-3 {
				t.Errorf("%d instances, %d clients: %.1f ms is quantile %.4f, want %g", test.instances, test.clients, p[metric], got, q)
			}
		}
	}
}

// The rate that is solved for gives the mean latency asked for, in an open load and
// with clients that think.
func TestSolveRate(t *testing.T) {
	open := sampleOf(2, scenarios.Load{Kind: "open", Rate: 20}, 20, 300)
	rate := solveRate(open)
	if got := (queueing.MMc{ArrivalRps: 20, ServiceRps: rate, Instances: 2}).ResponseMeanS() * 1e3; math.Abs(got-300) > 0.01 {
		t.Errorf("mean %.3f ms at the rate solved for, want 300", got)
	}
	thinking := sampleOf(2, scenarios.Load{Kind: "closed", Clients: 3, Think: scenarios.Duration(50 * time.Millisecond)}, 20, 100)
	if got := mmc(solveRate(thinking), thinking)["mean"]; math.Abs(got-100) > 0.01 {
		t.Errorf("mean %.3f ms at the rate solved for, want 100", got)
	}
}
