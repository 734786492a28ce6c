package evidence

import (
	"math"
	"slices"
	"strconv"
)

// Options choose what is read of a file.
type Options struct {
	// LogFormat is the log_format of an access log, as in nginx.conf; empty finds
	// it out.
	LogFormat string
	// LogFormats are log_format texts of which an access log has one, where LogFormat
	// is empty: the one that its first lines have. LogFormatsOf is where they are from.
	LogFormats   []string
	LogFormatsOf string
	// FromNs and ToNs bound when requests began, since the first of the file; ToNs
	// of 0 is no bound.
	FromNs, ToNs int64
	// Arrivals keeps when requests began, of at most as many as a trace may hold.
	Arrivals bool
}

// ArrivalsMost is how many arrivals a trace holds.
const ArrivalsMost = 10_000_000

// collector sums up requests.
type collector struct {
	o         Options
	r         *Result
	classes   classes
	instances instances
	timeline  timeline
	status    [1000]int64
	originNs  int64 // of the file: when its first request began
	firstNs   int64
	endNs     int64
	lastNs    int64 // the end of the request before
	started   bool
	outside   int64
	undated   int64
}

func newCollector(r *Result, o Options) *collector {
	r.Latency, r.Upstream = noLatency(), noLatency()
	r.StartNs, r.DurationNs = -1, -1
	return &collector{o: o, r: r, firstNs: math.MaxInt64, originNs: math.MaxInt64}
}

// backMost is how far lines may stand out of order: workers of nginx write when
// they like, and buffers when they are full.
const backMostNs = 60e9

// add takes one request.
func (c *collector) add(q *Request) {
	if q.StartNs >= 0 {
		if !c.started {
			c.originNs, c.started = q.StartNs, true
		}
		if since := q.StartNs - c.originNs; c.o.FromNs > 0 && since < c.o.FromNs || c.o.ToNs > 0 && since >= c.o.ToNs {
			c.outside++
			return
		}
		c.place(q)
	} else {
		c.undated++
	}
	r := c.r
	r.Requests++
	if q.Status >= 0 && q.Status < len(c.status) {
		c.status[q.Status]++
	}
	class := c.classes.of(q)
	class.Requests++
	if q.Failed {
		r.Failed++
		class.Failed++
	} else if q.TookNs >= 0 {
		r.Latency.add(q.TookNs)
		record(class.latency, q.TookNs)
	}
	if len(q.Tries) > 0 {
		c.upstream(q)
	}
}

// place takes when a request was.
func (c *collector) place(q *Request) {
	c.firstNs, c.endNs = min(c.firstNs, q.StartNs), max(c.endNs, q.EndNs)
	if back := c.lastNs - q.EndNs; back > backMostNs {
		c.r.BackTimes++
		c.r.BackNs = max(c.r.BackNs, back)
	}
	c.lastNs = q.EndNs
	c.timeline.add(q)
	if !c.o.Arrivals {
		return
	}
	if len(c.r.Arrivals) == ArrivalsMost {
		c.r.ArrivalsCut = true
		return
	}
	c.r.Arrivals = append(c.r.Arrivals, q.StartNs)
}

func (c *collector) upstream(q *Request) {
	r := c.r
	r.Tries += int64(len(q.Tries))
	took := int64(-1)
	for i := range q.Tries {
		if ns := q.Tries[i].ResponseNs; ns >= 0 {
			took = max(took, 0) + ns
		}
	}
	if took >= 0 && !q.Failed {
		r.Upstream.add(took)
	}
	if len(q.Tries) > 1 {
		r.Retried++
		if !q.Failed {
			r.Recovered++
		}
	}
	c.instances.add(q)
}

// close fills in what follows from all.
func (c *collector) close() {
	r := c.r
	r.Latency.close()
	r.Upstream.close()
	r.Classes, r.Instances = c.classes.list(), c.instances.list()
	r.Nobody = c.instances.nobody
	r.Timeline, r.TimelineNs = c.timeline.list(), c.timeline.widthNs
	for status, n := range c.status {
		if n == 0 {
			continue
		}
		if r.ByStatus == nil {
			r.ByStatus = map[string]int64{}
		}
		r.ByStatus[strconv.Itoa(status)] += n
	}
	if c.endNs >= c.firstNs && c.firstNs < math.MaxInt64 {
		r.StartNs = c.firstNs
		r.DurationNs = c.endNs - c.firstNs
	}
	slices.Sort(r.Arrivals)
	for i := range r.Arrivals {
		r.Arrivals[i] -= r.StartNs
	}
	if c.instances.beyond > 0 {
		r.Doubts = append(r.Doubts, "there are more than "+strconv.Itoa(instancesMost)+" addresses of instances; the rest is not told apart")
	}
}
