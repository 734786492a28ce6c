package compare

import (
	"math"
	"strconv"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/model/stats"
)

// Verdict says in words what became of a metric.
type Verdict string

// The verdicts of a change. A metric is faster where throughput is higher or
// latency lower.
const (
	NoDifference Verdict = "no difference seen"
	Faster       Verdict = "faster"
	Slower       Verdict = "slower"
	FewerFail    Verdict = "fewer fail"
	MoreFail     Verdict = "more fail"
	// Mixed is the verdict over several metrics or sizes of which some are
	// faster and others slower.
	Mixed Verdict = "faster and slower"
	// NotKnown is the verdict where a single run leaves no interval, or where
	// nothing was answered.
	NotKnown Verdict = "not known"
	// NotComparable is the verdict on latency where so many more failed on one
	// side that those answered were served under another load.
	NotComparable Verdict = "not comparable"
)

// Relation says what one curve is to another.
type Relation string

// A prediction and a measurement of the same system differ by an error. Two
// predictions or two measurements are before and after: they differ by a change.
const (
	IsError  Relation = "error"
	IsChange Relation = "change"
)

func relation(a, b *model.Curve) Relation {
	if (a.Kind == model.Predicted) == (b.Kind == model.Predicted) {
		return IsChange
	}
	return IsError
}

// errorRate is the name of the metric that only changes have: the share of
// requests that failed.
const errorRate = "errors"

// changed are the metrics of before and after.
var changed = append(append([]metric(nil), metrics...),
	metric{errorRate, func(p *model.Point) model.Estimate { return p.Errors.Rate }, false})

// together is the confidence with which all intervals of a report hold at once.
const together = 0.95

// latencyStep is how finely latencies are recorded, relative (histograms keep
// three digits): replications may agree to the last bit and yet be that far off.
const latencyStep = 0.001

// spread is a standard error with its degrees of freedom.
type spread struct{ se, df float64 }

// spreadOf recovers the standard error of an estimate from the t interval that
// so many replications gave it; ok is false where they gave none. The upper half
// counts, since the lower one may have been cut off at 0.
func spreadOf(e model.Estimate, replications int) (s spread, ok bool) {
	if replications < 2 {
		return s, false
	}
	df := float64(replications - 1)
	return spread{(e.Hi - e.Value) / stats.TQuantile(0.975, df), df}, true
}

// welch is the standard error of a difference of two independent estimates, of
// unequal variance, and its degrees of freedom (Welch, Satterthwaite). exact is
// a variance known besides.
func welch(a, b spread, exact float64) spread {
	va, vb := float64(a.se*a.se), float64(b.se*b.se)
	all := va + vb + exact
	if all == 0 {
		return spread{0, a.df + b.df}
	}
	df := a.df + b.df
	if d := float64(va*va)/a.df + float64(vb*vb)/b.df; d > 0 {
		df = min(all*all/d, 1e6)
	}
	return spread{math.Sqrt(all), df}
}

// difference is a change on the scale on which it is judged, and how to write it.
type difference struct {
	value float64
	spread
	written func(float64) float64
}

// differenceOf compares an estimate after with that before. Latencies, whose
// errors are in proportion, are compared by their logarithms. ok is false where
// there is nothing to judge.
func differenceOf(m metric, x, y model.Estimate, p, q *model.Point) (d difference, ok bool) {
	a, okA := spreadOf(x, p.Replications)
	b, okB := spreadOf(y, q.Replications)
	if !okA || !okB {
		return d, false
	}
	switch {
	case m.positive && (x.Value <= 0 || y.Value <= 0):
		return d, false
	case m.positive:
		a.se, b.se = a.se/x.Value, b.se/y.Value
		return difference{math.Log(y.Value / x.Value), welch(a, b, latencyStep*latencyStep/6), relative}, true
	case m.name == errorRate:
		return difference{y.Value - x.Value, welch(a, b, 0), func(v float64) float64 { return v }}, true
	}
	if x.Value <= 0 {
		return d, false
	}
	return difference{y.Value - x.Value, welch(a, b, 0), func(v float64) float64 { return v / x.Value }}, true
}

// mostLog is the logarithm of the largest number in a curve: what is beyond it is
// no more known than that it is beyond.
const mostLog = 34.5

// relative is the relative change of which v is the logarithm.
func relative(v float64) float64 { return math.Expm1(math.Min(v, mostLog)) }

// bare is a change without an interval; nil for none.
func bare(m metric, x, y model.Estimate) *model.Estimate {
	e := model.Exactly(sixDigits(y.Value - x.Value))
	if m.name != errorRate {
		if x.Value <= 0 || m.positive && y.Value <= 0 {
			return nil
		}
		e = model.Exactly(sixDigits(y.Value/x.Value - 1))
	}
	return &e
}

// interval is the change with the interval of some confidence.
func (d difference) interval(confidence float64) model.Estimate {
	reach := 0.0
	if d.se > 0 {
		reach = float64(d.se * stats.TQuantile((1+confidence)/2, d.df))
	}
	return model.Estimate{
		Value: sixDigits(d.written(d.value)),
		Lo:    sixDigits(d.written(d.value - reach)), Hi: sixDigits(d.written(d.value + reach)),
	}
}

// sixDigits keeps what two processors agree in.
func sixDigits(x float64) float64 {
	y, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 6, 64), 64)
	if err != nil {
		panic(err) // it was just written
	}
	return y
}

// verdictOf reads a verdict off an interval: there is a difference where 0 lies
// outside.
func verdictOf(m metric, e model.Estimate) Verdict {
	better, worse := Faster, Slower
	switch {
	case m.name == errorRate:
		better, worse = FewerFail, MoreFail
	case !m.positive: // more of it is better
		better, worse = Slower, Faster
	}
	switch {
	case e.Hi < 0:
		return better
	case e.Lo > 0:
		return worse
	}
	return NoDifference
}

// judgeChanges fills in the changes of a report and their verdicts. Each
// interval is so wide (Bonferroni) that all of them hold together: two runs of
// the same system are told apart in one report of twenty, however many sizes and
// metrics it has.
func judgeChanges(others []Against) {
	type judged struct {
		of metric
		at *Metric
		difference
	}
	var all []judged
	for i := range others {
		if others[i].Relation != IsChange {
			continue
		}
		for k := range others[i].Sizes {
			s := &others[i].Sizes[k]
			for l := range s.Metrics {
				m := &s.Metrics[l]
				d, ok := differenceOf(changed[l], m.Reference, m.Value, s.before, s.after)
				if !ok {
					m.Verdict, m.Change = NotKnown, bare(changed[l], m.Reference, m.Value)
					continue
				}
				if d.value == 0 && d.se == 0 { // nothing that chance could have done
					e := model.Exactly(0)
					m.Verdict, m.Change = NoDifference, &e
					continue
				}
				all = append(all, judged{changed[l], m, d})
			}
		}
	}
	for _, j := range all {
		e := j.interval(1 - (1-together)/float64(len(all)))
		j.at.Change, j.at.Verdict = &e, verdictOf(j.of, e)
	}
	for i := range others {
		for k := range others[i].Sizes {
			others[i].Sizes[k].discountLatency()
		}
	}
}

// discountLatency takes back what was said of latencies where far more failed on
// one side.
func (s *Size) discountLatency() {
	if s.before == nil || math.Abs(s.after.Errors.Rate.Value-s.before.Errors.Rate.Value) <= failedMost {
		return
	}
	for l := range s.Metrics {
		if changed[l].positive && s.Metrics[l].Verdict != NotKnown {
			s.Metrics[l].Verdict = NotComparable
		}
	}
}

// verdictOver is the verdict over several.
func verdictOver(all []Verdict) Verdict {
	var better, worse, same, apart bool
	for _, v := range all {
		switch v {
		case Faster, FewerFail:
			better = true
		case Slower, MoreFail:
			worse = true
		case NoDifference:
			same = true
		case NotComparable:
			apart = true
		}
	}
	switch {
	case better && worse:
		return Mixed
	case better:
		return Faster
	case worse:
		return Slower
	case same:
		return NoDifference
	case apart:
		return NotComparable
	}
	return NotKnown
}
