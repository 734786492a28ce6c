package demand

import (
	"cmp"
	"math"
	"slices"
	"sort"

	"gonum.org/v1/gonum/mat"
)

// A class that is never alone can still be told, from how the time of its requests
// grows with what they have beside them: what is inside their instance when they
// begin, what comes soon after, and what was worked on just before. None of that
// depends on a request itself. The time at none of it is the time alone.

// beside is what a request has beside it at its instance, in ms of CPU time.
type beside struct{ inside, after, before float64 }

// beforeNs is how long what was worked on still counts: a period of a CPU limit.
const beforeNs = 100e6

// besideLeast is how many requests a class must have for that.
const besideLeast = 500

// besideOthers is the mean time alone of a class, with its interval, and its standard
// deviation; ok is false where there are too few, or the CPU limit strikes, by which
// time jumps instead of growing.
func (w *worker) besideOthers(class int, costMs []float64) (mean Value, sd float64, n int, ok bool) {
	var times []float64
	for _, q := range w.in.Requests {
		if int(q.Class) == class {
			times = append(times, float64(q.TookNs))
		}
	}
	if len(times) < besideLeast || w.struck() > 0.05 {
		return mean, 0, 0, false
	}
	slices.Sort(times)
	list, took := besides(w.in.Requests, class, costMs, times[len(times)*9/10], w.place())
	line, ok1 := intercept(list, took, false)
	curve, ok2 := intercept(list, took, true)
	if !ok1 || !ok2 || curve.mean <= 0 {
		return mean, 0, 0, false
	}
	// How far the two are apart shows how much hangs on the shape.
	half := 1.96*curve.se + math.Abs(line.mean-curve.mean)
	return Value{Value: curve.mean, Lo: curve.mean - half, Hi: curve.mean + half}, math.Sqrt(curve.variance), len(took), true
}

// struck is the share of the instances' periods that their CPU limit cut short.
func (w *worker) struck() (share float64) {
	n := 0.0
	for _, a := range w.in.Accounts {
		if a.Kind == "" {
			share, n = share+a.Throttled, n+1
		}
	}
	return share / max(n, 1)
}

// place is where what a request has beside it is looked for: at its instance, or
// anywhere if requests avoid busy instances.
func (w *worker) place() func(*Request) int32 {
	if w.avoiding {
		return func(*Request) int32 { return 0 }
	}
	return func(q *Request) int32 { return q.Instance }
}

// stream is when an instance's requests begin and end, in order, with their costs so far.
type stream struct {
	starts, ends     []int64
	startSum, endSum []float64
}

func streams(requests []Request, costMs []float64, place func(*Request) int32) map[int32]*stream {
	all := map[int32]*stream{}
	type end struct {
		ns   int64
		cost float64
	}
	ends := map[int32][]end{}
	for i := range requests {
		q := &requests[i]
		at := place(q)
		s := all[at]
		if s == nil {
			s = &stream{}
			all[at] = s
		}
		s.starts = append(s.starts, q.StartNs)
		s.startSum = append(s.startSum, last(s.startSum)+costMs[q.Class])
		ends[at] = append(ends[at], end{q.StartNs + q.TookNs, costMs[q.Class]})
	}
	for at, s := range all {
		slices.SortFunc(ends[at], func(a, b end) int { return cmp.Or(cmp.Compare(a.ns, b.ns), cmp.Compare(a.cost, b.cost)) })
		for _, e := range ends[at] {
			s.ends = append(s.ends, e.ns)
			s.endSum = append(s.endSum, last(s.endSum)+e.cost)
		}
	}
	return all
}

func last(list []float64) float64 {
	if len(list) == 0 {
		return 0
	}
	return list[len(list)-1]
}

// upTo is the sum of what is before an instant, or at it if that counts.
func upTo(at []int64, sum []float64, ns int64, inclusive bool) float64 {
	n := sort.Search(len(at), func(i int) bool { return at[i] > ns || !inclusive && at[i] == ns })
	if n == 0 {
		return 0
	}
	return sum[n-1]
}

// besides are what requests of a class have beside them, of those that are far
// enough from the ends of the record, and how long they took, ms.
func besides(requests []Request, class int, costMs []float64, afterNs float64, place func(*Request) int32) (list []beside, took []float64) {
	all := streams(requests, costMs, place)
	first, end := requests[0].StartNs+int64(2*afterNs), requests[len(requests)-1].StartNs-int64(afterNs)
	for i := range requests {
		q := &requests[i]
		if int(q.Class) != class || q.StartNs < first || q.StartNs > end {
			continue
		}
		s, own := all[place(q)], costMs[q.Class]
		started, ended := upTo(s.starts, s.startSum, q.StartNs, true), upTo(s.ends, s.endSum, q.StartNs, true)
		list = append(list, beside{
			inside: max(0, started-own-ended),
			after:  upTo(s.starts, s.startSum, q.StartNs+int64(afterNs), true) - started,
			before: ended - upTo(s.ends, s.endSum, q.StartNs-beforeNs, true),
		})
		took = append(took, float64(q.TookNs)/1e6)
	}
	return list, took
}

// atNone is the time with nothing beside it.
type atNone struct{ mean, se, variance float64 }

// intercept fits times by what is beside them: straight, or with squares.
func intercept(list []beside, took []float64, curved bool) (a atNone, ok bool) {
	terms := func(b beside) []float64 {
		x := []float64{1, b.inside, b.after, b.before}
		if curved {
			x = append(x, b.inside*b.inside, b.inside*b.after, b.after*b.after)
		}
		return x
	}
	p := len(terms(beside{}))
	gram, right := mat.NewSymDense(p, nil), mat.NewVecDense(p, nil)
	for i, b := range list {
		x := terms(b)
		for j := range p {
			right.SetVec(j, right.AtVec(j)+x[j]*took[i])
			for k := j; k < p; k++ {
				gram.SetSym(j, k, gram.At(j, k)+x[j]*x[k])
			}
		}
	}
	for j := 1; j < p; j++ { // a column that is always 0 has no say
		gram.SetSym(j, j, gram.At(j, j)*(1+1e-9)+1e-9)
	}
	var chol mat.Cholesky
	solution, inverse := mat.NewVecDense(p, nil), mat.NewSymDense(p, nil)
	if !chol.Factorize(gram) || chol.SolveVecTo(solution, right) != nil || chol.InverseTo(inverse) != nil {
		return a, false
	}
	for i, b := range list {
		off := took[i]
		for j, x := range terms(b) {
			off -= x * solution.AtVec(j)
		}
		a.variance += off * off / float64(len(list)-p)
	}
	a.mean, a.se = solution.AtVec(0), math.Sqrt(max(0, inverse.At(0, 0)*a.variance))
	return a, true
}

// inTurn tells whether instances are asked in turn: mostly the same one after each.
// Who has just been asked has more inside than others then, too, but nobody looks.
func inTurn(requests []Request) bool {
	follows := map[[2]int32]int{}
	most, all := map[int32]int{}, 0
	for i := 1; i < len(requests); i++ {
		pair := [2]int32{requests[i-1].Instance, requests[i].Instance}
		follows[pair]++
		most[pair[0]] = max(most[pair[0]], follows[pair])
		all++
	}
	sum := 0
	for _, n := range most {
		sum += n
	}
	return float64(sum) > 0.7*float64(all)
}

// avoids tells whether requests avoid instances that have more inside than others,
// as with least_conn. Then what comes to an instance depends on how long those inside
// stay, and only what comes to all instances together does not. requests are in the
// order of their beginnings.
func avoids(requests []Request) bool {
	type end struct {
		ns int64
		at int32
	}
	ends := make([]end, len(requests))
	inside := map[int32]int{}
	for i, q := range requests {
		ends[i] = end{q.StartNs + q.TookNs, q.Instance}
		inside[q.Instance] = 0
	}
	if len(inside) < 2 || len(inside) > placesMost || inTurn(requests) {
		return false
	}
	places := sorted(inside)
	slices.SortFunc(ends, func(a, b end) int { return cmp.Compare(a.ns, b.ns) })
	var chances, against, expected float64
	next := 0
	for _, q := range requests {
		for ; next < len(ends) && ends[next].ns <= q.StartNs; next++ {
			inside[ends[next].at]--
		}
		least, more := math.MaxInt, 0
		for _, at := range places {
			least = min(least, inside[at])
		}
		for _, at := range places {
			if inside[at] > least {
				more++
			}
		}
		if more > 0 {
			chances++
			expected += float64(more) / float64(len(places))
			if inside[q.Instance] > least {
				against++
			}
		}
		inside[q.Instance]++
	}
	return chances >= 100 && against < 0.7*expected
}

// placesMost bounds how many instances are told apart there.
const placesMost = 64
