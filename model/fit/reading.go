package fit

import (
	"fmt"
	"math"
	"strings"
)

// warnings lists the doubts about a report.
func warnings(r Report, kinds []sample) []string {
	var out []string
	s := kinds[0]
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if s.total < minRows {
		add("%d measurements: too few for intervals of the parameters, want %d", s.total, minRows)
	}
	if s.sizes() == 2 {
		add("two sizes cannot tell contention from coherency: kappa is held at 0")
	}
	switch {
	case s.total > s.sizes() || s.total < minRows:
	case len(kinds) > 1:
		add("%d measurements without repeats do not tell whether noise is constant or proportional: the intervals span both; state it, or measure each size several times", s.total)
	default:
		add("no repeats: noise cannot be told from misfit, so the intervals are only right if noise is %s; measure each size several times", s.noise)
	}
	if text, ok := misfitSentence(r, s); ok {
		add("%s", text)
	}
	for _, row := range r.Rows {
		if row.Errors > 0.01 {
			add("line %d has %.3g %% of failed requests, which the throughput may count: fit what was answered well", row.Line, 100*row.Errors)
			break
		}
	}
	if l, ok := r.Law(USL); ok && r.Shape != Flat && r.Shape != Falling {
		out = append(out, uslWarnings(r, l, s)...)
	}
	for _, p := range r.Predictions {
		if p.Untrusted && p.Law == r.Best {
			add("N = %.6g is beyond twice the largest size measured (%.6g): do not trust it", p.N, s.largest())
		}
	}
	for _, f := range r.Findings {
		if f.Verdict == LoadBound || f.Verdict == BandwidthCeiling || f.Verdict == LoadGrows {
			add("%s: the laws describe the load or a fixed rate, not how the system scales", f.Verdict)
		}
	}
	return out
}

func uslWarnings(r Report, l Law, s sample) []string {
	var out []string
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	for _, p := range l.Params {
		if p.OnBound && s.sizes() > 2 {
			add("%s is on its bound 0; %s says what it would be without", p.Name, USLFree)
		}
	}
	if l.PeakN != nil {
		switch n := *l.PeakN; {
		case n > 2*s.largest():
			add("the peak of the USL, N = %.4g, is beyond twice the largest size measured: do not trust it", n)
		case n > s.largest():
			add("the peak of the USL, N = %.4g, is beyond what was measured: it may not be there", n)
		}
		if p, _ := l.Param("kappa"); p.Lo != nil && *p.Lo <= 0 {
			add("the interval of kappa includes 0: the data do not show that there is a peak")
		}
	}
	if n, ok := r.Law(USLNormalised); ok && n.PeakN != nil && l.PeakN != nil && math.Abs(*n.PeakN / *l.PeakN - 1) > 0.1 {
		add("the peak is N = %.4g if all sizes count alike and N = %.4g if the throughput at N = 1 is trusted", *l.PeakN, *n.PeakN)
	}
	return out
}

// reading says the result in plain words.
func reading(r Report, s sample) []string {
	out := lawsReading(r, s)
	for _, f := range r.Findings {
		out = append(out, fmt.Sprintf("%s (line%s): %s.", f.Verdict, lineList(f.Lines), f.Reason))
	}
	return out
}

func lawsReading(r Report, s sample) []string {
	if s.sizes() == 2 {
		return nil
	}
	best, _ := r.Law(r.Best)
	if r.Shape == Flat {
		return []string{"Laws of scaling say nothing here: the throughput that one gives is all there is."}
	}
	out := []string{choiceSentence(r, best)}
	out = append(out, lawSentences(best, s, r.Shape)...)
	if usl, ok := r.Law(USL); ok && best.Name != USL && usl.PeakN != nil && *usl.PeakN <= 2*s.largest() {
		out = append(out, fmt.Sprintf("The USL, with another curve through the same points, has a peak of %.5g at N = %.4g.", *usl.PeakX, *usl.PeakN))
	}
	if free, ok := r.Law(USLFree); ok {
		out = append(out, negativeSentences(free, s)...)
	}
	return out
}

// twoSizesSentences say what two sizes can: a law with a second parameter passes
// through both, whatever holds the system back.
func twoSizesSentences(r Report) []string {
	from, to := r.Curve[0], r.Curve[1]
	return []string{
		fmt.Sprintf("Two sizes cannot tell the laws apart; %s is shown.", r.Best),
		fmt.Sprintf("From N = %.6g to N = %.6g, %.3g times as many, throughput is %.3g times as much.", from.N, to.N, to.N/from.N, to.Measured/from.Measured),
		"What holds it back, if anything does, and where it ends cannot be told from that: measure at least 3 sizes, better 6.",
	}
}

func choiceSentence(r Report, best Law) string {
	if best.CrossValidated == nil {
		return fmt.Sprintf("Too few sizes to compare the laws; %s is shown.", best.Name)
	}
	return fmt.Sprintf("Of the laws, %s predicts a size from the others best, to %.2g %%.", best.Name, 100**best.CrossValidated)
}

func lawSentences(l Law, s sample, shape string) []string {
	lambda, top := l.value("lambda"), s.largest()
	var out []string
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	add("One alone gives %.4g (lambda); at N = %.6g, the largest measured, each of them still gives %.0f %% of that.", lambda, top, 100*l.Efficiency(top))
	contention, coherency := l.Loss(top)
	switch l.Name {
	case Linear:
		add("Nothing in these sizes holds it back.")
	case Gustafson:
		add("By Gustafson's law a share of %.3g of the work is done by one while the rest grows with N; no limit was seen up to N = %.6g.", l.value("serial"), top)
	case Ceiling:
		if l.Limit == nil {
			add("No ceiling was reached up to N = %.6g.", top)
		} else {
			add("It scales perfectly up to N = %.4g and then stops at %.5g.", l.value("knee"), *l.Limit)
		}
	case Amdahl, USL:
		add("There %.1f %% is lost to contention (queueing for something shared) and %.1f %% to coherency (agreeing with each other).", 100*contention, 100*coherency)
		switch {
		case shape == Falling:
			add("By the law, throughput goes on falling.")
		case l.PeakN != nil && *l.PeakN <= top:
			add("The law has its peak at N = %.4g with %.5g; beyond it each one more takes something away.", *l.PeakN, *l.PeakX)
		case l.PeakN != nil:
			add("If the law went on holding, throughput would peak at N = %.4g with %.5g; no peak was seen up to N = %.6g.", *l.PeakN, *l.PeakX, top)
		case l.Limit != nil && *l.Limit < l.value("lambda")*l.Throughput(top)*1e6:
			add("No peak was seen up to N = %.6g; if the law went on holding, throughput would approach %.5g.", top, *l.Limit)
		default:
			add("Neither contention nor coherency shows: it is linear within what was measured.")
		}
	}
	return out
}

// negativeSentences say what a negative parameter of the free fit means.
func negativeSentences(l Law, s sample) []string {
	var out []string
	sure := func(p Param) string {
		if p.Hi == nil || *p.Hi >= 0 {
			return "within its noise, so noise is the plain explanation"
		}
		return "beyond its noise"
	}
	if p, _ := l.Param("sigma"); p.Value < 0 {
		what := "the first steps do better than linear (caches that fit, a cost that only one alone bears), or the smallest size was measured too low"
		if s.sizes() > 1 && s.value(1) == 1 && s.mean[1]/s.n[1] < s.mean[0]/s.n[0] {
			what = "no step does better than linear, so the law bends at another place than the data"
		}
		out = append(out, fmt.Sprintf("Without bounds sigma is negative (%.3g), %s: %s.", p.Value, sure(p), what))
	}
	if p, _ := l.Param("kappa"); p.Value < 0 {
		out = append(out, fmt.Sprintf("Without bounds kappa is negative (%.3g), %s: the curve straightens towards large N, and there is no peak in these data.", p.Value, sure(p)))
	}
	return out
}

func lineList(lines []int) string {
	var parts []string
	for i, l := range lines {
		if i == 8 {
			parts = append(parts, "...")
			break
		}
		parts = append(parts, fmt.Sprint(l))
	}
	if len(lines) == 1 {
		return " " + parts[0]
	}
	return "s " + strings.Join(parts, ", ")
}
