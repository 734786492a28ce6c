package queueing

import "math"

// Quota is a CPU limit as the Linux scheduler enforces it: in each period, on a
// fixed grid, an instance may use Quota of CPU time; then it stands still until
// the next period begins. (Kernel documentation, scheduler/sched-bwc.) It is
// deterministic. All times have one unit of the caller's choice; with whole
// numbers (of nanoseconds, say) every result is exact.
type Quota struct {
	Quota   float64 // CPU time per period, > 0
	Period  float64 // > 0
	Threads int     // busy threads that drain the quota together, >= 1
}

func (q Quota) check() {
	require(q.Quota > 0 && q.Period > 0 && q.Threads >= 1, "a CPU limit needs quota, period > 0 and threads >= 1, got %+v", q)
}

// perPeriod is the CPU time that fits in one period.
func (q Quota) perPeriod() float64 {
	q.check()
	return math.Min(q.Quota, float64(q.Threads)*q.Period)
}

// Response is the time that a lone request of the given demand takes when it
// starts at phase (in [0, Period)) of a period of which it finds used already
// spent. Through the first period it gets what is left, r0; then k full periods
// pass, and the rest runs in the last one.
func (q Quota) Response(demand, phase, used float64) float64 {
	most, p := q.perPeriod(), float64(q.Threads)
	require(demand >= 0 && phase >= 0 && phase < q.Period && used >= 0 && used <= q.Quota,
		"no response for demand %v at phase %v with %v used of %+v", demand, phase, used, q)
	r0 := math.Min(q.Quota-used, p*(q.Period-phase))
	if demand <= r0 {
		return demand / p
	}
	k := math.Ceil((demand-r0)/most) - 1
	return (q.Period - phase) + k*q.Period + (demand-r0-k*most)/p
}

// MeanResponse is the mean of Response over a phase spread evenly over the
// period, nothing used. It integrates the pieces: falling with slope -1 while
// the whole quota lies ahead, then two steps.
func (q Quota) MeanResponse(demand float64) float64 {
	most, p := q.perPeriod(), float64(q.Threads)
	full := q.Period - most/p // phases below this have the whole quota ahead
	total := 0.0
	if full > 0 {
		if demand <= most {
			total = full * demand / p
		} else {
			total = full * (q.Response(demand, 0, 0) - full/2)
		}
	}
	m := math.Floor(demand / most)
	edge := math.Min((demand-m*most)/p, most/p) // time left at which one more period is needed
	step := func(k float64) float64 {
		if k < 0 {
			return demand / p
		}
		return k*q.Period + (demand-k*most)/p
	}
	total += edge*step(m) + (most/p-edge)*step(m-1)
	return total / q.Period
}

// BackToBack is the response of each of n requests of the same demand that one
// client sends without a pause, from the start of a period. It settles into a
// cycle of mean demand/quota periods.
func (q Quota) BackToBack(demand float64, n int) []float64 {
	require(demand > 0, "back to back needs a positive demand, got %v", demand)
	most, p := q.perPeriod(), float64(q.Threads)
	out := make([]float64, n)
	phase, used := 0.0, 0.0
	for i := range out {
		out[i] = q.Response(demand, phase, used)
		end := phase + out[i]
		if end < q.Period { // still in the period it started in
			used += demand
		} else {
			// What ran in the last period is the demand less r0 and full periods.
			r0 := math.Min(q.Quota-used, p*(q.Period-phase))
			rest := demand - r0
			used = rest - math.Max(0, math.Ceil(rest/most)-1)*most
			end = math.Mod(end, q.Period)
		}
		if phase = end; phase == 0 { // a new period, a new quota
			used = 0
		}
	}
	return out
}

// SaturationRate is the highest rate of requests of this demand: quota over
// period times demand.
func (q Quota) SaturationRate(demand float64) float64 {
	return q.perPeriod() / (q.Period * demand)
}
