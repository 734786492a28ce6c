package sim

import (
	"math"
	"testing"
)

// Who waits for what takes an exponential time of mean 1 gives up after t with
// probability exp(-t), each class after its own time, and one after that of all.
func TestClassTimeouts(t *testing.T) {
	cfg := statedSystem(t, "load: {rate: 200, timeout: 20ms}\nservice:\n  requests:\n"+
		"    a: {share: 50%, timeout: 5ms, steps: [wait: "+expo(10)+"]}\n    b: {share: 30%, steps: [wait: "+expo(10)+"]}\n    c: {share: 20%, timeout: 10ms, steps: [wait: "+expo(10)+"]}\n")
	serviceAgrees(t, cfg, 200_000, 2, failing(0.5*math.Exp(-0.5)+0.3*math.Exp(-2)+0.2*math.Exp(-1)))
}

// Where every attempt times out, a budget of a fifth lets each request be tried 1.2
// times on average, however many retries one may have.
func TestRetryBudget(t *testing.T) {
	const load = "load: {rate: 100, timeout: 10ms, retries: 5, backoff: 1ms, retry_budget: 20%}\n"
	cfg := statedSystem(t, load+"service: {requests: {get: {steps: [wait: 1h]}}}\n")
	e, err := newEngine(cfg, 0, false)
	if err != nil {
		t.Fatal(err)
	}
	e.run(1000e9)
	requests, retries := float64(e.log.offered), float64(e.log.retries)
	if want := 0.2*requests + savedRetries; math.Abs(retries-want) > 2 {
		t.Errorf("%v retries of %v requests, want %v", retries, requests, want)
	}
}
