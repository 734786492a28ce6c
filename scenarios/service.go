package scenarios

import "encoding/json"

// Service is what an instance does with a request: for each class of requests
// the steps that it takes, and how many an instance works on at a time. nil is
// our own service, or one that needs no more than instance.demand.
type Service struct {
	// Workers is how many requests an instance works on at a time (processes or
	// threads, each of which holds its request until it is answered, whatever it
	// waits for); 0 is as many as come.
	Workers int `json:"workers,omitempty"`
	// Queue is how many requests may wait for a worker; nil is any number.
	// Beyond it the instance answers 503, or refuses the connection.
	Queue *int   `json:"queue,omitempty"`
	Full  string `json:"full,omitempty"` // 503, refuse
	// Threads is how many requests of an instance can compute at the same time
	// (GOMAXPROCS; 1 under a global lock). 0 is as many as the host has cores
	// or, where those are not stated, as the CPU limit has, rounded up.
	Threads int `json:"threads,omitempty"`
	// Start is how an instance starts again after it was stopped; nil is at once,
	// as quick as ever.
	Start *Start `json:"start,omitempty"`
	// Cold is what requests compute more at an instance that was idle; nil is
	// nothing.
	Cold *Cold `json:"cold,omitempty"`

	Requests Table[Class] `json:"requests"`
}

// Start is what a process takes until it is as good as the others: it loads its
// code, connects to what it calls, compiles and fills caches.
type Start struct {
	// Ready is how long connections are still refused.
	Ready Duration `json:"ready,omitempty"`
	// Warm is how long it then takes Slow times the CPU time for everything.
	Warm Duration `json:"warm,omitempty"`
	Slow float64  `json:"slow,omitempty"`
}

// Cold is what the first to compute takes more where nothing was computed before:
// caches are cold, threads and cores asleep. So a service takes more CPU time for a request
// at light load than at full load.
type Cold struct {
	// Cost is the CPU time that comes on top after a long idleness. After one of
	// length t it is Cost × (1 − exp(−t / After)).
	Cost  Duration `json:"cost"`
	After Duration `json:"after"`
}

// Class is one kind of request.
type Class struct {
	// Share of all requests; a single class may leave it out.
	Share Share `json:"share,omitempty"`
	// Method is the HTTP method: nginx does not pass a POST, LOCK or PATCH on
	// after it was sent, unless proxy_next_upstream has non_idempotent.
	Method string `json:"method,omitempty"`
	// Timeout is how long clients wait for one attempt, instead of load.timeout; 0
	// is that.
	Timeout Duration `json:"timeout,omitempty"`
	Steps   []Step   `json:"steps"`
}

// Step is one thing that a request does; just one of CPU, Wait, Call, Lock,
// Parallel, Fail and Steps says what. It goes on holding what it holds.
type Step struct {
	// CPU is CPU time of the instance (or of the tier, in an operation).
	CPU *Distribution `json:"cpu,omitempty"`
	// Wait is time without CPU, such as an outside API.
	Wait *Distribution `json:"wait,omitempty"`
	// Call is an operation of a tier, such as "db.read", through the
	// instance's pool of connections to it.
	Call string `json:"call,omitempty"`
	// Lock holds a mutex meanwhile.
	Lock *Lock `json:"lock,omitempty"`
	// Parallel takes steps beside each other; the slowest decides.
	Parallel []Step `json:"parallel,omitempty"`
	// Fail answers an error at once, for this share of the requests.
	Fail   Share `json:"fail,omitempty"`
	Status int   `json:"status,omitempty"` // of the error: 500, 502, 503 or 504
	// Steps are several as one.
	Steps []Step `json:"steps,omitempty"`

	// Share of the requests that take the step; 0 is all.
	Share Share `json:"share,omitempty"`
	// Times is how often, one after the other; 0 is once.
	Times int `json:"times,omitempty"`
}

// Lock is a mutex that a request holds while it takes steps, in the order in
// which it was asked for.
type Lock struct {
	Name string `json:"name"`
	// Of is instance, each of which has a lock of its own, or all of them.
	Of string `json:"of,omitempty"`
	// Hold is CPU time under the lock; Steps is the general form.
	Hold  *Distribution `json:"hold,omitempty"`
	Steps []Step        `json:"steps,omitempty"`
}

// Tier is what instances call: a database, a cache, another service.
type Tier struct {
	// Instances are its stations, which calls go to in turn.
	Instances int `json:"instances,omitempty"`
	// CPUs is the CPU limit of each in cores, 0 for none; Threads how many
	// requests can compute at the same time, as in a service.
	CPUs    float64 `json:"cpus,omitempty"`
	Threads int     `json:"threads,omitempty"`
	// Cold is what calls compute more at a station that was idle, as in a service.
	Cold *Cold `json:"cold,omitempty"`
	// Host is own, with so many Cores (0: as many as anyone wants), or shared:
	// the first of the instances'.
	Host  string  `json:"host,omitempty"`
	Cores float64 `json:"cores,omitempty"`
	// Workers is how many calls each works on at a time, 0 for any number;
	// Queue how many wait, nil for any number; beyond, calls fail.
	Workers int  `json:"workers,omitempty"`
	Queue   *int `json:"queue,omitempty"`
	// Connections is the tier's own maximum, of all pools together; 0 is none.
	Connections int `json:"connections,omitempty"`
	// Pool is how many connections each caller has at most, 0 for any number.
	// Who finds all taken waits for PoolTimeout, 0 for as long as it takes, and
	// then answers PoolStatus.
	Pool        int      `json:"pool,omitempty"`
	PoolTimeout Duration `json:"pool_timeout,omitempty"`
	PoolStatus  int      `json:"pool_status,omitempty"`

	Operations Table[Operation] `json:"operations"`
}

// Operation is what a call asks of a tier: CPU time, or steps.
type Operation struct {
	CPU   *Distribution
	Steps []Step
}

// operationKeys is an operation as a mapping with steps.
type operationKeys struct {
	Steps []Step `json:"steps"`
	DistributionKeys
}

// Network is how long packets take; 0 is no time.
type Network struct {
	// Client and Inside are round trips between clients and nginx, and between
	// nginx, instances and tiers. A new connection takes one more.
	Client Duration `json:"client,omitempty"`
	Inside Duration `json:"inside,omitempty"`
}

// AllSteps are the steps of an operation.
func (o *Operation) AllSteps() []Step {
	if o.CPU != nil {
		return []Step{{CPU: o.CPU}}
	}
	return o.Steps
}

// UnmarshalText reads the CPU time of a call.
func (o *Operation) UnmarshalText(b []byte) error {
	var d Distribution
	if err := d.UnmarshalText(b); err != nil {
		return err
	}
	*o = Operation{CPU: &d}
	return nil
}

// FillFrom reads the mapping that fill fills in.
func (o *Operation) FillFrom(fill func(any) error) error {
	var k operationKeys
	if err := fill(&k); err != nil {
		return err
	}
	if len(k.Steps) > 0 {
		*o = Operation{Steps: k.Steps}
		return nil
	}
	d := Distribution(k.DistributionKeys)
	*o = Operation{CPU: &d}
	return nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (o *Operation) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		var s string
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
		return o.UnmarshalText([]byte(s))
	}
	return o.FillFrom(func(v any) error { return json.Unmarshal(b, v) })
}

// MarshalJSON writes a distribution, or a mapping with steps.
func (o Operation) MarshalJSON() ([]byte, error) {
	if o.CPU != nil {
		return json.Marshal(o.CPU)
	}
	return json.Marshal(struct {
		Steps []Step `json:"steps"`
	}{o.Steps})
}
