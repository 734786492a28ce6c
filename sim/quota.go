package sim

import "math"

// quota is a CPU limit as Linux enforces it (CFS bandwidth control,
// Documentation/scheduler/sched-bwc.rst): so much CPU time in each period; who
// has used it up stands still until the next period begins. Periods lie on a
// grid of their own phase. What is left of a period is lost. The kernel looks at
// its ticks only, so a group may overstep its quota by overNs, which it owes to
// the periods that follow.
type quota struct {
	limited  bool
	struck   bool    // used up: standing still until boundary
	perNs    float64 // CPU time allowed in a period
	overNs   float64 // by how much more it is noticed too late; owed to the next
	resumeNs float64 // CPU time lost when it goes on after it struck
	periodNs int64
	boundary int64   // end of the present period
	usedNs   float64 // CPU time used in the present period, or owed from before
	struckAt int64   // since when it stands still
	stoodNs  int64   // how long it has stood still before
	begun    bool    // something has been used in it

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
	from := q.boundary + skipped*q.periodNs
	q.boundary = from + q.periodNs
	q.begun = false
	each := float64(float64(q.periodNs)*cores) - q.perNs
	q.usedNs = math.Max(0, q.owed(q.usedNs)+float64(each*float64(skipped)))
	q.use(float64(float64(min(dt, now-from)) * cores))
}

// use takes CPU time from the present period, which counts from its first use.
func (q *quota) use(ns float64) {
	if ns > 0 && !q.begun {
		q.begun = true
		q.periods++
	}
	q.usedNs += ns
}

// owed is what a period that used so much leaves to the next.
func (q *quota) owed(usedNs float64) float64 {
	if q.overNs == 0 {
		return 0
	}
	return math.Max(0, usedNs-q.perNs)
}

// exhausted is when the quota will be used up by so many cores from now on;
// maxTimeNs where the limit does not bind.
func (q *quota) exhausted(now int64, cores float64) int64 {
	most := q.perNs + q.overNs
	at := now + ceilNs((most-q.usedNs)/cores)
	left := float64(float64(q.boundary-now) * cores)
	if at <= q.boundary && q.usedNs+left > most {
		return at
	}
	// What is owed grows by each in every period, until one is too short.
	whole := float64(float64(q.periodNs) * cores)
	each := whole - q.perNs
	if each <= 0 {
		return maxTimeNs
	}
	owed := q.owed(q.usedNs + left)
	periods := math.Floor(math.Max(0, (most-owed-whole)/each) + 1)
	if owed+whole > most {
		periods = 0
	}
	if periods > float64(maxTimeNs/q.periodNs) {
		return maxTimeNs
	}
	rest := ceilNs((most - owed - float64(periods*each)) / cores)
	return q.boundary + int64(periods)*q.periodNs + rest
}

// strike stops the group until the period ends.
func (q *quota) strike(now int64) {
	q.struck, q.struckAt = true, now
	q.strikes++
}

// stood is how long the group has stood still until now.
func (q *quota) stood(now int64) int64 {
	if q.struck {
		return q.stoodNs + now - q.struckAt
	}
	return q.stoodNs
}

// letGo ends a stand-still.
func (q *quota) letGo(now int64) {
	q.stoodNs = q.stood(now)
	q.struck = false
}

// refill begins the period at q.boundary.
func (q *quota) refill() {
	q.letGo(q.boundary)
	q.begun = false
	q.usedNs = q.owed(q.usedNs)
	q.boundary += q.periodNs
}

// leastQuotaNs is the least that the kernel lets a period have
// (min_cfs_quota_period, kernel/sched/core.c).
const leastQuotaNs = 1e6

// set changes the limit. The kernel refills the period's quota then, forgets
// what is owed and lets the group go on; its periods end when they would have
// (tg_set_cfs_bandwidth, kernel/sched/core.c).
func (q *quota) set(now int64, perNs, resumeNs float64) {
	q.perNs, q.resumeNs = perNs, resumeNs
	q.letGo(now)
	q.usedNs = 0
}

// catchUp begins the period that now lies in, for a group that stood still for
// a reason of its own.
func (q *quota) catchUp(now int64) {
	if now < q.boundary {
		return
	}
	q.letGo(now)
	q.begun = false
	q.usedNs = 0
	q.boundary += ((now-q.boundary)/q.periodNs + 1) * q.periodNs
}
