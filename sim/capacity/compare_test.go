package capacity

import (
	"bytes"
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/model/queueing"
	"github.com/k9mil/velocitas/sim"
)

func TestKey(t *testing.T) {
	for word, want := range map[string]string{
		"cpus": "instance.cpus", "workers": "balancer.workers", "max_fails": "balancer.max_fails", "keepalive": "balancer.keepalive",
		"keys": "instance.keys", "keep_alive": "load.keep_alive", "cores": "host.cores", "speed": "speed", "load.rate": "load.rate",
		"instance.period": "instance.period", "load.shape.factor": "load.shape.factor", "demand": "instance.demand",
	} {
		if got, err := Key(word); got != want || err != nil {
			t.Errorf("%s is %q, %v; want %s", word, got, err, want)
		}
	}
	for _, word := range []string{"", "period", "kind", "seed", "instances", "wrkers", "load", "balancer.", ".cpus", "overrides[0].slow"} {
		if got, err := Key(word); err == nil {
			t.Errorf("%q is taken for %s", word, got)
		}
	}
}

func TestVariants(t *testing.T) {
	in := input(t, hundred)
	list, err := Variants(t.Context(), in.Scenario, []string{"next_upstream=[error,timeout,http_503],[off]", "workers=8,4"})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, v := range list {
		names = append(names, v.Name)
	}
	// workers=8 is what it is already.
	if got, want := strings.Join(names, " "), "as it is next_upstream=[error,timeout,http_503] next_upstream=[off] workers=4"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if in.Scenario.Balancer.Workers != 8 || list[3].Scenario.Balancer.Workers != 4 {
		t.Error("a variant changed the scenario that it is of")
	}
}

const pair = `
instances: 2-3
duration: 20s
replications: 6
precision: 0.02
load: {rate_per_instance: 70}
balancer: {cost: 0s, connect: 0s}
instance: {demand: {distribution: exponential, mean: 10ms}, discipline: fifo}
`

// A compared curve is the one that the simulator gives by itself, and what
// differs between random and round robin is M/M/1 against E_N/M/1.
func TestCompare(t *testing.T) {
	in := input(t, pair)
	variants, err := Variants(t.Context(), in.Scenario, []string{"policy=random"})
	if err != nil {
		t.Fatal(err)
	}
	c, err := Compare(t.Context(), in, variants)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range variants {
		in.Scenario = v.Scenario
		want, err := sim.Run(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		want.Name = v.Name
		if !bytes.Equal(encode(t, c.Curves[i]), encode(t, want)) {
			t.Errorf("%s differs from what sim gives", v.Name)
		}
	}
	for i, n := range []int{2, 3} {
		d := c.Changes[0][i].MeanMs
		want := 1000 * (queueing.RoundRobin(1, 70, 100).ResponseMeanS() - queueing.RoundRobin(n, 70, 100).ResponseMeanS())
		if half := (d.Hi - d.Lo) / 2; math.Abs(d.Value-want) > 2*half {
			t.Errorf("%d instances: the mean rises by %v, theory says %v", n, d, want)
		}
		a, b := c.Curves[0].Points[i].LatencyMs.Mean, c.Curves[1].Points[i].LatencyMs.Mean
		if d.Hi-d.Lo >= a.Hi-a.Lo+b.Hi-b.Lo {
			t.Errorf("%d instances: the paired interval %v is no narrower than %v and %v", n, d, a, b)
		}
	}
}

// What changes nothing in a system makes no difference at all.
func TestCompareEqual(t *testing.T) {
	in := input(t, pair)
	variants, err := Variants(t.Context(), in.Scenario, []string{"max_fails=3"}) // and nothing fails
	if err != nil {
		t.Fatal(err)
	}
	c, err := Compare(t.Context(), in, variants)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range c.Changes[0] {
		if d.MeanMs != (model.Estimate{}) || d.P99Ms != (model.Estimate{}) || d.ThroughputRps != (model.Estimate{}) {
			t.Errorf("changes %v of nothing", d)
		}
	}
}

// The knee by theory: an instance behind round robin is E_N/M/1, whose p99
// rises with the rate and meets the objective at one of them.
func TestKneeAgreesWithTheory(t *testing.T) {
	in := input(t, strings.Replace(pair, "instances: 2-3\nduration: 20s", "instances: 1,2,4\nduration: 120s", 1))
	k, err := Knee(t.Context(), KneeQuestion{In: in, Objectives: []Objective{{Metric: P99, Limit: 150}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range k.Points {
		low, high := 0.0, 100.0
		for high-low > 1e-9 {
			if mid := (low + high) / 2; queueing.RoundRobin(p.Instances, mid, 100).ResponseQuantileS(0.99) <= 0.15 {
				low = mid
			} else {
				high = mid
			}
		}
		want := low * float64(p.Instances)
		// Beyond doubt is at 95 % on each side, and rates are tried in steps of 1 %.
		if want < 0.98*p.RateRps.Lo || want > 1.02*p.RateRps.Hi || p.MissedRps > 1.02*p.RateRps.Value {
			t.Errorf("%d instances carry %v, theory says %.1f", p.Instances, p.RateRps, want)
		}
		if p.Missed != "p99<150ms" {
			t.Errorf("%d instances: missed %s", p.Instances, p.Missed)
		}
	}
}

// Without an objective the knee is what the CPU can do, less what it takes to
// be sure of a steady state.
func TestKneeOfConstantDemand(t *testing.T) {
	in := input(t, strings.Replace(strings.Replace(pair, "exponential, mean", "constant, mean", 1), "2-3", "2-2", 1))
	k, err := Knee(t.Context(), KneeQuestion{In: in, Objectives: nil})
	if err != nil {
		t.Fatal(err)
	}
	if p := k.Points[0]; p.RateRps.Value < 180 || p.RateRps.Value > 202 || p.Missed != "steady state" {
		t.Errorf("two instances of 100/s each carry %v (%s)", p.RateRps, p.Missed)
	}
}

// Searches end when their context does, with its error.
func TestStopsAtOnce(t *testing.T) {
	in := input(t, hundred)
	for name, search := range map[string]func(context.Context) error{
		"plan": func(ctx context.Context) error {
			_, err := Plan(ctx, Question{In: in, RateRps: 4000, Max: 300, Objectives: []Objective{{Metric: P99, Limit: 300}}})
			return err
		},
		"knee": func(ctx context.Context) error {
			_, err := Knee(ctx, KneeQuestion{In: in})
			return err
		},
		"compare": func(ctx context.Context) error {
			variants, err := Variants(t.Context(), in.Scenario, []string{"workers=4"})
			if err != nil {
				return err
			}
			_, err = Compare(ctx, in, variants)
			return err
		},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		if err := search(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", name, err)
		}
		cancel()
	}
}

func encode(tb testing.TB, v any) []byte {
	tb.Helper()
	data, err := model.Encode(v)
	if err != nil {
		tb.Fatal(err)
	}
	return data
}
