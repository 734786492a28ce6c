package demand

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// window is a stretch of time between two readings of the accounts.
type window struct {
	block  int
	s      float64
	counts []float64 // of each class, requests that were inside, by the part of their time
	cpuMs  []float64 // by kind
}

// windowsMost bounds how many there are; windowNs is how short one may be.
const (
	windowsMost = 5000
	windowNs    = 1e9
	responses   = 50
)

// meanNs is the mean response.
func (w *worker) meanNs() int64 {
	sum := 0.0
	for _, q := range w.in.Requests {
		sum += float64(q.TookNs)
	}
	return int64(sum / float64(len(w.in.Requests)))
}

// addUp makes the windows: from one reading of the accounts to another, since what
// was used in between is known to nobody; no shorter than a second, or than so many
// responses, since when in its time a request computes is not known either. Only
// what all accounts cover counts.
func (w *worker) addUp() {
	from, to := w.fromNs, w.toNs
	var readings []int64
	for _, a := range w.in.Accounts {
		if len(a.AtNs) < 2 {
			continue
		}
		from, to = max(from, a.AtNs[0]), min(to, a.AtNs[len(a.AtNs)-1])
		if len(a.AtNs) > len(readings) {
			readings = a.AtNs
		}
		if !slices.Contains(w.kinds, a.Kind) {
			w.kinds = append(w.kinds, a.Kind)
		}
	}
	slices.Sort(w.kinds)
	step := max(windowNs, (to-from)/windowsMost, min((to-from)/(5*blocks), responses*w.meanNs()))
	var edges []int64
	for _, at := range readings {
		if at >= from && at <= to && (len(edges) == 0 || at-edges[len(edges)-1] >= step) {
			edges = append(edges, at)
		}
	}
	if len(edges) < 2 {
		w.kinds = nil
		return
	}
	for i := range len(edges) - 1 {
		x := window{w.block(edges[i]), float64(edges[i+1]-edges[i]) / 1e9, make([]float64, len(w.in.Classes)), make([]float64, len(w.kinds))}
		for _, a := range w.in.Accounts {
			if k := slices.Index(w.kinds, a.Kind); len(a.AtNs) > 1 {
				x.cpuMs[k] += (a.used(edges[i+1]) - a.used(edges[i])) / 1e6
			}
		}
		w.windows = append(w.windows, x)
	}
	w.addRequests(edges)
}

// addRequests counts each request to the windows that it lies in, by time.
func (w *worker) addRequests(edges []int64) {
	for _, q := range w.in.Requests {
		begin, end := q.StartNs, q.StartNs+max(1, q.TookNs)
		i, exact := slices.BinarySearch(edges, begin)
		if !exact {
			i--
		}
		for i = max(0, i); i < len(w.windows) && edges[i] < end; i++ {
			if part := float64(min(end, edges[i+1])-max(begin, edges[i])) / float64(end-begin); part > 0 {
				w.windows[i].counts[q.Class] += part
			}
		}
	}
}

// used is the CPU time by an instant, straight between readings.
func (a *Account) used(ns int64) float64 {
	i, exact := slices.BinarySearch(a.AtNs, ns)
	switch {
	case exact:
		return float64(a.UsedNs[i])
	case i == 0:
		return float64(a.UsedNs[0])
	case i == len(a.AtNs):
		return float64(a.UsedNs[i-1])
	}
	share := float64(ns-a.AtNs[i-1]) / float64(a.AtNs[i]-a.AtNs[i-1])
	return float64(a.UsedNs[i-1]) + share*float64(a.UsedNs[i]-a.UsedNs[i-1])
}

// cpu finds the CPU time of every kind of container, of the mix and by class.
func (w *worker) cpu(r *Result) {
	for k, kind := range w.kinds {
		mix := jackknife(func(skip int) float64 { return w.perRequest(k, skip) }).judge(0.02,
			"the accounts cover too little of the log: record both for at least some minutes")
		if kind == "" {
			r.CPUMs = mix
		} else {
			r.KindMs[kind] = mix
			if !slices.Contains(w.in.Tiers, kind) {
				continue
			}
		}
		for i, v := range w.byClass(k, mix, r.Classes) {
			if kind == "" {
				r.Classes[i].CPUMs = v
			} else {
				r.Classes[i].TierMs[kind] = v
			}
		}
	}
	if w.in.CPUs > 0 {
		w.busy(r)
	}
}

// busy is how much of their limit the instances used.
func (w *worker) busy(r *Result) {
	k := slices.Index(w.kinds, "")
	if k < 0 {
		return
	}
	instances, ms, s := 0, 0.0, 0.0
	for _, a := range w.in.Accounts {
		if a.Kind == "" {
			instances++
		}
	}
	for _, x := range w.windows {
		ms, s = ms+x.cpuMs[k], s+x.s
	}
	r.Busy = ms / 1000 / (s * w.in.CPUs * float64(instances))
}

// perRequest is the CPU time of a kind over all requests.
func (w *worker) perRequest(k, skip int) float64 {
	ms, n := 0.0, 0.0
	for _, x := range w.windows {
		if x.block == skip {
			continue
		}
		ms += x.cpuMs[k]
		for _, c := range x.counts {
			n += c
		}
	}
	if n < 1 {
		return math.NaN()
	}
	return ms / n
}

// byClass divides the CPU time of a kind among the classes: what least squares can
// tell, and of the rest what is left, in proportion to how long they take alone,
// of tiers without the instance's own time.
func (w *worker) byClass(k int, mix Value, classes []Class) []Value {
	n := len(w.in.Classes)
	if n == 1 {
		return []Value{mix}
	}
	whole := w.leastSquares(k, -1)
	left := make([][]float64, blocks)
	for b := range blocks {
		left[b] = w.leastSquares(k, b)
	}
	list := make([]Value, n)
	total := float64(len(w.in.Requests))
	for i := range list {
		list[i] = jackknife(func(skip int) float64 {
			of := whole
			if skip >= 0 {
				of = left[skip]
			}
			if of == nil {
				return math.NaN()
			}
			return of[i]
		})
		list[i].Value = math.Max(0, list[i].Value)
		share := float64(w.requests[i]) / total
		list[i] = list[i].judge(0.02*mix.Value/math.Max(share, 0.02), w.whyTogether(i))
		if w.requests[i] < least {
			list[i].Known, list[i].Why = false, fmt.Sprintf("%d requests are too few: record more of it", w.requests[i])
		}
	}
	w.guess(list, k, w.prior(k, mix.Value, classes))
	return list
}

// prior is what each class is expected to take of a kind before the accounts are
// asked: in proportion to what it takes alone, of tiers without the instance's own
// time, such that the mix takes what it does. Half of an instance's is taken to be
// the same for all, since what is longer may as well wait longer.
func (w *worker) prior(k int, mix float64, classes []Class) []float64 {
	weights := make([]float64, len(classes))
	all, total := 0.0, 0.0
	for i := range weights {
		weights[i] = w.typical(i)
		if w.kinds[k] == "" {
			weights[i] = math.Sqrt(weights[i])
		} else {
			weights[i] = math.Max(0.02*weights[i], weights[i]-classes[i].CPUMs.Value)
		}
		all += weights[i] * float64(w.requests[i])
		total += float64(w.requests[i])
	}
	for i := range weights {
		weights[i] *= mix * total / all
	}
	return weights
}

// guess gives classes that least squares do not tell the most likely values, where
// each is thought to lie within some 70 % of what is expected.
func (w *worker) guess(list []Value, k int, prior []float64) {
	if !slices.ContainsFunc(list, func(v Value) bool { return !v.Known }) {
		return
	}
	at, a, b := w.normal(k, -1)
	noise := w.noise(k)
	for i, c := range at {
		weight := noise / (0.49 * prior[c] * prior[c])
		a[i][i] += weight
		b[i] += weight * prior[c]
	}
	if !cholesky(a, b) {
		b = b[:0]
	}
	likely := slices.Clone(prior)
	for i, c := range at[:len(b)] {
		likely[c] = math.Max(0, b[i])
	}
	for i := range list {
		if v := &list[i]; !v.Known {
			v.Value, v.Lo, v.Hi = likely[i], 0, 3*likely[i]
		}
	}
}

// noise is the variance of what a window took beyond the least squares, weighted as
// they are; windows that follow one another are not independent, so it counts three
// times.
func (w *worker) noise(k int) float64 {
	d := w.leastSquares(k, -1)
	if d == nil {
		d = make([]float64, len(w.requests))
		mix := w.perRequest(k, -1)
		for i := range d {
			d[i] = mix
		}
	}
	sum := 0.0
	for _, x := range w.windows {
		all, off := 0.0, x.cpuMs[k]
		for i, c := range x.counts {
			all += c
			off -= c * d[i]
		}
		sum += off * off / math.Max(all, w.usual())
	}
	return 3 * sum / float64(max(1, len(w.windows)-len(d)))
}

// whyTogether is why a class's CPU time is not known, and what would tell it.
func (w *worker) whyTogether(i int) string {
	return fmt.Sprintf("its rate moves with the others', or too little: two minutes of %s alone, one request at a time, or the same load at another mix would tell", w.in.Classes[i])
}

// typical is how long a class takes alone, or 1 where it never was.
func (w *worker) typical(i int) float64 {
	if len(w.alone[i]) == 0 {
		return 1
	}
	return math.Max(1e-3, median(w.alone[i]))
}

func median(list []alone) float64 {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b alone) int { return cmp.Compare(a.ms, b.ms) })
	all, sum := 0.0, 0.0
	for _, a := range list {
		all += a.weight
	}
	for _, a := range list {
		if sum += a.weight; sum >= all/2 {
			return a.ms
		}
	}
	return list[len(list)-1].ms
}

// leastSquares is the CPU time of a kind by class; below 0 by chance. nil where it
// cannot be solved.
func (w *worker) leastSquares(k, skip int) []float64 {
	at, a, b := w.normal(k, skip)
	if !cholesky(a, b) {
		return nil
	}
	d := make([]float64, len(w.requests))
	for i, c := range at {
		d[c] = b[i]
	}
	return d
}

// normal are the normal equations of the least squares for the classes at. Windows
// with more requests than usual weigh less, since variances add up.
func (w *worker) normal(k, skip int) (at []int, a [][]float64, b []float64) {
	for i, c := range w.requests {
		if c > 0 {
			at = append(at, i)
		}
	}
	a, b = make([][]float64, len(at)), make([]float64, len(at))
	for i := range a {
		a[i] = make([]float64, len(at))
	}
	for _, x := range w.windows {
		if x.block == skip {
			continue
		}
		all := 0.0
		for _, c := range x.counts {
			all += c
		}
		all = math.Max(all, w.usual())
		for i, ci := range at {
			b[i] += x.counts[ci] * x.cpuMs[k] / all
			for j, cj := range at {
				a[i][j] += x.counts[ci] * x.counts[cj] / all
			}
		}
	}
	return at, a, b
}

// usual is how many requests a window has on average.
func (w *worker) usual() float64 { return float64(len(w.in.Requests)) / float64(len(w.windows)) }

// cholesky solves a x = b in place, and fails where a is as good as singular.
func cholesky(a [][]float64, b []float64) bool {
	n := len(b)
	for i := range n {
		whole := a[i][i]
		for j := range i + 1 {
			sum := a[i][j]
			for k := range j {
				sum -= a[i][k] * a[j][k]
			}
			if i == j {
				if sum <= 1e-9*whole || whole == 0 {
					return false
				}
				a[i][i] = math.Sqrt(sum)
			} else {
				a[i][j] = sum / a[j][j]
			}
		}
	}
	for i := range n {
		for k := range i {
			b[i] -= a[i][k] * b[k]
		}
		b[i] /= a[i][i]
	}
	for i := n - 1; i >= 0; i-- {
		for k := i + 1; k < n; k++ {
			b[i] -= a[k][i] * b[k]
		}
		b[i] /= a[i][i]
	}
	return true
}

// join lists names.
func join(names []string) string { return strings.Join(names, ", ") }
