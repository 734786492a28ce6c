package capacity

import (
	"fmt"
	"math"
	"reflect"
	"testing"
	"time"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/model/queueing"
	"github.com/k9mil/velocitas/scenarios"
	"github.com/k9mil/velocitas/sim"
)

// input reads a scenario with its profile.
func input(tb testing.TB, yaml string) sim.Input {
	tb.Helper()
	s, err := scenarios.Parse("test.yaml", []byte(yaml))
	if err != nil {
		tb.Fatal(err)
	}
	p, err := model.LoadProfile(tb.Context(), s.Profile)
	if err != nil {
		tb.Fatal(err)
	}
	return sim.Input{Scenario: s, Profile: p, Version: "test"}
}

// textbook is a system that queueing theory solves: nothing but exponential
// demands of 10 ms costs anything.
const textbook = `
duration: 20s
load: {rate: 100}
balancer: {cost: 0s, connect: 0s, worker_connections: 1000000, policy: %s}
instance: {demand: {distribution: exponential, mean: 10ms}, discipline: fifo, servers: %d}
`

// gridCase is a question whose answer has a closed form.
type gridCase struct {
	policy  string
	servers int
	rate    float64
	metric  Metric
	q       float64
	limitMs float64
}

func (g gridCase) String() string {
	return fmt.Sprintf("%s, %d servers, %v/s, %s<%vms", g.policy, g.servers, g.rate, g.metric, g.limitMs)
}

// valueMs is the closed form: behind round robin an instance of one server is
// E_N/M/1, and behind a random choice one of c servers is M/M/c.
func (g gridCase) valueMs(n int) float64 {
	const mu = 100
	if g.rate >= float64(n*g.servers)*mu {
		return math.Inf(1)
	}
	if g.policy == "round_robin" {
		return 1000 * queueing.RoundRobin(n, g.rate/float64(n), mu).ResponseQuantileS(g.q)
	}
	return 1000 * queueing.MMc{ArrivalRps: g.rate / float64(n), ServiceRps: mu, Instances: g.servers}.ResponseQuantileS(g.q)
}

// answer is the least number of instances by the closed form, if there is one
// up to 50.
func (g gridCase) answer() int {
	for n := 1; n <= 50; n++ {
		if g.valueMs(n) <= g.limitMs {
			return n
		}
	}
	return 0
}

// errorOf bounds the relative standard error of the quantile that the
// simulation estimates with n instances. For the mean of M/M/1 over m requests
// it is sqrt(rho (2 + 5 rho - 4 rho² + rho³) / m) / (1-rho) (Daley, The serial
// correlation coefficients of waiting times in a stationary single server
// queue, 1968); a quantile of few adds that of so many independent ones.
func (g gridCase) errorOf(n int, seconds float64) float64 {
	rho := g.rate / float64(n*g.servers) / 100
	if rho >= 1 {
		return 0 // nothing to estimate: the backlog grows
	}
	m := g.rate * seconds
	of := rho * (2 + 5*rho - 4*rho*rho + rho*rho*rho) / (1 - rho) / (1 - rho)
	tail := g.q / (1 - g.q) / math.Pow(math.Log(1-g.q), 2)
	return math.Sqrt((of + tail) / m)
}

// decided tells whether the closed form lies at least four standard errors of
// all replications from the objective, at the answer and at the number below
// it. A number that is overloaded by less than 3 % is not decided: the backlog
// that it grows in 20 s may stay below the objective.
func (g gridCase) decided(n int) bool {
	const seconds = 100 * 15 // replications, less their warm-up
	if n == 0 {
		return false
	}
	for m := max(1, n-1); m <= n; m++ {
		if rho := g.rate / float64(m*g.servers) / 100; rho >= 1 && rho < 1.03 {
			return false
		}
		if math.Abs(g.valueMs(m)-g.limitMs) < 4*g.errorOf(m, seconds)*g.limitMs {
			return false
		}
	}
	return true
}

// gridSize is the number of cases that are tried.
const gridSize = 50

// grid is the first cases that are decided, of all combinations of parameters
// in an order that mixes them: each 77th, round and round.
func grid() (all []gridCase) {
	rates := []float64{90, 250, 500, 1000}
	stretch := []float64{1.3, 1.7, 2.5, 6} // of what a request takes alone
	metrics := []Metric{P50, P90, P95, P99}
	quantiles := []float64{0.5, 0.9, 0.95, 0.99}
	for k := 0; k < 256 && len(all) < gridSize; k++ {
		i := k * 77 % 256
		g := gridCase{"random", 1 << (i / 64), rates[i%4], metrics[i/4%4], quantiles[i/4%4], 0}
		if g.servers == 8 {
			g.policy, g.servers = "round_robin", 1
		}
		g.limitMs = math.Round(stretch[i/16%4] * 10 * -math.Log(1-g.q))
		if g.decided(g.answer()) {
			all = append(all, g)
		}
	}
	return all
}

func (g gridCase) question(tb testing.TB) Question {
	return Question{In: input(tb, fmt.Sprintf(textbook, g.policy, g.servers)), RateRps: g.rate, Max: 60, Confidence: 0.5, Window: 20 * time.Second, Replications: 100,
		Objectives: []Objective{{Metric: g.metric, Limit: g.limitMs}}}
}

func TestPlanAgreesWithTheory(t *testing.T) {
	all := grid()
	if len(all) != gridSize {
		t.Fatalf("the grid has %d cases, want %d", len(all), gridSize)
	}
	for i, g := range all {
		t.Run(fmt.Sprintf("%d %v", i, g), func(t *testing.T) {
			a, err := Plan(t.Context(), g.question(t))
			if err != nil {
				t.Fatal(err)
			}
			if want := g.answer(); a.Instances != want {
				t.Errorf("%d instances, want %d (%s): closed form %v with %d and %v with %d", a.Instances, want, a.Evidence,
					g.valueMs(want-1), want-1, g.valueMs(want), want)
			}
		})
	}
}

// fixed is a system without chance but for what the test is about: evenly
// spaced arrivals, constant demands of 10 ms.
const fixed = `
duration: 20s
load: {rate: 100, arrivals: constant}
balancer: {cost: 0s, connect: 0s, worker_connections: 1000000}
instance: {demand: 10ms, discipline: fifo}
`

func plan(t *testing.T, q Question) *Answer {
	t.Helper()
	a, err := Plan(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// Deterministic queues answer within their demand up to a utilisation of 1, so
// each case has an answer that can be worked out by hand.
func TestPlanCases(t *testing.T) {
	for _, c := range []struct {
		why     string
		peak    float64
		survive int
		want    int
	}{
		{"250/s want three instances of 100/s", 0, 0, 3},
		{"500/s at the peak want five", 2, 0, 5},
		{"after one of four stops, three are left", 0, 1, 4},
		{"after three of six stop, three are left", 0, 3, 6},
		{"the peak is not asked of what is left after the loss", 2, 1, 5},
	} {
		a := plan(t, Question{In: input(t, fixed), RateRps: 250, Peak: c.peak, Survive: c.survive, Max: 50,
			Objectives: []Objective{{Metric: P99, Limit: 30}, {Metric: Errors, Limit: 0.01}}})
		if a.Instances != c.want {
			t.Errorf("%s: %d (%s)", c.why, a.Instances, a.Evidence)
		}
	}
}

// A loss is real: what is inside the instance that stops fails or is tried
// again elsewhere. Without next_upstream the client sees it.
func TestLossIsSeen(t *testing.T) {
	for next, lost := range map[string]bool{"[error]": false, "[off]": true} {
		in := input(t, fixed)
		variants, err := Variants(t.Context(), in.Scenario, []string{"next_upstream=" + next})
		if err != nil {
			t.Fatal(err)
		}
		in.Scenario = variants[1].Scenario
		a := plan(t, Question{In: in, RateRps: 250, Survive: 1, Max: 4, Objectives: []Objective{{Metric: P50, Limit: 30}, {Metric: Errors, Limit: 0.5}}})
		for _, r := range a.Rows {
			for _, c := range r.Cases {
				if c.Case == "loss" && r.Instances == 4 && (c.ErrorRate.Value > 0) != lost {
					t.Errorf("next_upstream %s: %v of requests fail", next, c.ErrorRate)
				}
				if c.Case == "rate" && c.ErrorRate.Value != 0 {
					t.Errorf("next_upstream %s: %v fail without a loss", next, c.ErrorRate)
				}
			}
		}
	}
}

// Where no number does, the reason is the one that matters.
func TestPlanSaysWhyNone(t *testing.T) {
	for _, c := range []struct {
		why   string
		q     Question
		yaml  string
		wants string
	}{
		{"a request alone takes longer", Question{RateRps: 50, Max: 20, Objectives: []Objective{{Metric: P50, Limit: 9}}}, fixed,
			"one request alone takes 10 ms (p50)"},
		{"too little CPU", Question{RateRps: 5000, Max: 20, Objectives: []Objective{{Metric: P50, Limit: 90}}}, fixed,
			"the CPU of 20 instances can do 2000 requests a second at most, of 5000"},
		{"the host is full", Question{RateRps: 400, Max: 20, Objectives: []Objective{{Metric: P95, Limit: 90}}}, fixed + "host: {cores: 2}\n",
			"the host is the limit: 2 cores can do 200 requests a second at most, of 400"},
	} {
		c.q.In = input(t, c.yaml)
		a := plan(t, c.q)
		if a.Instances != 0 || a.Limit != c.wants {
			t.Errorf("%s: %d, %s", c.why, a.Instances, a.Limit)
		}
	}
}

// Replications are the same however they are asked for.
func TestSampleInParts(t *testing.T) {
	in := input(t, fmt.Sprintf(textbook, "random", 1))
	var figures [2][]sim.Replication
	for i, parts := range [][]int{{7}, {1, 3, 7}} {
		s, err := sim.NewSample(t.Context(), in, 3)
		if err != nil {
			t.Fatal(err)
		}
		for _, to := range parts {
			if err := s.Grow(t.Context(), to); err != nil {
				t.Fatal(err)
			}
		}
		figures[i] = s.Replications()
	}
	if !reflect.DeepEqual(figures[0], figures[1]) {
		t.Errorf("%v and %v", figures[0], figures[1])
	}
}

// Who was not tried takes over what the fewest found of those that are near enough
// and not overloaded, in proportion to the number of instances; twice as much of
// those that have more than a twentieth more.
func TestSharedWarmUp(t *testing.T) {
	q := Question{In: input(t, "load: {rate: 100}"), RateRps: 4000, Max: 300, Objectives: []Objective{{Metric: P99, Limit: 300}}}
	s := &search{q: q}
	for n, cut := range map[int]time.Duration{90: 9 * time.Second, 100: time.Second, 104: 2 * time.Second, 200: 3 * time.Second} {
		tried := s.at(n).cases[0].trial
		tried.made, tried.cut, tried.found, tried.point.Verdict = 4, cut, true, model.Stable
		if n == 90 {
			tried.point.Verdict = model.Saturated
		}
	}
	for n, want := range map[int]time.Duration{
		76: 0, 80: 3 * time.Second, 94: 3 * time.Second, 96: time.Second, 104: 0, 125: 1250 * time.Millisecond,
		190: 1900 * time.Millisecond, 200: 0, 208: 4 * time.Second, 300: 4500 * time.Millisecond, 420: 0,
	} {
		r := s.at(n)
		s.shareWarmUp(r, 0)
		if got := r.cases[0].trial.in.Scenario.WarmUp; got.For.Std() != want || got.Auto != (want == 0) {
			t.Errorf("%d instances: %+v, want %v", n, got, want)
		}
	}
}

// Where to look next in a bracket: where the figures at its ends say that the
// limit is met, by their logarithms, and in the middle where they say nothing.
func TestBetween(t *testing.T) {
	objectives := []Objective{{Metric: P99, Limit: 300}, {Metric: Errors, Limit: 0.001}}
	for _, c := range []struct {
		low, high  int
		p99s       [2]float64 // at both
		want       int
		onlyErrors bool
	}{
		{80, 120, [2]float64{600, 150}, 100, false},  // twice and half the limit
		{80, 110, [2]float64{599, 75}, 90, false},    // a third of the way
		{80, 110, [2]float64{303, 75}, 81, false},    // a miss by a hair: next to it
		{80, 110, [2]float64{3000, 299}, 109, false}, // and kept by one
		{80, 110, [2]float64{200, 75}, 95, false},    // missed for its backlog
		{80, 110, [2]float64{600, 300}, 109, false},  // the limit itself is kept
		{80, 110, [2]float64{math.Inf(1), 75}, 95, false},
		{80, 110, [2]float64{600, 75}, 95, true}, // of no errors at all there is no logarithm
	} {
		q := Question{In: input(t, "load: {rate: 100}"), RateRps: 4000, Max: 300, Objectives: objectives}
		if c.onlyErrors {
			q.Objectives = objectives[1:]
		}
		s := &search{q: q}
		for i, n := range []int{c.low, c.high} {
			tried := s.at(n).cases[0].trial
			tried.made, tried.point.LatencyMs.P99.Value = 4, c.p99s[i]
			tried.point.Errors.Rate.Value = 0.01 * float64(1-i)
		}
		if !c.onlyErrors {
			s.at(c.low).cases[0].trial.point.Errors.Rate.Value = 0
		}
		if got := s.between(c.low-c.low/2, c.high); len(s.rows) != 2 || got != (c.low-c.low/2+c.high)/2 {
			t.Errorf("between %d, which was not tried, and %d: %d", c.low-c.low/2, c.high, got)
		}
		if got := s.between(c.low, c.high); got != c.want {
			t.Errorf("between %d and %d with %v: %d, want %d", c.low, c.high, c.p99s, got, c.want)
		}
	}
}
