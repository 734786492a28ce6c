package demand

import (
	"fmt"
	"math"
	"slices"
)

// seenFrom is the part of a response from which what CPU time does not explain
// counts as waiting: less is what clocks, the kernel and cold caches make.
const seenFrom = 0.15

// idleLeast is which share of the requests must find their instance idle, or all is
// taken to be queueing.
const idleLeast = 0.01

// Saturated tells whether instances have all that they can do.
func (r *Result) Saturated() bool { return r.Busy > 0.95 || r.Busy > 0.8 && r.Idle < idleLeast }

// aloneLeast is how many requests alone a claim rests on.
const aloneLeast = 30

// waits finds what requests wait for other than CPU: what a response takes alone
// beyond its CPU time.
func (w *worker) waits(r *Result) {
	for i := range r.Classes {
		c := &r.Classes[i]
		c.Alone = len(w.alone[i])
		list, company := w.alone[i], 0.0
		if stood := weights(list); stood < wholly*float64(len(w.first[i])) {
			list, company = w.first[i], w.company(r)
		}
		mean, sd, n, ok := w.besideOthers(i, w.costs(r))
		if ok && (company > 0 || len(list) < aloneLeast) && (len(list) < aloneLeast || halfOf(mean) < c.CPUMs.Value*company/2) {
			c.AloneMs = mean.Value
			c.WaitMs = w.wait(c, n, 0, mean)
			c.CV = variation(c, sd)
			continue
		}
		if len(list) == 0 {
			c.WaitMs.Why = "none ever found its instance idle: two minutes with one request at a time would tell what it waits for"
			continue
		}
		mean = jackknife(func(skip int) float64 { return meanOf(list, skip) })
		c.AloneMs = mean.Value
		c.WaitMs = w.wait(c, len(list), company, mean)
		c.CV = variation(c, spread(list, mean.Value))
	}
}

// costs are what requests of each class compute, ms, or how long they usually take
// where that is not known.
func (w *worker) costs(r *Result) []float64 {
	list := make([]float64, len(r.Classes))
	for i := range list {
		if list[i] = r.Classes[i].CPUMs.Value; list[i] <= 0 {
			list[i] = w.typical(i)
		}
	}
	return list
}

// wholly is which part of the requests that found their instance idle those that
// were alone must stand for: where they do not, the long ones never were.
const wholly = 0.97

func weights(list []alone) float64 {
	sum := 0.0
	for _, a := range list {
		sum += a.weight
	}
	return sum
}

// company is by which part of its CPU time a request is longer, at most, that found
// its instance idle and met others then: shared with what comes meanwhile.
func (w *worker) company(r *Result) float64 {
	busy := math.Min(0.95, r.Busy)
	if r.Busy == 0 {
		busy = 0.5
	}
	return busy / (1 - busy)
}

// wait is what a response takes beyond its CPU time, which others may have shared.
func (w *worker) wait(c *Class, n int, company float64, response Value) (wait Value) {
	cpu, half := c.CPUMs.Value, halfOf(c.CPUMs)
	known := c.CPUMs.Known
	for _, name := range sorted(c.TierMs) {
		v := c.TierMs[name]
		cpu += v.Value
		half = math.Hypot(half, halfOf(v))
		known = known && v.Known
	}
	more := response.Value - cpu*(1+company/2)
	half = math.Hypot(half, halfOf(response)) + cpu*company/2
	wait = Value{Value: math.Max(0, more), Lo: math.Max(0, more-half), Hi: math.Max(0, more+half), Known: known}
	switch {
	case !known:
		wait.Why = "its CPU time is not known"
		if more < response.Value/2 { // which a better split may explain
			wait.Value = 0
		}
		return wait
	case n < aloneLeast:
		wait.Known = false
		wait.Why = fmt.Sprintf("only %d found their instance idle: two minutes with one request at a time would tell", n)
		wait.Value = math.Max(0, w.quickest(c.Name)-cpu) // others have queued
	case w.in.CPUs > 0 && c.CPUMs.Value > w.in.CPUs*50:
		wait.Known = false
		wait.Why = "a request takes more than half of what the CPU limit allows in a period, so standing still by the limit cannot be told from waiting"
	case more < seenFrom*response.Value:
		wait.Value, wait.Lo = 0, 0
		return wait
	case half > sure*more:
		wait.Known = false
		wait.Why = "it is little beside what is not sure of CPU time: more minutes at light load would tell"
	}
	return wait
}

// variation is the coefficient of variation that the parts of a response have, if
// all have the same: how much of its variance is whose, nothing tells.
func variation(c *Class, sd float64) float64 {
	parts := c.CPUMs.Value*c.CPUMs.Value + c.WaitMs.Value*c.WaitMs.Value
	for _, name := range sorted(c.TierMs) {
		parts += c.TierMs[name].Value * c.TierMs[name].Value
	}
	if parts == 0 {
		return sd / c.AloneMs
	}
	return sd / math.Sqrt(parts)
}

// quickest is how long one of twenty requests of a class takes at most, ms.
func (w *worker) quickest(class string) float64 {
	var took []int64
	for _, q := range w.in.Requests {
		if w.in.Classes[q.Class] == class {
			took = append(took, q.TookNs)
		}
	}
	slices.Sort(took)
	return float64(took[len(took)/20]) / 1e6
}

func halfOf(v Value) float64 {
	if half := (v.Hi - v.Lo) / 2; !math.IsInf(half, 0) && !math.IsNaN(half) {
		return half
	}
	return v.Value
}

func meanOf(list []alone, skip int) float64 {
	sum, n := 0.0, 0.0
	for _, a := range list {
		if a.block != skip {
			sum += a.weight * a.ms
			n += a.weight
		}
	}
	return sum / n
}

// spread is the standard deviation, without what rounding to whole milliseconds adds.
func spread(list []alone, mean float64) float64 {
	sum, all, whole := 0.0, 0.0, true
	for _, a := range list {
		sum += a.weight * (a.ms - mean) * (a.ms - mean)
		all += a.weight
		whole = whole && a.ms == math.Trunc(a.ms)
	}
	v := sum / all
	if whole { // both ends are cut to a grid of 1 ms: the difference has 1/6 ms² more
		v = math.Max(0, v-1.0/6)
	}
	return math.Sqrt(v)
}

// findings are what one has to know of the figures.
func (w *worker) findings(r *Result) {
	add := func(format string, args ...any) { r.Findings = append(r.Findings, fmt.Sprintf(format, args...)) }
	if len(w.kinds) == 0 {
		add("no CPU account covers the log, so CPU time is not known; it is at most what a request takes alone. Give --cpu: docker stats, cgroup counters or Prometheus, recorded at the same time")
	} else if r.CPUMs.Value == 0 && !r.CPUMs.Known {
		add("no CPU account is of the instances; name their service by --service")
	}
	alone, whole, short := 0, true, 0
	for _, list := range w.first {
		alone += len(list)
		for _, a := range list {
			whole = whole && a.ms == math.Trunc(a.ms)
			if a.ms < 5 {
				short++
			}
		}
	}
	r.Idle = float64(alone) / float64(len(w.in.Requests))
	if r.Idle < idleLeast {
		add("everything is busy: only %.2g %% of the requests found their instance idle, so what they wait for cannot be told from queueing. Two minutes with one request at a time would tell", 100*r.Idle)
	}
	if r.Busy > 0.95 {
		add("instances use %.0f %% of their CPU limit: response times are queueing, and CPU time is what a saturated instance needs (at light load it is more)", 100*r.Busy)
	}
	if whole && short*2 > alone && alone > 0 {
		add("times are in whole milliseconds and half of the requests take less than 5: single figures below a millisecond mean little, means are right")
	}
	var together []string
	for _, c := range r.Classes {
		if len(w.kinds) > 0 && !c.CPUMs.Known && c.Requests >= least {
			together = append(together, c.Name)
		}
	}
	if len(together) > 0 {
		add("the accounts do not tell the CPU time of %s from the others', since rates move together: the sum is right, the split is by response times", join(together))
	}
}
