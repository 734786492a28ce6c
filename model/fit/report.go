package fit

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/k9mil/velocitas/model/fit/tables"
)

// Schema names the format of a report.
const Schema = "velocitas.fit/1"

// Report is the answer of [Fit]. Optional numbers are nil where they do not
// exist or are refused; nothing in it is infinite or NaN.
type Report struct {
	Schema string       `json:"schema"`
	Source string       `json:"source"`
	Rows   []tables.Row `json:"rows"`
	Sizes  int          `json:"sizes"` // different N
	// Noise is how rows scatter about the curve, and NoiseWhy the reason for
	// the choice.
	Noise    Noise  `json:"noise"`
	NoiseWhy string `json:"noise_why"`
	// Laws in the order linear, amdahl, gustafson, ceiling, usl, usl-free,
	// usl-normalised, less those that need more sizes.
	Laws []Law `json:"laws"`
	// Best names the law with the least cross-validated error; the ceiling where
	// throughput is flat.
	Best string `json:"best"`
	// Answer is the result in plain words, the most important sentence first.
	Answer []string `json:"answer,omitempty"`
	// Shape is what throughput does within the sizes measured, and ShapeAt the
	// size of its peak, from which on it levels off, or up to which it grows.
	Shape   string  `json:"shape,omitempty"`
	ShapeAt float64 `json:"shape_at,omitempty"`
	// Predicted says that the rows come from a simulation and not from a
	// measurement.
	Predicted bool `json:"predicted,omitempty"`
	// Columns say which column of the file became what, and Notes what else was
	// made of it.
	Columns []tables.Column `json:"columns,omitempty"`
	Notes   []string        `json:"notes,omitempty"`
	// Curve holds the best law beside the measurements, a row for each size.
	Curve []CurveRow `json:"curve"`
	// Predictions are for the sizes asked for: by the best law, and by the USL
	// where that is another.
	Predictions []Prediction `json:"predictions,omitempty"`
	// Reached are the sizes that the throughputs asked for need, likewise.
	Reached []Reach `json:"reached,omitempty"`
	// Findings say what the table looks like beyond a curve.
	Findings []Finding `json:"findings,omitempty"`
	Warnings []string  `json:"warnings,omitempty"`
	// Reading says in plain words what the laws say and what else the table shows,
	// a sentence each.
	Reading []string `json:"reading"`

	regions []region // of curves not ruled out
}

// Param is a fitted parameter with its standard error and 95 % interval. Of few
// measurements without repeats, where Noise is a convention and not known, the
// interval spans those under either kind.
type Param struct {
	Name    string   `json:"name"` // lambda, sigma, kappa, serial, knee
	Value   float64  `json:"value"`
	SE      *float64 `json:"se,omitempty"`
	Lo      *float64 `json:"lo,omitempty"`
	Hi      *float64 `json:"hi,omitempty"`
	OnBound bool     `json:"on_bound,omitempty"`
}

// Law is a scaling law fitted to the table.
type Law struct {
	Name   string  `json:"name"`
	Params []Param `json:"params"` // lambda first
	// ResidualSd is the standard deviation of rows about the curve: in the unit
	// of X where noise is constant, a fraction where it is proportional. DF is
	// its degrees of freedom.
	ResidualSd *float64 `json:"residual_sd,omitempty"`
	DF         int      `json:"df"`
	// CrossValidated is the relative error of predicting each size from the
	// others.
	CrossValidated *float64 `json:"cross_validated_error,omitempty"`
	PeakN          *float64 `json:"peak_n,omitempty"`
	PeakX          *float64 `json:"peak_x,omitempty"`
	Limit          *float64 `json:"limit,omitempty"`
	OptimalN       *float64 `json:"optimal_n,omitempty"` // 1/sigma, where the ideal line meets the limit
}

// CurveRow is the best law at a measured size; see [Law.Loss] for the losses.
type CurveRow struct {
	N          float64  `json:"n"`
	Repeats    int      `json:"repeats"`
	Measured   float64  `json:"measured"` // mean of the repeats
	Fitted     float64  `json:"fitted"`
	Residual   float64  `json:"residual"`   // measured over fitted, less 1
	Efficiency float64  `json:"efficiency"` // fitted over N lambda
	Contention float64  `json:"loss_to_contention"`
	Coherency  float64  `json:"loss_to_coherency"`
	NOverX     float64  `json:"n_over_x"` // of the fit: the response time where N is the number in the system
	MeasuredR  *float64 `json:"measured_r_s,omitempty"`
}

// Prediction is what a law says about a size asked for. Lo and Hi bound a new
// measurement there with 95 %, whichever law is right; see [Report.Interval].
type Prediction struct {
	Law          string   `json:"law"`
	N            float64  `json:"n"`
	X            float64  `json:"x"`
	Lo           *float64 `json:"lo,omitempty"`
	Hi           *float64 `json:"hi,omitempty"`
	Extrapolated bool     `json:"extrapolated"` // beyond the sizes measured
	Untrusted    bool     `json:"untrusted"`    // beyond twice the largest size
}

// Reach is the least N, not a whole number, at which a law gives a throughput;
// nil where it never does.
type Reach struct {
	Law string   `json:"law"`
	X   float64  `json:"x"`
	N   *float64 `json:"n"`
}

// Options ask for more than the defaults.
type Options struct {
	// Noise overrides the choice; empty for automatic.
	Noise Noise
	// Predict lists sizes to predict, and Reach throughputs to find the size
	// for; all > 0.
	Predict, Reach []float64
	// Clients and ThinkS describe a closed load, where the table has no such
	// columns. Offered is the rate of an open one, Cores the cores of the host.
	Clients, ThinkS, Offered, Cores float64
	// CPULimit is the limit of the process in cores, where N counts threads.
	CPULimit float64
}

func (o Options) check() error {
	if !slices.Contains([]Noise{"", Constant, Proportional}, o.Noise) {
		return fmt.Errorf("noise %q is unknown; want %s or %s", o.Noise, Constant, Proportional)
	}
	for _, v := range slices.Concat(o.Predict, o.Reach) {
		if !(v > 0 && v <= 1e15) {
			return fmt.Errorf("cannot predict for %v; want a size or a throughput of more than 0", v)
		}
	}
	for _, v := range []float64{o.Clients, o.ThinkS, o.Offered, o.Cores, o.CPULimit} {
		if !(v >= 0) || math.IsInf(v, 0) {
			return fmt.Errorf("clients, think time, offered rate, cores and CPU limit must not be negative, got %v", v)
		}
	}
	return nil
}

// Fit fits every law to the table, picks the one that predicts best, and says
// what it means. It fails where the options are out of range or the table has
// fewer than two sizes.
func Fit(t tables.Table, o Options) (Report, error) {
	if err := o.check(); err != nil {
		return Report{}, err
	}
	r := Report{Schema: Schema, Source: t.Name, Rows: t.Rows, Noise: o.Noise, NoiseWhy: "as asked", Columns: t.Columns, Notes: t.Notes}
	for _, row := range t.Rows {
		for _, v := range []float64{row.N, row.X} {
			if !(v >= tables.Least && v <= tables.Most) {
				return Report{}, fmt.Errorf("%s: row %d has n = %.4g and x = %.4g; want both between %g and %g", t.Name, row.Line, row.N, row.X, tables.Least, tables.Most)
			}
		}
	}
	if s := newSample(t.Rows, Constant); s.sizes() < 2 {
		return Report{}, fmt.Errorf("%s: %d different N; a scaling law needs at least 2, better 6", t.Name, s.sizes())
	}
	if o.Noise == "" {
		r.Noise, r.NoiseWhy = chooseNoise(t.Rows)
	}
	kinds := samples(t.Rows, r.Noise, o.Noise != "")
	s := kinds[0]
	r.Sizes = s.sizes()
	for _, l := range []law{linearLaw, amdahlLaw, gustafsonLaw, ceilingLaw, uslLaw, uslFreeLaw()} {
		if all, ok := views(l, kinds); ok {
			r.Laws = append(r.Laws, describe(all))
			if cv, ok := crossValidate(l, s); ok {
				r.Laws[len(r.Laws)-1].CrossValidated = number64(cv)
			}
		}
	}
	if f, ok := solveNormalised(t.Rows); ok && finite(f) {
		r.Laws = append(r.Laws, describe([]view{{f, newSample(nil, Constant)}}))
	}
	if len(r.Laws) == 0 {
		return Report{}, fmt.Errorf("%s: no law can be fitted: sizes or throughputs are too far apart", t.Name)
	}
	best := max(choose(r.Laws, s), 0)
	flat := isFlat(t.Rows)
	if flat {
		best = r.takeFlat(kinds)
	}
	r.Best = r.Laws[best].Name
	r.Shape, r.ShapeAt = shapeOf(r.Laws[best], s, flat)
	r.Curve = curve(r, s)
	r.regions = regions(t.Rows, o.Noise, kinds)
	for i, l := range r.Laws {
		if i == best || l.Name == USL {
			r.Predictions = append(r.Predictions, predict(l, r, s, o.Predict)...)
			r.Reached = append(r.Reached, reach(l, o.Reach)...)
		}
	}
	r.Findings = Recognise(t, o)
	r.Warnings = warnings(r, kinds)
	r.Answer = answer(r, s)
	r.Reading = reading(r, s)
	if r.Predicted = t.Predicted; r.Predicted {
		for _, list := range [][]string{r.Answer, r.Reading, r.Warnings} {
			for i := range list {
				list[i] = strings.NewReplacer("measured", "predicted", "measurements", "predictions", "measure ", "simulate ").Replace(list[i])
			}
		}
	}
	return r, nil
}

// takeFlat puts a ceiling that the smallest size reaches in place of the one that
// was fitted, and returns its index.
func (r *Report) takeFlat(kinds []sample) int {
	i := slices.IndexFunc(r.Laws, func(l Law) bool { return l.Name == Ceiling })
	var all []view
	for _, s := range kinds {
		all = append(all, view{flatSolution(s), s})
	}
	cv := r.Laws[i].CrossValidated
	r.Laws[i] = describe(all)
	r.Laws[i].CrossValidated = cv
	return i
}

// regions are those under each kind of noise that may be the right one. One
// measurement a size says too little of its scatter to leave one out.
func regions(rows []tables.Row, asked Noise, kinds []sample) []region {
	if asked == "" && kinds[0].total == kinds[0].sizes() {
		kinds = []sample{newSample(rows, Constant), newSample(rows, Proportional)}
	}
	var out []region
	for _, s := range kinds {
		out = append(out, newRegion(s))
	}
	return out
}

// Interval bounds a new measurement at size n with 95 %, whichever law is right:
// it spans all curves that the measurements do not rule out, and beyond the sizes
// measured what systems do that no law knows. ok is false for a report that was
// not made by [Fit], and where nothing can be said.
func (r Report) Interval(n float64) (lo, hi float64, ok bool) {
	lo, hi = math.Inf(1), 0
	for _, g := range r.regions {
		l, h := g.interval(n)
		lo, hi = math.Min(lo, l), math.Max(hi, h)
	}
	return lo, hi, lo <= hi && !math.IsInf(hi, 1)
}

func finite(f solution) bool {
	for _, v := range append([]float64{f.lambda, f.squares}, f.shape...) {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return f.lambda > 0
}

// number64 points to v, or to nothing where JSON has no word for it.
func number64(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

// describe turns a law's solutions into the plain data of a report: the values
// are the first one's, and the intervals span all.
func describe(all []view) Law {
	f, s := all[0].solution, all[0].sample
	l := Law{Name: f.law.name, DF: max(s.total-1-len(f.shape), 0)}
	first, ok := doubtOf(f, s)
	if l.DF > 0 {
		l.ResidualSd = number64(first.residualSd)
	}
	l.Params = []Param{{Name: "lambda", Value: f.lambda}}
	for i, name := range f.law.shape {
		l.Params = append(l.Params, Param{Name: name, Value: f.shape[i], OnBound: f.onBound[i]})
	}
	for _, v := range all {
		d, also := doubtOf(v.solution, v.sample)
		for i := range l.Params {
			if ok && also && first.known[i] && d.known[i] {
				l.Params[i].doubt(d, i, v)
			}
		}
	}
	if n, x, ok := f.peak(); ok {
		l.PeakN, l.PeakX = number64(n), number64(x)
	}
	if x, ok := f.limit(); ok {
		l.Limit = number64(x)
	}
	if n, ok := f.optimal(); ok {
		l.OptimalN = number64(n)
	}
	return l
}

// doubt widens the interval of parameter i to hold that of a view; that of a
// bounded parameter ends at its bounds. The standard error is the first view's.
func (p *Param) doubt(d doubt, i int, v view) {
	se, value := d.sd(i), v.lambda
	if i > 0 {
		value = v.shape[i-1]
	}
	lo, hi := value-d.t*se, value+d.t*se
	switch {
	case i == 0 && v.sample.noise == Proportional: // the doubt is that of the logarithm
		lo, hi = value*math.Exp(-d.t*se), value*math.Exp(d.t*se)
		se *= value
	case i > 0 && !v.law.free:
		lo, hi = math.Max(lo, 0), math.Min(hi, v.law.upper)
	}
	if p.SE == nil {
		p.SE = number64(se)
	}
	p.Lo, p.Hi = lesser(p.Lo, lo, 1), lesser(p.Hi, hi, -1)
}

func (l Law) value(param string) float64 {
	for _, p := range l.Params {
		if p.Name == param {
			return p.Value
		}
	}
	return 0
}

// Param returns the parameter of that name; ok is false where the law has none.
func (l Law) Param(name string) (p Param, ok bool) {
	for _, p := range l.Params {
		if p.Name == name {
			return p, true
		}
	}
	return p, false
}

// Law returns the law of that name; ok is false where the table has too few
// sizes for it.
func (r Report) Law(name string) (l Law, ok bool) {
	for _, l := range r.Laws {
		if l.Name == name {
			return l, true
		}
	}
	return l, false
}

// solution is the way back, for evaluating the law.
func (l Law) solution() solution {
	f := solution{lambda: l.Params[0].Value}
	for _, p := range l.Params[1:] {
		f.shape, f.onBound = append(f.shape, p.Value), append(f.onBound, p.OnBound)
	}
	f.law = map[string]law{Linear: linearLaw, Amdahl: amdahlLaw, Gustafson: gustafsonLaw, Ceiling: ceilingLaw,
		USL: uslLaw, USLFree: uslLaw, USLNormalised: uslLaw}[l.Name]
	return f
}

func curve(r Report, s sample) []CurveRow {
	best, _ := r.Law(r.Best)
	plain := newSample(r.Rows, Constant) // the plain mean, also where noise is proportional
	out := make([]CurveRow, s.sizes())
	for i, n := range s.n {
		x := best.Throughput(n)
		contention, coherency := best.Loss(n)
		out[i] = CurveRow{N: n, Repeats: int(s.count[i]), Measured: plain.mean[i], Fitted: x,
			Residual: plain.mean[i]/x - 1, Efficiency: best.Efficiency(n),
			Contention: contention, Coherency: coherency, NOverX: n / x, MeasuredR: meanR(r.Rows, n)}
	}
	return out
}

func meanR(rows []tables.Row, n float64) *float64 {
	sum, count := 0.0, 0.0
	for _, r := range rows {
		if r.N == n && r.R > 0 {
			sum, count = sum+r.R, count+1
		}
	}
	return number64(sum / count)
}

// predict answers for a law, with the interval that [Prediction] describes.
func predict(l Law, r Report, s sample, sizes []float64) []Prediction {
	var out []Prediction
	for _, n := range sizes {
		p := Prediction{Law: l.Name, N: n, X: l.Throughput(n), Extrapolated: n > s.largest() || n < s.n[0], Untrusted: n > 2*s.largest()}
		if lo, hi, ok := r.Interval(n); ok {
			p.Lo, p.Hi = number64(math.Min(lo, p.X)), number64(math.Max(hi, p.X))
		}
		out = append(out, p)
	}
	return out
}

// lesser is the lesser of an optional number and v, or the greater with sign -1.
func lesser(old *float64, v, sign float64) *float64 {
	if old != nil && sign**old < sign*v {
		return old
	}
	return number64(v)
}

func reach(l Law, throughputs []float64) []Reach {
	var out []Reach
	for _, x := range throughputs {
		a := Reach{Law: l.Name, X: x}
		if n, ok := l.SizeFor(x); ok {
			a.N = number64(n)
		}
		out = append(out, a)
	}
	return out
}
