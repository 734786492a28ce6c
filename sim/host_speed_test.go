package sim

import (
	"math"
	"testing"

	"github.com/k9mil/velocitas/sim/random"
)

// The process has mean 1, the coefficient of variation that is stated, and the
// autocorrelation of a lognormal process: that of its logarithm is exp(-t/τ). With
// n steps of τ/4 each there are some n/8 independent values.
func TestHostSpeedMoments(t *testing.T) {
	const cv, n = 0.3, 2_000_000
	w := swing{sd: math.Sqrt(math.Log(1 + cv*cv)), tauNs: 4_000_000}
	h := host{speed: hostSpeed{swinger: w.start(random.New(1, 0, "host speed", 0), w.stepNs()), stepNs: w.stepNs()}}
	values := make([]float64, n)
	mean := 0.0
	for i := range values {
		values[i] = h.slowness(int64(i) * w.stepNs())
		mean += values[i] / n
	}
	se := cv * math.Sqrt(8.0/n)
	if math.Abs(mean-1) > 4*se {
		t.Errorf("mean %.5f, want 1 ± %.5f", mean, 4*se)
	}
	for _, lag := range []int{0, 1, 4, 8} {
		sum := 0.0
		for i := lag; i < n; i++ {
			sum += (values[i] - 1) * (values[i-lag] - 1) / float64(n-lag)
		}
		want := math.Exp(w.sd*w.sd*math.Exp(-float64(lag)/4)) - 1
		if math.Abs(sum/want-1) > 0.03 {
			t.Errorf("covariance after %d steps %.5f, want %.5f", lag, sum, want)
		}
	}
}

// What begins takes as long as the host is slow: where there is a core for everybody
// the response is the CPU time, in the instance as in a tier of the same host.
func TestHostSpeedStretches(t *testing.T) {
	const host = "load: {rate: 50}\nhost: {cores: 64, speed: {cv: 30%, correlation_time: 20ms}}\n"
	sigma := math.Sqrt(math.Log(1.09))
	for where, text := range map[string]string{
		"service": "service: {requests: {get: {steps: [cpu: 10ms]}}}\n",
		"tier":    "service: {requests: {get: {steps: [call: db.q]}}}\ntiers: {db: {host: shared, operations: {q: 10ms}}}\n",
	} {
		t.Run(where, func(t *testing.T) {
			serviceAgrees(t, statedSystem(t, host+text), 100_000, 0.5, meanResponse(1), quantile(0.9, math.Exp(1.2815515655*sigma-sigma*sigma/2)))
		})
	}
}
