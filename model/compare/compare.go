package compare

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/k9mil/velocitas/model"
)

// Schema names the format of a report.
const Schema = "velocitas.compare/1"

// Curve is a curve and the file that it came from.
type Curve struct {
	File  string
	Curve *model.Curve
}

// Report is the answer of [Curves].
type Report struct {
	Schema    string    `json:"schema"`
	Reference Source    `json:"reference"`
	Others    []Against `json:"others"`
	Warnings  []string  `json:"warnings"`
}

// Source names a curve.
type Source struct {
	File string     `json:"file"`
	Kind model.Kind `json:"kind"`
	Name string     `json:"name"`
}

// Against is one curve against the reference.
type Against struct {
	Curve Source `json:"curve"`
	// Relation says whether they differ by an error or by a change.
	Relation Relation `json:"relation,omitempty"`
	// Answer says in a sentence what came out, Verdict in a word or two; there
	// is no verdict on an error.
	Answer  string  `json:"answer,omitempty"`
	Verdict Verdict `json:"verdict,omitempty"`
	// Differences are those between what the two are of: of an error in what
	// was asked, of a change in anything.
	Differences []Difference `json:"differences"`
	Sizes       []Size       `json:"sizes"`
	Summary     []Summary    `json:"summary"`
}

// Size is a number of instances that both curves have.
type Size struct {
	Instances int      `json:"instances"`
	Metrics   []Metric `json:"metrics"`
	// ReferenceLimit and Limit are what limits the reference and the other.
	ReferenceLimit model.Limit `json:"reference_limit"`
	Limit          model.Limit `json:"limit"`

	before, after *model.Point // of a change
}

// Metric is one number of a size: throughput (1/s), p50, p95, p99 (ms) or, of
// changes, errors (a share, 0 to 1).
type Metric struct {
	Name      string         `json:"name"`
	Reference model.Estimate `json:"reference"`
	Value     model.Estimate `json:"value"`
	// Error is value over reference less 1; nil where one of them was not
	// measured or nothing was answered, and of changes.
	Error *float64 `json:"error,omitempty"`
	// Change is value over reference less 1 with its interval, or, of errors,
	// value less reference; all intervals of a report hold together with 95 %
	// confidence. Verdict says whether 0 lies outside. Change is nil where there
	// is none, and both are empty for errors of predictions.
	Change  *model.Estimate `json:"change,omitempty"`
	Verdict Verdict         `json:"verdict,omitempty"`
	// Noise is the repeat-to-repeat standard deviation, relative: the root of
	// the sum of squares of those that the two curves state; nil for none.
	Noise *float64 `json:"noise,omitempty"`
	// ReferenceWithin says whether the reference's value lies in the other's
	// 95 % interval, ValueWithin the reverse; nil where there is no interval.
	ReferenceWithin *bool `json:"reference_within,omitempty"`
	ValueWithin     *bool `json:"value_within,omitempty"`
}

// Summary is one metric over all sizes.
type Summary struct {
	Name string `json:"name"`
	// Verdict is that over all sizes; empty for errors of predictions.
	Verdict Verdict `json:"verdict,omitempty"`
	// Compared is the number of sizes with an error, or with a change.
	Compared int `json:"compared"`
	// Median is that of the errors' or changes' magnitudes; Worst the one, with
	// its sign, that is largest in magnitude, and WorstAt its instances. All are
	// 0 where Compared is.
	Median  float64 `json:"median"`
	Worst   float64 `json:"worst"`
	WorstAt int     `json:"worst_at"`
	// Within counts the sizes at which the reference's value lies in the
	// other's interval, of Intervals that have one.
	Within    int `json:"within"`
	Intervals int `json:"intervals"`
}

// Metrics are the names of what is compared.
func Metrics() []string {
	var names []string
	for _, m := range metrics {
		names = append(names, m.name)
	}
	return names
}

type metric struct {
	name string
	of   func(*model.Point) model.Estimate
	// positive metrics, which are latencies, mean nothing when they are 0.
	positive bool
}

var metrics = []metric{
	{"throughput", func(p *model.Point) model.Estimate { return p.ThroughputRps }, false},
	{"p50", func(p *model.Point) model.Estimate { return p.LatencyMs.P50 }, true},
	{"p95", func(p *model.Point) model.Estimate { return p.LatencyMs.P95 }, true},
	{"p99", func(p *model.Point) model.Estimate { return p.LatencyMs.P99 }, true},
}

// Curves compares two curves or more. It fails where there are fewer, where a
// curve has no size in common with the reference, or where a prediction and a
// measurement differ in what was asked (a [DifferenceError]); with force, the
// last becomes a warning. Two predictions or two measurements may differ in
// anything: that is what is compared then.
func Curves(curves []Curve, force bool) (Report, error) {
	if len(curves) < 2 {
		return Report{}, fmt.Errorf("%d curves; at least 2 can be compared", len(curves))
	}
	r := max(0, slices.IndexFunc(curves, func(c Curve) bool { return c.Curve.Kind != model.Predicted }))
	out := Report{Schema: Schema, Reference: curves[r].source(), Warnings: []string{}}
	for i, c := range curves {
		if i == r {
			continue
		}
		a, warnings, err := against(curves[r], c)
		if err != nil {
			return Report{}, err
		}
		if len(a.Differences) > 0 && a.Relation == IsError {
			err := &DifferenceError{curves[r].File, c.File, a.Differences}
			if !force {
				return Report{}, err
			}
			warnings = append(warnings, err.Error())
		}
		out.Others = append(out.Others, a)
		for _, text := range warnings { // the reference's are the same each time
			if !slices.Contains(out.Warnings, text) {
				out.Warnings = append(out.Warnings, text)
			}
		}
	}
	judgeChanges(out.Others)
	for i := range out.Others {
		out.Others[i].conclude(out.Reference)
	}
	return out, nil
}

func (c Curve) source() Source { return Source{c.File, c.Curve.Kind, c.Curve.Name} }

// against compares one curve with the reference.
func against(ref, c Curve) (a Against, warnings []string, err error) {
	a = Against{Curve: c.source(), Relation: relation(ref.Curve, c.Curve), Sizes: []Size{}}
	if a.Relation == IsChange {
		a.Differences, warnings, err = allDifferences(ref, c)
	} else {
		a.Differences, warnings, err = differences(ref, c)
	}
	if err != nil {
		return a, nil, err
	}
	for i := range ref.Curve.Points {
		p := &ref.Curve.Points[i]
		j := slices.IndexFunc(c.Curve.Points, func(q model.Point) bool { return q.Instances == p.Instances })
		if j < 0 {
			continue
		}
		q := &c.Curve.Points[j]
		if a.Relation == IsChange {
			a.Sizes = append(a.Sizes, changedSize(p, q))
		} else {
			a.Sizes = append(a.Sizes, size(p, q))
		}
		if text := failures(ref.File, p, c.File, q); text != "" {
			warnings = append(warnings, text)
		}
	}
	if len(a.Sizes) == 0 {
		return a, nil, fmt.Errorf("%s and %s have no number of instances in common: %s and %s", ref.File, c.File, sizes(ref.Curve), sizes(c.Curve))
	}
	for _, x := range []Curve{ref, c} {
		if text := unsteady(x, a.Sizes); text != "" {
			warnings = append(warnings, text)
		}
	}
	return a, warnings, nil
}

func sizes(c *model.Curve) string {
	var all []int
	for _, p := range c.Points {
		all = append(all, p.Instances)
	}
	if len(all) > 8 {
		return fmt.Sprintf("%d sizes from %d to %d", len(all), all[0], all[len(all)-1])
	}
	return fmt.Sprint(all)
}

func size(p, q *model.Point) Size {
	s := Size{Instances: p.Instances, ReferenceLimit: p.Limit, Limit: q.Limit}
	for _, m := range metrics {
		x, y := m.of(p), m.of(q)
		out := Metric{Name: m.name, Reference: x, Value: y, Noise: noise(m.name, p, q)}
		if x.Value > 0 && (y.Value > 0 || !m.positive) {
			e := y.Value/x.Value - 1
			out.Error = &e
			out.ReferenceWithin, out.ValueWithin = within(x.Value, y), within(y.Value, x)
		}
		s.Metrics = append(s.Metrics, out)
	}
	return s
}

// changedSize has the values of a size before and after; what they say about a
// change is judged once all sizes are known.
func changedSize(p, q *model.Point) Size {
	s := Size{Instances: p.Instances, ReferenceLimit: p.Limit, Limit: q.Limit, before: p, after: q}
	for _, m := range changed {
		s.Metrics = append(s.Metrics, Metric{Name: m.name, Reference: m.of(p), Value: m.of(q), Noise: noise(m.name, p, q)})
	}
	return s
}

func within(v float64, e model.Estimate) *bool {
	if e.Lo == e.Hi {
		return nil
	}
	in := e.Lo <= v && v <= e.Hi
	return &in
}

func noise(name string, points ...*model.Point) *float64 {
	sum, stated := 0.0, false
	for _, p := range points {
		if n, ok := p.Noise[name]; ok {
			sum, stated = math.Hypot(sum, n), true
		}
	}
	if !stated {
		return nil
	}
	return &sum
}

// failedMost is how far apart shares of failed requests may be before the
// latencies of those answered are those of different loads.
const failedMost = 0.01

// failures warns of a size at which far more failed in one curve than in the
// other; empty for none.
func failures(pFile string, p *model.Point, qFile string, q *model.Point) string {
	a, b := p.Errors.Rate.Value, q.Errors.Rate.Value
	if math.Abs(a-b) <= failedMost {
		return ""
	}
	return fmt.Sprintf("with %s %.3g %% failed in %s and %.3g %% in %s: latency counts only what was answered",
		instances(p.Instances), 100*a, pFile, 100*b, qFile)
}

// unsteady warns of the sizes at which a curve is no steady state; empty for
// none.
func unsteady(c Curve, sizes []Size) string {
	var list []string
	for _, p := range c.Curve.Points {
		common := slices.ContainsFunc(sizes, func(s Size) bool { return s.Instances == p.Instances })
		if common && (p.Verdict == model.Saturated || p.Verdict == model.Collapsed) {
			list = append(list, fmt.Sprint(p.Instances))
		}
	}
	if len(list) == 0 {
		return ""
	}
	return fmt.Sprintf("%s is saturated with so many instances: %s; latency there depends on how long it ran", c.File, strings.Join(list, ", "))
}

func instances(n int) string {
	if n == 1 {
		return "1 instance"
	}
	return fmt.Sprintf("%d instances", n)
}

func summarise(name string, sizes []Size) Summary {
	s := Summary{Name: name}
	var all []float64
	for _, size := range sizes {
		m := size.metric(name)
		by := m.difference()
		if in := m.ReferenceWithin; in != nil {
			s.Intervals++
			if *in {
				s.Within++
			}
		}
		if by == nil {
			continue
		}
		all = append(all, math.Abs(*by))
		if s.WorstAt == 0 || math.Abs(*by) > math.Abs(s.Worst) {
			s.Worst, s.WorstAt = *by, size.Instances
		}
	}
	if s.Compared = len(all); s.Compared > 0 {
		slices.Sort(all)
		s.Median = (all[(len(all)-1)/2] + all[len(all)/2]) / 2
	}
	return s
}

// difference is the error or the change; nil for none.
func (m Metric) difference() *float64 {
	if m.Change != nil {
		return &m.Change.Value
	}
	return m.Error
}

func (s Size) metric(name string) Metric {
	for _, m := range s.Metrics {
		if m.Name == name {
			return m
		}
	}
	panic("compare: there is no metric " + name)
}
