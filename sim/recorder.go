package sim

import (
	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/k9mil/velocitas/model"
)

// Latencies are kept to three digits from a microsecond to three hours.
const (
	latencyUnitNs = 1000
	latencyMax    = 3 * 3600 * 1_000_000
	latencyDigits = 3
)

// recorder sees what clients see, after the warm-up, and follows the number in
// system from the start.
type recorder struct {
	latency *hdrhistogram.Histogram // µs
	sum     wide                    // of latencies, ns, exact
	maxNs   int64
	status  [outcomes]int64
	given   []int64 // requests given to each instance, from the start
	before  []int64 // of those, before the end of the warm-up
	offered int64   // first attempts begun
	retries int64   // client retries

	on       bool  // after the warm-up
	inSystem int64 // now
	last     int64 // when area was brought up to date
	area     int64 // ∫ in system dt, request-ns, after the warm-up, in this bucket
	areas    wide  // and in those before it

	series   []int64 // ∫ in system dt by bucket, from the start
	bucketNs int64
	bucket   int
	bucketTo int64

	service *serviceLog // nil where it is not stated in steps

	timeline *timeline
	tally    *tally // if set, told of every request after the warm-up
	pilot    pilotSeries
	each     func(startNs, endNs int64, status uint8) // if set, told of every request; for tests
}

// Outcomes of a request: what its client sees, and why.
const (
	answered         = iota
	noSlotForPeer    // 500: no connection of a worker is left for the instance
	refused          // 502: the instance's port is closed
	cutOff           // 502: the instance stopped with the request inside
	noPeer           // 502: every instance is left out after failures, or tried already
	peersFull        // 502: and some are at max_conns
	instanceFull     // 503: at max_inside
	connectTimedOut  // 504
	readTimedOut     // 504
	noSlotForClient  // closed without an answer: no connection of a worker is left
	acceptQueueFull  // the same, after the last SYN
	clientTimedOut   // the client gave up
	clientTimedOutAt // the same, while its SYNs were lost to a full accept queue

	// Of a service that is stated in steps.
	queueFull    // 503: as many wait for a worker as may
	tierQueue    // 500: the same at a tier
	tierDown     // 500: a tier is stopped
	tierConns    // 500: a tier has no connection left
	failed500    // a step that fails, by the status that it answers
	failed502    //
	failed503    //
	failed504    //
	poolTimed500 // no connection of a pool came free in time, by status
	poolTimed502 //
	poolTimed503 //
	poolTimed504 //
	outcomes
)

// named are the words of an outcome in a curve: the keys of by_status and of
// by_cause.
var named = [outcomes]struct{ status, cause string }{
	answered:         {"200", ""},
	noSlotForPeer:    {"500", model.CauseWorkerConnections},
	refused:          {"502", model.CauseRefused},
	cutOff:           {"502", model.CauseCutOff},
	noPeer:           {"502", model.CauseNoPeer},
	peersFull:        {"502", model.CauseMaxConns},
	instanceFull:     {"503", model.CauseInstanceFull},
	connectTimedOut:  {"504", model.CauseConnectTimeout},
	readTimedOut:     {"504", model.CauseReadTimeout},
	noSlotForClient:  {"0", model.CauseWorkerConnections},
	acceptQueueFull:  {"0", model.CauseAcceptQueue},
	clientTimedOut:   {"timeout", model.CauseClientTimeout},
	clientTimedOutAt: {"timeout", model.CauseAcceptQueue},
	queueFull:        {"503", model.CauseQueueFull},
	tierQueue:        {"500", model.CauseTierQueue},
	tierDown:         {"500", model.CauseTierDown},
	tierConns:        {"500", model.CauseTierConnections},
	failed500:        {"500", model.CauseService},
	failed502:        {"502", model.CauseService},
	failed503:        {"503", model.CauseService},
	failed504:        {"504", model.CauseService},
	poolTimed500:     {"500", model.CausePoolTimeout},
	poolTimed502:     {"502", model.CausePoolTimeout},
	poolTimed503:     {"503", model.CausePoolTimeout},
	poolTimed504:     {"504", model.CausePoolTimeout},
}

func newRecorder(instances int, horizonNs int64, buckets int) *recorder {
	return &recorder{
		latency:  hdrhistogram.New(1, latencyMax, latencyDigits),
		given:    make([]int64, instances),
		before:   make([]int64, instances),
		series:   make([]int64, buckets),
		bucketNs: max(1, horizonNs/int64(buckets)),
		bucketTo: max(1, horizonNs/int64(buckets)),
	}
}

// change accounts for the number in system up to now, then changes it.
func (r *recorder) change(now int64, by int64) {
	if now >= r.bucketTo {
		r.roll(now)
	}
	add := r.inSystem * (now - r.last)
	r.series[r.bucket] += add
	if r.on {
		r.area += add
	}
	r.last = now
	r.inSystem += by
}

// roll closes the buckets that ended before now.
func (r *recorder) roll(now int64) {
	for now >= r.bucketTo && r.bucket < len(r.series)-1 {
		add := r.inSystem * (r.bucketTo - r.last)
		r.series[r.bucket] += add
		if r.on {
			r.area += add
		}
		r.areas.add(r.area)
		r.area = 0
		r.last = r.bucketTo
		r.bucket++
		r.bucketTo += r.bucketNs
	}
}

// finish records what a client saw in the end.
func (r *recorder) finish(now, startNs int64, status uint8) {
	if r.timeline != nil {
		r.timeline.finish(now, now-startNs, status)
	}
	if r.pilot.sum != nil {
		r.pilot.add(r.bucket, now-startNs)
	}
	if r.each != nil {
		r.each(startNs, now, status)
	}
	if !r.on {
		return
	}
	r.status[status]++
	if r.tally != nil {
		r.tally.finish(now-startNs, status != answered)
	}
	if status != answered {
		return
	}
	ns := now - startNs
	r.sum.add(ns)
	r.maxNs = max(r.maxNs, ns)
	// The only error is a value beyond the range, which then is the range's end.
	if r.latency.RecordValue((ns+latencyUnitNs/2)/latencyUnitNs) != nil {
		_ = r.latency.RecordValue(latencyMax)
	}
}

// begin starts recording at the end of the warm-up.
func (r *recorder) begin(now int64) {
	r.change(now, 0)
	r.on = true
	copy(r.before, r.given)
	r.offered, r.retries = 0, 0
}

// total is ∫ in system dt after the warm-up, up to the last change.
func (r *recorder) total() wide {
	all := r.areas
	all.add(r.area)
	return all
}
