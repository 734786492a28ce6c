package fit

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/k9mil/velocitas/model/fit/tables"
)

// The shapes of what was measured.
const (
	// Growing throughput has no limit within the sizes measured.
	Growing = "growing"
	// LevelsOff is throughput that stops growing within the sizes measured.
	LevelsOff = "levels off"
	// Peaked throughput falls beyond a size in the middle.
	Peaked = "peak"
	// Flat throughput is the same at every size, and Falling is highest at the
	// smallest.
	Flat    = "flat"
	Falling = "falling"
)

// How much is something: throughput that changes by less is the same.
const (
	flatElasticity = 0.07 // of throughput by N: doubling N brings 5 %
	flatScatter    = 0.08 // standard deviation of the logarithm about its mean
	sameShare      = 0.05
)

// isFlat says that throughput is the same at every size, as far as its scatter
// lets one see: more of them bring nothing.
func isFlat(rows []tables.Row) bool {
	s := newSample(rows, Proportional)
	if s.sizes() < 3 {
		return false
	}
	level, x := s.level(), 0.0
	for _, n := range s.n {
		x += math.Log(n) / float64(s.sizes())
	}
	var xx, xy, yy float64
	for i, n := range s.n {
		dx, dy := math.Log(n)-x, s.mean[i]-level
		xx, xy, yy = xx+dx*dx, xy+dx*dy, yy+dy*dy
	}
	scatter := math.Sqrt(yy / float64(s.sizes()-1))
	slope := xy / xx
	// A slope that stands out of the scatter is one, however small; but what a
	// doubling of N does not raise by 5 % is flat to whoever pays for it.
	left := math.Sqrt(math.Max(0, yy-slope*xy) / float64(s.sizes()-2) / xx)
	total := math.Abs(slope) * math.Log(s.largest()/s.n[0])
	return scatter < flatScatter && (math.Abs(slope) < flatElasticity && total < 2*sameShare || math.Abs(slope) < 2*left) && !humped(s, scatter)
}

// humped says that the middle sizes are beyond the scatter above or below both
// ends, or residuals run: then the mean describes nothing.
func humped(s sample, scatter float64) bool {
	if scatter < sameShare/2 {
		return false
	}
	between, all, last := 0.0, 0.0, 0.0
	level := s.level()
	for _, m := range s.mean {
		r := m - level
		all, between, last = all+r*r, between+r*last, r
	}
	return between > 0.4*all
}

// flatSolution is the ceiling reached at the smallest size already.
func flatSolution(s sample) solution {
	f := solution{law: ceilingLaw, shape: []float64{s.n[0]}, onBound: []bool{false}}
	f.lambda, f.squares = s.profile(ceilingLaw, f.shape)
	return f
}

// shapeOf judges the best law within what was measured.
func shapeOf(best Law, s sample, flat bool) (shape string, at float64) {
	if flat {
		return Flat, s.n[0]
	}
	first, top := s.n[0], s.largest()
	x := func(n float64) float64 { return best.Throughput(n) }
	peak, most := first, x(first)
	const steps = 400
	for i := range steps + 1 {
		n := first * math.Pow(top/first, float64(i)/steps)
		if x(n) > most*(1+1e-9) {
			peak, most = n, x(n)
		}
	}
	switch {
	case x(top) < (1-sameShare/2)*most && peak <= first*(1+1e-9):
		return Falling, first
	case x(top) < (1-sameShare/2)*most:
		return Peaked, peak
	}
	from := top
	for from > first && x(from) > (1-sameShare/2)*most {
		from /= math.Pow(top/first, 1./steps)
	}
	if from = math.Max(from, first); from <= top/1.5 {
		return LevelsOff, from
	}
	return Growing, top
}

// answer says the result in sentences, the first of which is the answer.
func answer(r Report, s sample) []string {
	plain := newSample(r.Rows, Constant)
	var out []string
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	load, first := loadAnswer(r, s.largest())
	if load != "" && first {
		add("%s", load)
	}
	if s.sizes() == 2 {
		out = append(out, twoSizesSentences(r)...)
		if load != "" && !first {
			add("%s", load)
		}
		return out
	}
	best, _ := r.Law(r.Best)
	from, top := s.n[0], s.largest()
	least, most := slices.Min(plain.mean), slices.Max(plain.mean)
	x0, xt := plain.mean[0], plain.mean[len(plain.mean)-1]
	const cause = "Something that all share sets it (a database, a lock, a network, the balancer, the host), or the load does: its rate, its clients, the generator."
	switch r.Shape {
	case Flat:
		add("More of them bring nothing: throughput is %s (%s to %s) at every size from N = %s to N = %s, so its limit is reached at N = %s already.",
			num(best.Throughput(top)), num(least), num(most), num(from), num(top), num(from))
		add(cause)
	case Falling:
		add("More of them make it slower: throughput falls from %s at N = %s to %s at N = %s; the smallest size is the best of those measured.",
			num(x0), num(from), num(xt), num(top))
		add("They hold each other up (a lock, a cache line, a connection that all share), or take from each other what the host has.")
	case Peaked:
		add("Throughput peaks near N = %s with about %s and falls beyond: at N = %s, the largest measured, it is %s, %.0f %% less.",
			about(r.ShapeAt), num(best.Throughput(r.ShapeAt)), num(top), num(best.Throughput(top)), 100*(1-best.Throughput(top)/best.Throughput(r.ShapeAt)))
	case LevelsOff:
		add("Throughput grows up to about N = %s and stays near %s from there to N = %s, the largest measured: more of them bring next to nothing.",
			about(r.ShapeAt), num(best.Throughput(top)), num(top))
		add(cause)
	default:
		add("Throughput still grows at N = %s, the largest measured: %s there, %.3g times what N = %s gives, with %.3g times as many; no limit was seen up to N = %s.",
			num(top), num(xt), xt/x0, num(from), top/from, num(top))
	}
	if load != "" && !first {
		add("%s", load)
	}
	if lo, hi, ok := r.Interval(2 * top); ok {
		add("At N = %s, twice that, expect %s to %s (95 %%); what was measured does not tell it better.", num(2*top), num(lo), num(hi))
	}
	return out
}

// loadAnswer says that rows show the load and not the system. That comes first
// where the largest size is among them: what is said of the end is then not true
// of the system.
func loadAnswer(r Report, top float64) (text string, first bool) {
	bound := map[int]bool{}
	reason := ""
	for _, f := range r.Findings {
		if f.Verdict == LoadBound || f.Verdict == LoadGrows {
			for _, line := range f.Lines {
				bound[line] = true
			}
			if reason == "" {
				reason = f.Reason
			}
		}
	}
	for _, row := range r.Rows {
		first = first || row.N == top && bound[row.Line]
	}
	switch {
	case len(bound) == 0:
		return "", false
	case len(bound) == len(r.Rows):
		return fmt.Sprintf("These rows show the load, not what the system can do: %s.", reason), true
	}
	return fmt.Sprintf("%d of the %d rows show the load, not what the system can do: %s.", len(bound), len(r.Rows), reason), first
}

// misfitSentence says where the best law runs beside the measurements. ok is
// false where it does not.
func misfitSentence(r Report, s sample) (text string, ok bool) {
	best, _ := r.Law(r.Best)
	f := best.solution()
	far := worstMiss(best, s) > missShare
	if !far && (s.sizes() < 5 || !runs(f, s)) {
		return "", false
	}
	worst, at := 0.0, 0.0
	for i, n := range s.n {
		x := f.throughput(n)
		d := s.mean[i]/x - 1
		if s.noise == Proportional {
			d = math.Exp(s.mean[i])/x - 1
		}
		if math.Abs(d) > math.Abs(worst) {
			worst, at = d, n
		}
	}
	if math.Abs(worst) < 0.003 {
		return "", false
	}
	if far {
		return fmt.Sprintf("%s does not describe these measurements: at N = %s it is off by %+.0f %%; no law here does better", r.Best, num(at), 100*worst), true
	}
	return fmt.Sprintf("the residuals run: neighbouring sizes lie on the same side of %s (most at N = %s, by %+.1f %%), so the system bends elsewhere than the law, and its parameters mean less than their intervals say", r.Best, num(at), 100*worst), true
}

// runs says that residuals of neighbouring sizes go together more than chance
// lets them: by their correlation, or where measurements were repeated by their
// size against the scatter of the repeats.
func runs(f solution, s sample) bool {
	free := float64(s.sizes() - 1 - len(f.shape))
	repeats := float64(s.total - s.sizes())
	if repeats >= 4 && free >= 1 && s.within > 0 {
		ratio := (f.squares / free) / (s.within / repeats)
		return ratio > lackOfFit(free, repeats)
	}
	return misfit(f, s)
}

// lackOfFit is about the 99 % quantile of F, by the normal approximation of its
// cube root (Paulson 1942).
func lackOfFit(a, b float64) float64 {
	const z = 2.326
	p, q := 2/(9*a), 2/(9*b)
	u := 1 - q
	d := u*u - z*z*q
	if d <= 0 {
		return math.Inf(1)
	}
	root := ((1-p)*u + z*math.Sqrt(p*u*u+q*(1-p)*(1-p)-z*z*p*q)) / d
	return root * root * root
}

// about writes a size that is known to two digits at best.
func about(v float64) string {
	if v >= 10 {
		return num(math.Round(v))
	}
	return strconv.FormatFloat(math.Round(10*v)/10, 'f', -1, 64)
}

// num writes a number with three or four digits that matter and commas between
// thousands.
func num(v float64) string {
	if v >= 1e15 || v < 1e-3 {
		return fmt.Sprintf("%.4g", v)
	}
	digits := max(0, 3-int(math.Floor(math.Log10(v))))
	scale := math.Pow(10, float64(digits))
	s := strconv.FormatFloat(math.Round(v*scale)/scale, 'f', digits, 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	whole, rest, found := strings.Cut(s, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if found {
		whole += "." + rest
	}
	return whole
}
