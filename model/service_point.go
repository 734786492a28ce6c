package model

// ClassPoint is what clients of one class of requests saw.
type ClassPoint struct {
	Class         string           `json:"class"`
	ThroughputRps Estimate         `json:"throughput_rps"`
	LatencyMs     Latency          `json:"latency_ms,omitzero"` // absent where nothing was answered
	ErrorRate     Estimate         `json:"error_rate"`          // failed over finished, 0 to 1
	ByStatus      map[string]int64 `json:"by_status"`
}

// Held is how much of something that requests hold was taken: a tier's CPU or
// workers, a pool's connections, an instance's workers, a lock.
type Held struct {
	// What is "workers", "pool", "tier" or "lock"; Name is the tier's or the
	// lock's.
	What string `json:"what"`
	Name string `json:"name,omitempty"`
	// Utilisation is the share of what there is that was taken on average, of the
	// busiest one where each instance has its own; 0 where there is no bound.
	Utilisation Estimate `json:"utilisation"`
}

// Breakdown says where the time of answered requests goes.
type Breakdown struct {
	Parts []BreakdownPart `json:"parts"`
}

// BreakdownPart is one part of the latency: its mean over all answered requests,
// and over the slowest hundredth of them.
type BreakdownPart struct {
	Part      string  `json:"part"`
	MeanMs    float64 `json:"mean_ms"`
	SlowestMs float64 `json:"slowest_ms"`
}
