package demand

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
)

// Request is one that was answered.
type Request struct {
	StartNs, TookNs int64
	Class, Instance int32 // their numbers; Instance is -1 where nobody knows
}

// Account is the CPU time that containers of one kind had used by some instants,
// both in ascending order.
type Account struct {
	Kind   string // "" is the instances; a tier's name; or what nobody calls, such as nginx
	AtNs   []int64
	UsedNs []int64
	// Throttled is the share of its periods that a CPU limit cut short, 0 where that
	// is not known.
	Throttled float64
	limit     float64 // in cores, as throttling shows it
}

// Input is what there is to work with.
type Input struct {
	Classes  []string
	Requests []Request // in any order
	Accounts []Account // one for each container
	// Tiers are the kinds of accounts that requests wait for.
	Tiers []string
	// CPUs is the CPU limit of an instance in cores, 0 for none or not known.
	CPUs float64
}

// Value is a figure with its 95 % interval. Known tells whether the evidence tells
// it; if not, Value is a guess, and Why says what would tell it.
type Value struct {
	Value, Lo, Hi float64
	Known         bool
	Why           string
}

// Class is what is found of a class of requests.
type Class struct {
	Name     string
	Requests int
	Share    float64
	CPUMs    Value            // of an instance
	TierMs   map[string]Value // CPU time of each tier
	WaitMs   Value            // for what is no CPU time; 0 for none seen
	CV       float64          // coefficient of variation of each part, if all have the same
	AloneMs  float64          // mean response of requests that were alone at their instance, 0 for none
	Alone    int              // how many were
}

// Result is what the evidence says.
type Result struct {
	Classes  []Class
	CPUMs    Value            // of an instance, for a request of the mix
	KindMs   map[string]Value // the same of all other kinds of containers
	Busy     float64          // of the instances' CPU limit, 0 where that is not known
	Idle     float64          // share of the requests that found their instance idle
	Findings []string         // what to know of these figures
}

// Errors of Work.
var (
	errNoRequests = errors.New("holds no answered request whose start and duration are known")
	errShort      = errors.New("lasts less than 10 seconds, which is too short to tell what requests cost")
)

// blocks is how many stretches the jackknife leaves out in turn.
const blocks = 20

// quantile of Student's t with blocks - 1 degrees of freedom, for 95 %.
const jackknifeT = 2.093

// least is how many requests of a class a claim rests on, at least.
const least = 50

// Work works it out. Errors are about the log as a whole.
func Work(in Input) (*Result, error) {
	if len(in.Requests) == 0 {
		return nil, errNoRequests
	}
	w := &worker{in: in}
	w.span()
	if w.toNs-w.fromNs < 10e9 {
		return nil, errShort
	}
	w.findAlone()
	w.addUp()
	r := &Result{KindMs: map[string]Value{}}
	for i, name := range in.Classes {
		r.Classes = append(r.Classes, Class{Name: name, Requests: w.requests[i], TierMs: map[string]Value{},
			Share: float64(w.requests[i]) / float64(len(in.Requests))})
	}
	w.cpu(r)
	w.waits(r)
	w.findings(r)
	return r, nil
}

// worker is the work in progress.
type worker struct {
	in           Input
	fromNs, toNs int64
	requests     []int // by class
	kinds        []string
	windows      []window
	alone        [][]alone // by class, who met no other at their instance
	first        [][]alone // by class, who found it idle
	avoiding     bool      // requests avoid busy instances
}

// alone is a request that met no other at its instance, or none when it came.
type alone struct {
	block  int
	ms     float64
	weight float64
}

func (w *worker) span() {
	w.fromNs, w.toNs = math.MaxInt64, math.MinInt64
	w.requests = make([]int, len(w.in.Classes))
	for _, q := range w.in.Requests {
		w.fromNs, w.toNs = min(w.fromNs, q.StartNs), max(w.toNs, q.StartNs+q.TookNs)
		w.requests[q.Class]++
	}
}

// block is the stretch of the log that an instant lies in.
func (w *worker) block(ns int64) int {
	return int(max(0, min(blocks-1, float64(ns-w.fromNs)/float64(w.toNs-w.fromNs)*blocks)))
}

// findAlone collects the requests that found their instance idle, and of those the
// ones that met no other until they ended. Without instances, all count as one; so
// they do where requests avoid busy instances, or long ones would be alone more often,
// since they keep others away.
//
// Long requests are less often alone than short ones: the next comes before they
// end. Each that was alone therefore stands for as many as found their instance idle
// and are as long: its weight is one over the share of such requests that are
// followed by another only later (inverse probability of censoring).
func (w *worker) findAlone() {
	w.alone, w.first = make([][]alone, len(w.in.Classes)), make([][]alone, len(w.in.Classes))
	slices.SortFunc(w.in.Requests, func(a, b Request) int { return cmp.Compare(a.StartNs, b.StartNs) })
	w.avoiding = avoids(w.in.Requests)
	place := w.place()
	until := map[int32]int64{}    // by instance, when the last of those before ends
	first := map[int32]*Request{} // by instance, the last who found it idle, until another comes
	var gaps []int64              // from those to the next
	var list []*Request           // who met no other
	for i := range w.in.Requests {
		q := &w.in.Requests[i]
		at := place(q)
		end, known := until[at]
		if was := first[at]; was != nil {
			gaps = append(gaps, q.StartNs-was.StartNs)
			if q.StartNs >= end {
				list = append(list, was)
			}
			first[at] = nil
		}
		if !known || q.StartNs >= end {
			first[at] = q
			w.first[q.Class] = append(w.first[q.Class], alone{w.block(q.StartNs), float64(q.TookNs) / 1e6, 1})
		}
		until[at] = max(end, q.StartNs+q.TookNs)
	}
	slices.Sort(gaps)
	for _, q := range list {
		i, _ := slices.BinarySearch(gaps, q.TookNs)
		later := math.Max(leastLater, 1-float64(i)/float64(len(gaps)))
		w.alone[q.Class] = append(w.alone[q.Class], alone{w.block(q.StartNs), float64(q.TookNs) / 1e6, 1 / later})
	}
}

// leastLater bounds the weight of a request that was alone against all odds.
const leastLater = 0.02

func sorted[K interface{ ~int32 | ~string }, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// jackknife is a figure of all blocks with the interval from leaving each out in
// turn; of skips a block, or takes all for -1. Where it cannot be worked out it is
// not a number.
func jackknife(of func(skip int) float64) Value {
	all := of(-1)
	var parts []float64
	mean := 0.0
	for b := range blocks {
		if v := of(b); !math.IsNaN(v) {
			parts = append(parts, v)
			mean += v
		}
	}
	v := Value{Value: all, Lo: math.Inf(-1), Hi: math.Inf(1)}
	if len(parts) < blocks/2 || math.IsNaN(all) {
		return v
	}
	mean /= float64(len(parts))
	sum := 0.0
	for _, p := range parts {
		sum += (p - mean) * (p - mean)
	}
	n := float64(len(parts))
	half := jackknifeT * math.Sqrt(sum*(n-1)/n)
	v.Lo, v.Hi = all-half, all+half
	return v
}

// sure is how wide an interval may be, to either side, for a figure to count as known.
const sure = 0.2

// judge decides whether an interval tells the figure; negligible is what does not
// matter.
func (v Value) judge(negligible float64, why string) Value {
	half := (v.Hi - v.Lo) / 2
	v.Known = half <= math.Max(sure*v.Value, negligible)
	if !v.Known {
		v.Why = why
	}
	v.Lo = math.Max(0, v.Lo)
	return v
}

// String is the figure in ms with its interval.
func (v Value) String() string {
	if !v.Known {
		return "unknown"
	}
	return fmt.Sprintf("%.3g ± %.2g", v.Value, (v.Hi-v.Lo)/2)
}
