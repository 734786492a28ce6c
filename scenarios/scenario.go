package scenarios

// Scenario is what is asked: the load, the balancer, the instances, the hosts,
// and what happens to them. A resolved scenario, which is what [Read], [Parse]
// and [Scenario.Set] leave, has every default filled in and has been validated;
// its JSON has the same keys as the YAML that it was read from and reads back
// to the same scenario.
type Scenario struct {
	Name    string `json:"name"`
	About   string `json:"about"`
	LookFor string `json:"look_for"`

	Seed      uint64 `json:"seed"`
	Instances Sizes  `json:"instances"`
	// Profile is a built-in profile's name or a file.
	Profile string `json:"profile"`
	// Speed is the machine's speed relative to the profile's; 0.5 is half as fast.
	Speed float64 `json:"speed"`

	// Duration is the virtual length of one replication, warm-up included.
	Duration Duration `json:"duration"`
	// WarmUp is cut from the start; "auto" finds it (MSER-5).
	WarmUp WarmUp `json:"warm_up"`
	// Replications is the least number of them; they go on until the 95 %
	// interval of throughput and p99 is within Precision of its value
	// (relative, 0 = do not ask) or MaxReplications is reached.
	Replications    int     `json:"replications"`
	MaxReplications int     `json:"max_replications"`
	Precision       float64 `json:"precision"`

	Load      Load        `json:"load"`
	Balancer  Balancer    `json:"balancer"`
	Instance  Instance    `json:"instance"`
	Service   *Service    `json:"service,omitempty"`
	Tiers     Table[Tier] `json:"tiers,omitempty"`
	Network   Network     `json:"network,omitzero"`
	Overrides []Override  `json:"overrides,omitempty"`
	Host      Host        `json:"host"`
	Events    []Event     `json:"events,omitempty"`
	// Objectives are what the service is to keep: sim checks them, and plan and
	// knee look for what keeps them, unless told otherwise.
	Objectives Objectives `json:"objectives,omitempty"`
}

// Load is who asks, and how often. An open load has arrivals whatever the
// answers do; a closed one has clients that send, wait and think.
type Load struct {
	Kind string `json:"kind"` // open, closed

	// Open: exactly one of Rate (all instances together) and RatePerInstance,
	// in requests per second, unless Arrivals is trace.
	Rate            float64 `json:"rate,omitempty"`
	RatePerInstance float64 `json:"rate_per_instance,omitempty"`
	Arrivals        string  `json:"arrivals,omitempty"` // poisson, constant, trace
	// Trace is a file with one arrival instant a line, in seconds since the
	// start; TraceS holds the instants once resolved.
	Trace  string    `json:"trace,omitempty"`
	TraceS []float64 `json:"trace_s,omitempty"`
	// Shape multiplies the rate over time; nil leaves it constant.
	Shape *Shape `json:"shape,omitempty"`

	// Closed: exactly one of Clients (all together) and ClientsPerInstance.
	Clients            int      `json:"clients,omitempty"`
	ClientsPerInstance int      `json:"clients_per_instance,omitempty"`
	Think              Duration `json:"think,omitempty"`
	ThinkDistribution  string   `json:"think_distribution,omitempty"` // constant, exponential

	// Timeout is how long a client waits for one attempt; 0 waits for ever.
	// It then tries again up to Retries times, after Backoff, which grows by
	// BackoffFactor from one retry to the next.
	Timeout       Duration `json:"timeout,omitempty"`
	Retries       int      `json:"retries,omitempty"`
	RetryErrors   bool     `json:"retry_errors,omitempty"` // also after a 5xx
	Backoff       Duration `json:"backoff,omitempty"`
	BackoffFactor float64  `json:"backoff_factor,omitempty"`
	// RetryBudget is how many retries all clients together may make for each new
	// request, on average; 0 is no bound. Up to ten are saved for bad times.
	RetryBudget Share `json:"retry_budget,omitempty"`

	// KeepAlive clients keep their connection, and with it their nginx worker.
	KeepAlive bool `json:"keep_alive,omitempty"`
	// Networks is the number of distinct /24 client networks (for ip_hash);
	// HashKeys that of distinct hash keys. Requests draw from them evenly.
	Networks int `json:"networks,omitempty"`
	HashKeys int `json:"hash_keys,omitempty"`
}

// Shape is how a rate changes over time, as a factor on the load's rate.
type Shape struct {
	Kind string `json:"kind"` // steps, ramp, sine, flash

	// steps: the factor holds from At on.
	Steps []RateStep `json:"steps,omitempty"`
	// ramp: from From to To between Start and End.
	From  float64  `json:"from,omitempty"`
	To    float64  `json:"to,omitempty"`
	Start Duration `json:"start,omitempty"`
	End   Duration `json:"end,omitempty"`
	// sine: 1 + Amplitude sin(2π t / Period).
	Period    Duration `json:"period,omitempty"`
	Amplitude float64  `json:"amplitude,omitempty"`
	// flash: rises within Rise at At to Factor, holds for Hold, falls within Fall.
	At     Duration `json:"at,omitempty"`
	Factor float64  `json:"factor,omitempty"`
	Rise   Duration `json:"rise,omitempty"`
	Hold   Duration `json:"hold,omitempty"`
	Fall   Duration `json:"fall,omitempty"`
}

// RateStep is one step of a stepwise rate.
type RateStep struct {
	At     Duration `json:"at"`
	Factor float64  `json:"factor"`
}

// Balancer is nginx. Names and defaults are nginx's own.
type Balancer struct {
	// Policy is round_robin, least_conn, random, random_two, ip_hash, hash,
	// hash_consistent or resolve (a variable in proxy_pass).
	Policy  string `json:"policy"`
	Workers int    `json:"workers"`
	Zone    bool   `json:"zone"`
	// Accept is how workers get connections: exclusive (EPOLLEXCLUSIVE) or reuseport.
	Accept string `json:"accept"`

	// MaxFails, FailTimeout (whole seconds) and MaxConns hold for every
	// instance that does not override them.
	MaxFails    int      `json:"max_fails"`
	FailTimeout Duration `json:"fail_timeout"`
	MaxConns    int      `json:"max_conns"`

	// NextUpstream lists the conditions of proxy_next_upstream; "off" alone is none.
	NextUpstream        []string `json:"next_upstream"`
	NextUpstreamTries   int      `json:"next_upstream_tries"`
	NextUpstreamTimeout Duration `json:"next_upstream_timeout"`
	ConnectTimeout      Duration `json:"connect_timeout"`
	ReadTimeout         Duration `json:"read_timeout"`

	WorkerConnections int `json:"worker_connections"`
	Backlog           int `json:"backlog"`
	Keepalive         int `json:"keepalive"`

	// Cost is a worker's CPU time per request: "profile" or a duration. Cost and
	// Connect are the profile's by default, and none where a demand is stated.
	Cost Cost `json:"cost"`
	// Connect is the time of a new connection to an instance: "profile" or a duration.
	Connect Cost `json:"connect"`
}

// Instance is one of the instances behind nginx, all alike unless overridden.
type Instance struct {
	// Keys is how many keys a request inserts; Write is transaction (one per
	// key) or batch (one for all).
	Keys  int    `json:"keys"`
	Write string `json:"write"`
	// Demand is the CPU time of a request: the profile's, or a stated one
	// that replaces the store.
	Demand Demand `json:"demand"`
	// Discipline is ps (requests share the instance) or fifo (one after the
	// other, Servers at a time).
	Discipline string `json:"discipline"`
	Servers    int    `json:"servers"`
	// CPUs is the CPU limit in cores, enforced as a quota in each Period;
	// 0 is no limit. Threads is GOMAXPROCS.
	CPUs    float64  `json:"cpus"`
	Period  Duration `json:"period"`
	Threads int      `json:"threads"`
	// Background is the store's own work: profile or none.
	Background string `json:"background"`
	// Store is how the stores begin: used, each somewhere between two
	// compactions, as instances are that have been up for a while, or empty, all
	// alike, as those are that have just been started.
	Store string `json:"store"`
	// MaxInside is how many requests an instance holds at once before it
	// answers 503; 0 is no bound.
	MaxInside int `json:"max_inside"`
}

// Override changes some instances; of two that name the same instance the
// later wins. Zero values leave a field as it is, except where a pointer tells
// "not given" from zero.
type Override struct {
	Instances   Numbers  `json:"instances"`
	CPUs        *float64 `json:"cpus,omitempty"`
	Slow        float64  `json:"slow,omitempty"` // factor on every demand
	Weight      int      `json:"weight,omitempty"`
	MaxFails    *int     `json:"max_fails,omitempty"`
	FailTimeout Duration `json:"fail_timeout,omitempty"`
	MaxConns    int      `json:"max_conns,omitempty"`
	Backup      bool     `json:"backup,omitempty"`
	Down        bool     `json:"down,omitempty"`
}

// Host is what the instances run on. Instance i runs on host (i-1) mod Count.
type Host struct {
	Count int `json:"count"`
	// Cores of one host; 0 is as many as anyone wants.
	Cores float64 `json:"cores"`
	// Balancer and Generator are shared (on the first host, taking its
	// cores) or own (elsewhere).
	Balancer  string `json:"balancer"`
	Generator string `json:"generator"`
	// Speed is how the speed of each host varies; nil is not at all.
	Speed *HostSpeed `json:"speed,omitempty"`
}

// HostSpeed is how fast a host computes from moment to moment, for reasons outside
// the scenario such as neighbours on the same hardware: the CPU time of whatever
// begins on it is multiplied by a lognormal process of mean 1, the same for all
// that runs there.
type HostSpeed struct {
	// CV is its coefficient of variation.
	CV Share `json:"cv"`
	// CorrelationTime is after how long the correlation of its logarithm with
	// itself has fallen to 1/e.
	CorrelationTime Duration `json:"correlation_time"`
}

// Event is something that happens to an instance (numbered from 1) at a time
// since the start of load: slow (by Factor), stop (connections refused, work
// inside lost), pause (stands still, connections hang), vanish (packets are
// lost, connections time out), fail (answers 500 to what comes, at once), restart (stop, and start after For), start
// (undoes all of these). With For the event ends by itself.
//
// With Tier it happens to that tier: to its station Instance, or to all of them
// where that is 0. While one is stopped, calls to it fail at once; those inside
// it when it stops fail, too. slow and pause are of its CPU: wait steps inside
// it take as long as ever. A tier can neither vanish nor fail.
type Event struct {
	At       Duration `json:"at"`
	Instance int      `json:"instance,omitempty"`
	Tier     string   `json:"tier,omitempty"`
	Do       string   `json:"do"`
	Factor   float64  `json:"factor,omitempty"`
	For      Duration `json:"for,omitempty"`
}

// Concerns tells whether the event is about a station (from 1) of a tier, or
// about an instance where the tier is "".
func (e *Event) Concerns(tier string, number int) bool {
	return e.Tier == tier && (e.Instance == number || tier != "" && e.Instance == 0)
}
