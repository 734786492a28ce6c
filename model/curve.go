package model

import "encoding/json"

// CurveSchema names the format of a curve file.
const CurveSchema = "velocitas.curve/1"

// Kind says where a curve comes from.
type Kind string

// The kinds of curve. A predicted and a measured curve have the same form, so
// that everything downstream treats them alike.
const (
	Predicted Kind = "predicted"
	Measured  Kind = "measured"
	Imported  Kind = "imported"
)

// Estimate is a number with its 95 % interval. Lo and Hi equal Value where the
// number is exact (a count) or where one replication leaves no interval.
type Estimate struct {
	Value float64 `json:"value"`
	Lo    float64 `json:"lo"`
	Hi    float64 `json:"hi"`
}

// Exactly is the estimate of a number that is known without doubt.
func Exactly(v float64) Estimate { return Estimate{Value: v, Lo: v, Hi: v} }

// Curve is the answer to a scenario: one point for each number of instances.
// The simulator, the measurement and the importers all make curves; tables,
// plots and comparisons read nothing else.
type Curve struct {
	Schema  string `json:"schema"`
	Kind    Kind   `json:"kind"`
	Name    string `json:"name"`
	Version string `json:"version"`
	Seed    uint64 `json:"seed"`
	// Profile names the costs that a predicted curve rests on; nil if measured.
	Profile *ProfileRef `json:"profile,omitempty"`
	// Scenario is the resolved scenario: defaults filled in, flags applied.
	Scenario json.RawMessage `json:"scenario,omitempty"`
	// Fingerprint names the machine and the software of a measured curve.
	Fingerprint map[string]string `json:"fingerprint,omitempty"`
	Points      []Point           `json:"points"`
	Warnings    []string          `json:"warnings"`
}

// ProfileRef identifies the profile that a prediction used.
type ProfileRef struct {
	Name   string `json:"name"`
	Digest string `json:"digest"`
}

// Point is the state of the system with one number of instances.
type Point struct {
	Instances int `json:"instances"`
	// ThroughputRps counts answered requests (status below 500) per second.
	ThroughputRps Estimate `json:"throughput_rps"`
	// OfferedRps is the rate of first attempts: the plan of an open load, the
	// achieved rate of a closed one.
	OfferedRps float64 `json:"offered_rps"`
	// LatencyMs counts from the intended start to the last byte of an
	// answered request, retries of the client included.
	// It is absent where nothing was answered.
	LatencyMs Latency `json:"latency_ms,omitzero"`
	// LatencyOfAllMs has the same quantiles over all finished requests, a failed
	// one being later than any that was answered: +Inf where too few were. It is
	// what objectives are about, is worked out anew for each point, and is zero
	// in a curve that was read from a file.
	LatencyOfAllMs Latency `json:"-"`
	// InSystem is the time average of requests anywhere between client and answer.
	InSystem    Estimate    `json:"in_system"`
	Utilisation Utilisation `json:"utilisation"`
	Errors      Errors      `json:"errors"`
	// Share holds the requests that each instance was given, in order.
	Share []int64 `json:"share"`
	// Limit names what keeps throughput from being higher; see Limit. It and the
	// verdict are empty where they are not known, as in imported curves.
	Limit    Limit    `json:"limit"`
	Verdict  Verdict  `json:"verdict"`
	Warnings []string `json:"warnings"`
	// Store is what the real stores answered; nil where none was run.
	Store *Store `json:"store,omitempty"`

	// WarmUpS and DurationS are the cut and the measured time after it, in seconds.
	WarmUpS      float64 `json:"warm_up_s"`
	DurationS    float64 `json:"duration_s"`
	Replications int     `json:"replications"`
	// Completed counts answered requests over all replications after warm-up.
	Completed int64 `json:"completed"`
	// CPUMsPerRequest is CPU time of instances per request they finished,
	// background work included.
	CPUMsPerRequest float64 `json:"cpu_ms_per_request"`
	// ThrottledFraction is the share of limit periods in which the limit struck.
	ThrottledFraction float64 `json:"throttled_fraction"`
	// Distribution is the latency distribution for the percentile plot.
	Distribution []Quantile `json:"distribution,omitempty"`
	// Classes, Held and Breakdown are present where a service is stated in steps.
	Classes   []ClassPoint `json:"classes,omitempty"`
	Held      []Held       `json:"held,omitempty"`
	Breakdown *Breakdown   `json:"breakdown,omitempty"`
	// Timeline is present where something happens at a set time.
	Timeline []Moment `json:"timeline,omitempty"`
	// RecoveredS is when the backlog that such things left was gone, in seconds
	// since the start of load; 0 if there was none or it did not go.
	RecoveredS float64 `json:"recovered_s,omitempty"`
	// Rounds counts the repeated blocks of a measurement; Noise is the
	// repeat-to-repeat standard deviation, relative, by metric name.
	Rounds int                `json:"rounds,omitempty"`
	Noise  map[string]float64 `json:"noise,omitempty"`
}

// Latency holds the latency estimates of a point in milliseconds.
type Latency struct {
	Mean Estimate `json:"mean"`
	P50  Estimate `json:"p50"`
	P90  Estimate `json:"p90"`
	P95  Estimate `json:"p95"`
	P99  Estimate `json:"p99"`
	P999 Estimate `json:"p999"`
	Max  Estimate `json:"max"`
}

// Utilisation holds shares of capacity in use, 0 to 1. Instances counts
// against each instance's own limit, or its threads where it has none;
// Balancer against nginx's workers; Host against the cores of the busiest
// host. A part without capacity of its own reports zero.
type Utilisation struct {
	Instances Estimate `json:"instances"`
	Balancer  Estimate `json:"balancer"`
	Host      Estimate `json:"host"`
}

// Errors counts what clients saw instead of an answer. Rate is failed over all
// finished requests, 0 to 1. ByStatus counts the final status of every
// finished request over all replications; "0" is a closed connection,
// "timeout" a client that gave up. ByCause counts why the failed ones did, where
// that is known; see the causes.
type Errors struct {
	Rate     Estimate         `json:"rate"`
	ByStatus map[string]int64 `json:"by_status"`
	ByCause  map[string]int64 `json:"by_cause,omitempty"`
}

// Store is what the real Badger stores answered: keys held by all instances
// and a digest over their content.
type Store struct {
	Keys   int64  `json:"keys"`
	Digest string `json:"digest"`
}

// Quantile is one point of a latency distribution; Q is in 0..1.
type Quantile struct {
	Q         float64 `json:"q"`
	LatencyMs float64 `json:"latency_ms"`
}

// Moment is one bucket of a timeline, averaged over replications. TimeS is its
// start since the start of load, in seconds. Without an answer in it it has no
// latencies.
type Moment struct {
	TimeS         float64 `json:"time_s"`
	OfferedRps    float64 `json:"offered_rps"`
	ThroughputRps float64 `json:"throughput_rps"`
	P50Ms         float64 `json:"p50_ms,omitzero"`
	P99Ms         float64 `json:"p99_ms,omitzero"`
	ErrorsRps     float64 `json:"errors_rps"`
	InSystem      float64 `json:"in_system"`
	// ThroughputRange and P99Range are the 95 % intervals that replications
	// leave around throughput and p99; nil where there are fewer than two, or
	// where one of them had no answers to take p99 of.
	ThroughputRange *Range95 `json:"throughput_range,omitempty"`
	P99Range        *Range95 `json:"p99_range,omitempty"`
}

// Range95 is a 95 % interval in the unit of what it belongs to.
type Range95 struct {
	Lo float64 `json:"lo"`
	Hi float64 `json:"hi"`
}

// Verdict says whether a point is a steady state.
type Verdict string

// The verdicts. The first three come from a test of the backlog's drift, not
// from a threshold on utilisation. A collapse is worse than all: at least half
// of the requests fail, on the whole or as the run ends.
const (
	Stable         Verdict = "stable"
	NearSaturation Verdict = "near saturation"
	Saturated      Verdict = "saturated"
	Collapsed      Verdict = "collapse"
)

// Limit names what keeps a point's throughput from being higher.
type Limit string

// The limits.
const (
	LimitCPULimit    Limit = "cpu limit"    // the instances' own quota
	LimitInstance    Limit = "instance"     // the instances' threads or servers
	LimitWriter      Limit = "store writer" // the store's one writer
	LimitBalancer    Limit = "nginx"        // nginx's workers
	LimitConnections Limit = "connections"  // one of the next two, in older files
	LimitHost        Limit = "host"         // the cores of a host
	LimitWorkers     Limit = "workers"      // the instances' workers, which wait
	LimitLock        Limit = "lock"         // a lock, by its name: "lock stock"
	LimitPool        Limit = "pool"         // connections to a tier: "pool db"
	LimitTier        Limit = "tier"         // a tier's CPU or workers: "tier db"
	LimitNetwork     Limit = "network"
	LimitLoad        Limit = "load" // the load asks for no more
	LimitFailures    Limit = "failures"

	LimitWorkerConnections Limit = "worker_connections" // of an nginx worker
	LimitMaxConns          Limit = "max_conns"          // of the instances, in nginx
	LimitAcceptQueue       Limit = "accept queue"       // of nginx's listening socket
	LimitMaxInside         Limit = "max_inside"         // what an instance holds at once
)
