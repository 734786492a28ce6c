package compare

import (
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/k9mil/velocitas/model"
)

const asked = `{"load": {"kind": "closed", "clients": 8}, "balancer": {"workers": 1, "cost": "profile"}, "instance": {"cpus": 0.25, "demand": "profile"}, "host": {"cores": 2}}`

func near(v, part float64) model.Estimate {
	return model.Estimate{Value: v, Lo: v * (1 - part), Hi: v * (1 + part)}
}

// curve has a point for each size, of throughput x times it and latency r.
func curve(file string, kind model.Kind, x, r float64, sizes ...int) Curve {
	c := &model.Curve{Schema: model.CurveSchema, Kind: kind, Name: "c", Scenario: json.RawMessage(asked)}
	for _, n := range sizes {
		l := near(r, 0.1)
		c.Points = append(c.Points, model.Point{Instances: n, ThroughputRps: near(x*float64(n), 0.02), Replications: 6,
			LatencyMs: model.Latency{P50: l, P95: l, P99: l}, Limit: model.LimitCPULimit})
	}
	return Curve{file, c}
}

func compared(t *testing.T, curves ...Curve) Report {
	t.Helper()
	r, err := Curves(curves, false)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Measured is true wherever it stands; of one kind, the first is.
func TestReference(t *testing.T) {
	a, b, c := curve("a", model.Predicted, 1, 1, 1), curve("b", model.Measured, 1, 1, 1), curve("c", model.Imported, 1, 1, 1)
	for want, in := range map[string][]Curve{"b": {a, b}, "c": {a, a, c, b}, "a": {a, a}} {
		if got := compared(t, in...).Reference.File; got != want {
			t.Errorf("reference %s, want %s", got, want)
		}
	}
}

// Reckoned by hand: 110 against 100 with 2 % either way, and 95 against 100
// with 10 %, whose intervals are 85.5 to 104.5 and 90 to 110.
func TestErrors(t *testing.T) {
	m, p := curve("m", model.Measured, 100, 100, 1, 2, 8), curve("p", model.Predicted, 110, 95, 1, 2, 4)
	m.Curve.Points[1].Noise = map[string]float64{"throughput": 0.03}
	p.Curve.Points[1].Noise = map[string]float64{"throughput": 0.04}
	r := compared(t, m, p)
	a := r.Others[0]
	if len(a.Sizes) != 2 || a.Sizes[0].Instances != 1 || a.Sizes[1].Instances != 2 {
		t.Fatalf("sizes %+v", a.Sizes)
	}
	x, l := a.Sizes[1].metric("throughput"), a.Sizes[1].metric("p99")
	if math.Abs(*x.Error-0.1) > 1e-12 || math.Abs(*x.Noise-0.05) > 1e-12 || *x.ReferenceWithin || *x.ValueWithin {
		t.Errorf("throughput %+v", x)
	}
	if math.Abs(*l.Error+0.05) > 1e-12 || l.Noise != nil || !*l.ReferenceWithin || !*l.ValueWithin {
		t.Errorf("p99 %+v", l)
	}
	if s := a.Summary[0]; s.Compared != 2 || math.Abs(s.Median-0.1) > 1e-12 || math.Abs(s.Worst-0.1) > 1e-12 || s.Within != 0 || s.Intervals != 2 {
		t.Errorf("summary %+v", s)
	}
}

// What was not measured has no error, and exceeds every bound; an answer of
// nothing is an error of -100 %.
func TestMissing(t *testing.T) {
	m, p := curve("m", model.Measured, 100, 100, 1), curve("p", model.Predicted, 0, 0, 1)
	r := compared(t, m, p)
	if x := r.Others[0].Sizes[0].metric("throughput"); *x.Error != -1 {
		t.Errorf("throughput %+v", x)
	}
	if l := r.Others[0].Sizes[0].metric("p50"); l.Error != nil || l.ReferenceWithin != nil {
		t.Errorf("p50 %+v", l)
	}
	want := []string{"p: p50 with 1 instance cannot be compared", "p: throughput is off by -100 % with 1 instance, more than 99 %"}
	if got := r.Exceeded([]Bound{{"p50", 9}, {"throughput", 0.99}}); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if got := r.Exceeded([]Bound{{"throughput", 1}}); got != nil {
		t.Errorf("%q", got)
	}
}

// A difference in load, balancer or limits is refused, one in costs or in what
// was not asked is not.
func TestDifferences(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{`"clients": 8`, `"clients": 9`, "a and b differ in load.clients (8 and 9)"},
		{`"closed", "clients"`, `"open", "rate"`, `a and b differ in load.clients (8 and none), load.kind ("closed" and "open"), load.rate (none and 8)`},
		{`"workers": 1`, `"workers": 4`, "a and b differ in balancer.workers (1 and 4)"},
		{`0.25`, `0.5`, "a and b differ in instance.cpus (0.25 and 0.5)"},
		{`"cores": 2`, `"cores": 4`, "a and b differ in host.cores (2 and 4)"},
		{`"host"`, `"events": [{"at": "1s"}], "host"`, `a and b differ in events (none and [{"at":"1s"}])`},
		{`"cost": "profile"`, `"cost": "1ms"`, ""},
		{`"demand": "profile"`, `"demand": "5ms"`, ""},
		{`{"load"`, `{"seed": 5, "load"`, ""},
	} {
		a, b := curve("a", model.Measured, 1, 1, 1), curve("b", model.Predicted, 1, 1, 1)
		b.Curve.Scenario = json.RawMessage(strings.Replace(asked, c.old, c.new, 1))
		if string(b.Curve.Scenario) == asked {
			t.Fatalf("%s changes nothing", c.new)
		}
		_, err := Curves([]Curve{a, b}, false)
		var differ *DifferenceError
		if c.want == "" {
			if err != nil {
				t.Error(err)
			}
			continue
		}
		if !errors.As(err, &differ) || err.Error() != c.want {
			t.Errorf("%s: %v, want %s", c.new, err, c.want)
		}
		if r, err := Curves([]Curve{a, b}, true); err != nil || !slices.Contains(r.Warnings, c.want) {
			t.Errorf("forced: %v, %q", err, r.Warnings)
		}
	}
}

// What is doubtful is said once.
func TestWarnings(t *testing.T) {
	m, p := curve("m", model.Imported, 1, 1, 1, 2), curve("p", model.Predicted, 1, 1, 1, 2)
	m.Curve.Scenario = nil
	m.Curve.Points[0].Verdict, m.Curve.Points[1].Verdict = model.Saturated, model.Saturated
	p.Curve.Points[1].Errors.Rate = model.Exactly(0.25)
	want := []string{
		"m does not state its load, balancer and limits, which may be others",
		"with 2 instances 0 % failed in m and 25 % in p: latency counts only what was answered",
		"m is saturated with so many instances: 1, 2; latency there depends on how long it ran",
	}
	if got := compared(t, m, p, p).Warnings; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestRefuses(t *testing.T) {
	a, b := curve("a", model.Measured, 1, 1, 1, 2), curve("b", model.Measured, 1, 1, 4, 8)
	for want, in := range map[string][]Curve{
		"1 curves; at least 2 can be compared":                           {a},
		"a and b have no number of instances in common: [1 2] and [4 8]": {a, b},
	} {
		if _, err := Curves(in, true); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestParseBounds(t *testing.T) {
	got, err := ParseBounds("throughput=5%, p99=15.5%")
	if err != nil || !slices.Equal(got, []Bound{{"throughput", 0.05}, {"p99", 0.155}}) {
		t.Errorf("%v, %v", got, err)
	}
	for in, want := range map[string]string{
		"":                `"" is no metric; want one of throughput, p50, p95, p99, such as throughput=5%,p99=15%`,
		"p98=1%":          `"p98" is no metric; want one of throughput, p50, p95, p99, such as throughput=5%,p99=15%`,
		"p99":             `p99: wants a percentage of at least 0, such as 5%, not ""`,
		"p99=5":           `p99: wants a percentage of at least 0, such as 5%, not "5"`,
		"p99=-5%":         `p99: wants a percentage of at least 0, such as 5%, not "-5%"`,
		"p99=NaN%":        `p99: wants a percentage of at least 0, such as 5%, not "NaN%"`,
		"p99=1%,p99=2%":   "p99 is bounded twice",
		"throughput=5%,,": `"" is no metric; want one of throughput, p50, p95, p99, such as throughput=5%,p99=15%`,
	} {
		if _, err := ParseBounds(in); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", in, err, want)
		}
	}
}

// For all curves: a curve against itself has not changed and keeps every bound;
// the median is not above the worst; and changes turn around as 1/(1+c) - 1.
func TestProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		positive := rapid.Float64Range(0.1, 1000)
		a := curve("a", model.Measured, positive.Draw(t, "x"), positive.Draw(t, "r"), 1, 2, 3, 5)
		b := curve("b", model.Measured, positive.Draw(t, "y"), positive.Draw(t, "s"), 2, 3, 5, 9)
		self, _ := Curves([]Curve{a, a}, false)
		if self.Others[0].Verdict != NoDifference || self.Exceeded([]Bound{{"throughput", 0}, {"p50", 0}, {"p95", 0}, {"p99", 0}}) != nil {
			t.Fatalf("%+v", self.Others[0].Summary)
		}
		ab, _ := Curves([]Curve{a, b}, false)
		ba, _ := Curves([]Curve{b, a}, false)
		for i, s := range ab.Others[0].Summary {
			if s.Compared != 3 || s.Median > math.Abs(s.Worst) {
				t.Fatalf("%+v", s)
			}
			e, f := ab.Others[0].Sizes[0].Metrics[i].Change, ba.Others[0].Sizes[0].Metrics[i].Change
			if product := (1 + e.Value) * (1 + f.Value); math.Abs(product-1) > 0.01 && // six digits of a change are few of what is left
				s.Name != "errors" {
				t.Fatalf("%s: %v and %v", s.Name, *e, *f)
			}
		}
	})
}
