package capacity

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/k9mil/velocitas/model"
)

func TestParseObjectives(t *testing.T) {
	for text, want := range map[string][]Objective{
		"p99<250ms":                   {{P99, 250, 0}},
		"p99<250ms@800rps":            {{P99, 250, 800}},
		" p999 < 1.5s @ 0.5 ":         {{P999, 1500, 0.5}},
		"mean<100us,p50<1ms":          {{Mean, 0.1, 0}, {P50, 1, 0}},
		"errors<0.1%,throughput>790":  {{Errors, 0.001, 0}, {Throughput, 790, 0}},
		"errors<0.001@5rps,errors<0%": {{Errors, 0.001, 5}, {Errors, 0, 0}},
		"throughput>790rps@800rps":    {{Throughput, 790, 800}},
	} {
		got, err := ParseObjectives(text)
		if err != nil || len(got) != len(want) {
			t.Errorf("%s: %v, %v", text, got, err)
			continue
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%s: %v, want %v", text, got[i], want[i])
			}
		}
	}
	for _, text := range []string{"", ",", "p99", "p99<", "<5ms", "p99<5", "p99<-5ms", "p99<0s", "p99>5ms", "p98<5ms", "p99=5ms", "p99<5ms@", "p99<5ms@0",
		"p99<5ms@-1rps", "p99<5ms@NaN", "p99<5ms@1e9", "throughput<5", "throughput>Inf", "errors<1", "errors<100%", "errors<-1%", "errors<NaN", "p99<5ms,"} {
		if got, err := ParseObjectives(text); err == nil {
			t.Errorf("%q is taken for %v", text, got)
		} else if strings.ContainsAny(err.Error(), "\n") {
			t.Errorf("%q: more than a line: %v", text, err)
		}
	}
}

// What an objective writes reads back to it.
func TestObjectiveRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := Objective{Metric: rapid.SampledFrom(Metrics).Draw(t, "metric")}
		whole := rapid.IntRange(1, 999_999)
		switch o.Metric {
		case Errors:
			o.Limit = rounded(float64(whole.Draw(t, "share"))/1e6, 9)
		default:
			o.Limit = float64(whole.Draw(t, "limit")) / 1000
		}
		if rapid.Bool().Draw(t, "at a rate") {
			o.RateRps = float64(whole.Draw(t, "rate")) / 100
		}
		got, err := ParseObjectives(o.String())
		if err != nil || len(got) != 1 || got[0] != o {
			t.Fatalf("%v reads back as %v, %v", o, got, err)
		}
	})
}

func FuzzParseObjectives(f *testing.F) {
	f.Add("p99<250ms@800rps,errors<0.1%")
	f.Fuzz(func(t *testing.T, text string) {
		list, err := ParseObjectives(text)
		if err != nil {
			return
		}
		for _, o := range list {
			if !(o.Limit >= 0) || !(o.RateRps >= 0) || o.Limit == 0 && o.Metric != Errors {
				t.Fatalf("%q is taken for %v", text, o)
			}
		}
	})
}

func TestCheck(t *testing.T) {
	p := func(v, lo, hi float64) *model.Point {
		e := model.Estimate{Value: v, Lo: lo, Hi: hi}
		return &model.Point{LatencyMs: model.Latency{P99: e}, ThroughputRps: e, Completed: 1000, Verdict: model.Stable}
	}
	p99, throughput := Objective{Metric: P99, Limit: 100}, Objective{Metric: Throughput, Limit: 100}
	growing, silent := p(50, 40, 60), p(0, 0, 0)
	growing.Verdict, silent.Completed = model.Saturated, 0
	for _, c := range []struct {
		o    Objective
		p    *model.Point
		want Outcome
	}{
		{p99, p(50, 40, 60), Kept},
		{p99, p(100, 100, 100), Kept}, // at most
		{p99, p(99, 90, 108), Undecided},
		{p99, p(105, 98, 112), Undecided},
		{p99, p(150, 140, 160), Missed},
		{p99, growing, Missed}, // it goes on growing
		{p99, silent, Missed},  // nobody had that latency
		{throughput, p(150, 140, 160), Kept},
		{throughput, p(99, 90, 108), Undecided},
		{throughput, p(50, 40, 60), Missed},
		{throughput, silent, Missed},
	} {
		if got := c.o.Check(c.p); got != c.want {
			t.Errorf("%v of %v: %s, want %s", c.o, c.p.LatencyMs.P99, got, c.want)
		}
	}
}

// How many times its limit a value is, in powers of e.
func TestExcess(t *testing.T) {
	for _, c := range []struct {
		o       Objective
		v, want float64
	}{
		{Objective{Metric: P99, Limit: 100}, 100 * math.E, 1},
		{Objective{Metric: P99, Limit: 100}, 100 / math.E, -1},
		{Objective{Metric: P99, Limit: 100}, 100, 0},
		{Objective{Metric: P99, Limit: 100}, math.Inf(1), math.Inf(1)},
		{Objective{Metric: Throughput, Limit: 100}, 100 / math.E, 1},
		{Objective{Metric: Throughput, Limit: 100}, 0, math.Inf(1)},
		{Objective{Metric: Errors, Limit: 0.01}, 0, math.Inf(-1)},
		{Objective{Metric: Errors}, 0, math.Inf(-1)},
		{Objective{Metric: Errors}, 0.1, math.Inf(1)},
	} {
		got := c.o.excess(c.v)
		if got != c.want && !(math.Abs(got-c.want) < 1e-12) {
			t.Errorf("%v of %+v: %v, want %v", c.v, c.o, got, c.want)
		}
	}
}
