package model

// ProfileSchema names the format of a profile file.
const ProfileSchema = "velocitas.profile/1"

// Profile is what one request costs on a given machine. It is measured, never
// guessed, and says where it came from. Speed 1 is the machine as it was then.
type Profile struct {
	Schema     string            `json:"schema"`
	Name       string            `json:"name"`
	About      string            `json:"about"`
	Provenance map[string]string `json:"provenance"`

	Instance  InstanceCost  `json:"instance"`
	Balancer  BalancerCost  `json:"balancer"`
	Generator GeneratorCost `json:"generator"`
	Range     Range         `json:"range"`
}

// InstanceCost is what an instance spends.
type InstanceCost struct {
	// Demand is the CPU time of one request alone in an instance, by number
	// of keys; between rows it is interpolated, beyond them scaled in
	// proportion to the nearest row.
	Demand []KeyCost `json:"demand"`
	// Distribution is the demand's shape around that mean.
	Distribution Shape `json:"distribution"`
	// Speed says how an instance works with so many requests inside.
	Speed []SpeedRow `json:"speed"`
	// Background is the store's own work: flushes and compaction.
	Background Background `json:"background"`
	// WakeNs is what a request costs more that finds its instance idle.
	WakeNs int64 `json:"wake_ns"`
	// PollNs is how long an instance with one thread that is busy takes to
	// notice new requests; 0 if they are noticed at once.
	PollNs int64 `json:"poll_ns"`
	// Swing is how each instance's own speed goes up and down, CoreSwing how
	// that of each core does. Where a host has as many cores as anyone wants, each
	// instance has one for itself.
	Swing     Swing `json:"swing"`
	CoreSwing Swing `json:"core_swing"`
	// OverrunNs is by how much an instance oversteps its CPU limit in a period
	// before the kernel notices, at its next tick; the next period pays for it.
	OverrunNs int64 `json:"overrun_ns"`
	// ResumeNs is CPU time that an instance loses each time it goes on with
	// requests after its CPU limit had stopped it: caches hold other things by
	// then. It is never more than half of what a period allows.
	ResumeNs int64 `json:"resume_ns,omitempty"`
	// FullHost is the CPU time of an instance's work while no core of its host is
	// idle, relative to that beside idle ones: below 1 where waking a core is
	// dear, as in virtual machines, above 1 where cores share caches. 0 is not
	// known, and taken to be 1.
	FullHost float64 `json:"full_host,omitempty"`
	// IdleCores is what an instance burns while nothing is asked of it.
	IdleCores float64 `json:"idle_cores"`
	// Threads is the GOMAXPROCS that the rest was measured with.
	Threads int `json:"threads"`
	// BatchFactor is the demand of one batch over that of single transactions.
	BatchFactor float64 `json:"batch_factor"`
}

// HasStore tells whether the instance is the demo service, whose store has work
// of its own and whose requests move in step, as the parts of a batch do. What else
// is measured, somebody's service, is plain: each request by itself.
func (c InstanceCost) HasStore() bool { return c.Background.FlushEveryBytes > 0 }

// KeyCost is the mean demand of a request that inserts so many keys.
type KeyCost struct {
	Keys     int   `json:"keys"`
	DemandNs int64 `json:"demand_ns"`
}

// SpeedRow is one row of the speed table. Efficiency is the work done per CPU
// second with Inside requests in service, relative to one request alone (1 at
// Inside = 1); Cores is how many cores the instance uses then if nobody holds
// it back. Between rows both are interpolated; beyond the last they stay.
type SpeedRow struct {
	Inside     int     `json:"inside"`
	Efficiency float64 `json:"efficiency"`
	Cores      float64 `json:"cores"`
}

// Shape is a distribution with mean 1. Kind is constant, exponential,
// lognormal (with CV) or quantiles (with Quantiles at even steps of
// probability, scaled to mean 1).
type Shape struct {
	Kind      string    `json:"kind"`
	CV        float64   `json:"cv,omitempty"`
	Quantiles []float64 `json:"quantiles,omitempty"`
}

// Swing is a slow variation of speed: normal in its logarithm,
// with standard deviation LogSD, forgotten within TauNs. LogSD 0 is none.
// BestSpeed, above 1, is how fast the machine would be without the neighbours that
// make it swing, where 1 is as the profile says: at that speed it does not, and the
// slower it is the more it does, LogSD being how much at speed 1. With BestSpeed 0 it
// swings as much at any speed.
type Swing struct {
	LogSD     float64 `json:"log_sd"`
	TauNs     int64   `json:"tau_ns"`
	BestSpeed float64 `json:"best_speed,omitempty"`
}

// Background is work that the store does by itself, every so many bytes
// written: a flush of the memtable, and a compaction with each so-many-th
// flush. It takes CPU from the instance's own limit.
type Background struct {
	BytesPerKey     int   `json:"bytes_per_key"`
	FlushEveryBytes int64 `json:"flush_every_bytes"`
	FlushDemandNs   int64 `json:"flush_demand_ns"`
	// A flush costs ColdNsPerS more for each second since the last one, up to
	// ColdMostNs, and the first of all FirstNs more.
	ColdNsPerS         int64 `json:"cold_ns_per_s"`
	ColdMostNs         int64 `json:"cold_most_ns"`
	FirstNs            int64 `json:"first_ns"`
	CompactEveryFlush  int   `json:"compact_every_flushes"`
	CompactionDemandNs int64 `json:"compaction_demand_ns"`
	// Share is the part of the instance's CPU that background work takes
	// while requests wait, 0 to 1; 1 means that it runs before them.
	Share float64 `json:"share"`
}

// BalancerCost is nginx's CPU time for one proxied request, and the time that
// a new connection to an instance takes.
type BalancerCost struct {
	DemandNs  int64 `json:"demand_ns"`
	ConnectNs int64 `json:"connect_ns"`
}

// GeneratorCost is the CPU time per request of load generator, kernel and
// proxies that shared the host with the instances.
type GeneratorCost struct {
	DemandNs int64 `json:"demand_ns"`
	// After is the part of it, 0 to 1, that follows the answer, such as what
	// kernel and proxies spend on connections that end: it takes the host's
	// cores, but nobody waits for it.
	After float64 `json:"after,omitempty"`
}

// Range is what the profile was measured over; a prediction beyond twice of it
// carries a warning.
type Range struct {
	InstancesMax int     `json:"instances_max"`
	InsideMax    int     `json:"inside_max"`
	KeysMin      int     `json:"keys_min"`
	KeysMax      int     `json:"keys_max"`
	CPUsMin      float64 `json:"cpus_min"`
	CPUsMax      float64 `json:"cpus_max"`
}
