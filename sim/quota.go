package sim

// quota is a CPU limit as Linux enforces it (CFS bandwidth control,
// Documentation/scheduler/sched-bwc.rst): so much CPU time in each period; who
// has used it up stands still until the next period begins. Periods lie on a
// grid of their own phase. What is left of a period is lost.
type quota struct {
	limited  bool
	struck   bool    // used up: standing still until boundary
	perNs    float64 // CPU time allowed in a period
	periodNs int64
	boundary int64   // end of the present period
	usedNs   float64 // CPU time used in the present period

	periods, strikes int64 // periods with work in them, and those in which it struck
}

// pass accounts for dt of using so many cores, up to now.
func (q *quota) pass(now, dt int64, cores float64) {
	if now < q.boundary {
		q.use(float64(float64(dt) * cores))
		return
	}
	// The period that was, whole periods between, and the one that is.
	q.use(float64(float64(max(0, dt-(now-q.boundary))) * cores))
	skipped := (now - q.boundary) / q.periodNs
	if cores > 0 {
		q.periods += skipped
	}
	begun := q.boundary + skipped*q.periodNs
	q.boundary = begun + q.periodNs
	q.usedNs = 0
	q.use(float64(float64(min(dt, now-begun)) * cores))
}

// use takes CPU time from the present period, which counts from its first use.
func (q *quota) use(ns float64) {
	if ns > 0 && q.usedNs == 0 {
		q.periods++
	}
	q.usedNs += ns
}

// exhausted is when the quota will be used up by so many cores from now on;
// maxTimeNs where the limit does not bind.
func (q *quota) exhausted(now int64, cores float64) int64 {
	at := now + ceilNs((q.perNs-q.usedNs)/cores)
	if at <= q.boundary && q.usedNs+float64(float64(q.boundary-now)*cores) > q.perNs {
		return at
	}
	if float64(float64(q.periodNs)*cores) <= q.perNs {
		return maxTimeNs
	}
	return q.boundary + ceilNs(q.perNs/cores)
}

// strike stops the group until the period ends.
func (q *quota) strike() {
	q.struck = true
	q.strikes++
}

// refill begins the period at q.boundary.
func (q *quota) refill() {
	q.struck = false
	q.usedNs = 0
	q.boundary += q.periodNs
}

// catchUp begins the period that now lies in, for a group that stood still for
// a reason of its own.
func (q *quota) catchUp(now int64) {
	if now < q.boundary {
		return
	}
	q.struck = false
	q.usedNs = 0
	q.boundary += ((now-q.boundary)/q.periodNs + 1) * q.periodNs
}
