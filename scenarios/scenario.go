package scenarios

// Scenario is what is asked: the load, the balancer, the instances, the hosts,
// and what happens to them. A resolved scenario has every default filled in;
// its JSON has the same keys as the YAML that it was read from.
type Scenario struct {
	Name    string `yaml:"name" json:"name"`
	About   string `yaml:"about" json:"about"`
	LookFor string `yaml:"look_for" json:"look_for"`

	Seed      uint64 `yaml:"seed" json:"seed"`
	Instances Sizes  `yaml:"instances" json:"instances"`
	// Profile is a built-in profile's name or a file.
	Profile string `yaml:"profile" json:"profile"`
	// Speed is the machine's speed relative to the profile's; 0.5 is half as fast.
	Speed float64 `yaml:"speed" json:"speed"`

	// Duration is the virtual length of one replication, warm-up included.
	Duration Duration `yaml:"duration" json:"duration"`
	// WarmUp is cut from the start; "auto" finds it (MSER-5).
	WarmUp WarmUp `yaml:"warm_up" json:"warm_up"`
	// Replications is the least number of them; they go on until the 95 %
	// interval of throughput and p99 is within Precision of its value
	// (relative, 0 = do not ask) or MaxReplications is reached.
	Replications    int     `yaml:"replications" json:"replications"`
	MaxReplications int     `yaml:"max_replications" json:"max_replications"`
	Precision       float64 `yaml:"precision" json:"precision"`

	Load      Load       `yaml:"load" json:"load"`
	Balancer  Balancer   `yaml:"balancer" json:"balancer"`
	Instance  Instance   `yaml:"instance" json:"instance"`
	Overrides []Override `yaml:"overrides" json:"overrides,omitempty"`
	Host      Host       `yaml:"host" json:"host"`
	Events    []Event    `yaml:"events" json:"events,omitempty"`
}

// Load is who asks, and how often. An open load has arrivals whatever the
// answers do; a closed one has clients that send, wait and think.
type Load struct {
	Kind string `yaml:"kind" json:"kind"` // open, closed

	// Open: exactly one of Rate (all instances together) and RatePerInstance,
	// in requests per second, unless Arrivals is trace.
	Rate            float64 `yaml:"rate" json:"rate,omitempty"`
	RatePerInstance float64 `yaml:"rate_per_instance" json:"rate_per_instance,omitempty"`
	Arrivals        string  `yaml:"arrivals" json:"arrivals,omitempty"` // poisson, constant, trace
	// Trace is a file with one arrival instant a line, in seconds since the
	// start; TraceS holds the instants once resolved.
	Trace  string    `yaml:"trace" json:"trace,omitempty"`
	TraceS []float64 `yaml:"trace_s" json:"trace_s,omitempty"`
	// Shape multiplies the rate over time; nil leaves it constant.
	Shape *Shape `yaml:"shape" json:"shape,omitempty"`

	// Closed: exactly one of Clients (all together) and ClientsPerInstance.
	Clients            int      `yaml:"clients" json:"clients,omitempty"`
	ClientsPerInstance int      `yaml:"clients_per_instance" json:"clients_per_instance,omitempty"`
	Think              Duration `yaml:"think" json:"think,omitempty"`
	ThinkDistribution  string   `yaml:"think_distribution" json:"think_distribution,omitempty"` // constant, exponential

	// Timeout is how long a client waits for one attempt; 0 waits for ever.
	// It then tries again up to Retries times, after Backoff, which grows by
	// BackoffFactor from one retry to the next.
	Timeout       Duration `yaml:"timeout" json:"timeout,omitempty"`
	Retries       int      `yaml:"retries" json:"retries,omitempty"`
	RetryErrors   bool     `yaml:"retry_errors" json:"retry_errors,omitempty"` // also after a 5xx
	Backoff       Duration `yaml:"backoff" json:"backoff,omitempty"`
	BackoffFactor float64  `yaml:"backoff_factor" json:"backoff_factor,omitempty"`

	// KeepAlive clients keep their connection, and with it their nginx worker.
	KeepAlive bool `yaml:"keep_alive" json:"keep_alive,omitempty"`
	// Networks is the number of distinct /24 client networks (for ip_hash);
	// HashKeys that of distinct hash keys. Requests draw from them evenly.
	Networks int `yaml:"networks" json:"networks,omitempty"`
	HashKeys int `yaml:"hash_keys" json:"hash_keys,omitempty"`
}

// Shape is how a rate changes over time, as a factor on the load's rate.
type Shape struct {
	Kind string `yaml:"kind" json:"kind"` // steps, ramp, sine, flash

	// steps: the factor holds from At on.
	Steps []Step `yaml:"steps" json:"steps,omitempty"`
	// ramp: from From to To between Start and End.
	From  float64  `yaml:"from" json:"from,omitempty"`
	To    float64  `yaml:"to" json:"to,omitempty"`
	Start Duration `yaml:"start" json:"start,omitempty"`
	End   Duration `yaml:"end" json:"end,omitempty"`
	// sine: 1 + Amplitude sin(2π t / Period).
	Period    Duration `yaml:"period" json:"period,omitempty"`
	Amplitude float64  `yaml:"amplitude" json:"amplitude,omitempty"`
	// flash: rises within Rise at At to Factor, holds for Hold, falls within Fall.
	At     Duration `yaml:"at" json:"at,omitempty"`
	Factor float64  `yaml:"factor" json:"factor,omitempty"`
	Rise   Duration `yaml:"rise" json:"rise,omitempty"`
	Hold   Duration `yaml:"hold" json:"hold,omitempty"`
	Fall   Duration `yaml:"fall" json:"fall,omitempty"`
}

// Step is one step of a stepwise rate.
type Step struct {
	At     Duration `yaml:"at" json:"at"`
	Factor float64  `yaml:"factor" json:"factor"`
}

// Balancer is nginx. Names and defaults are nginx's own.
type Balancer struct {
	// Policy is round_robin, least_conn, random, random_two, ip_hash, hash,
	// hash_consistent or resolve (a variable in proxy_pass).
	Policy  string `yaml:"policy" json:"policy"`
	Workers int    `yaml:"workers" json:"workers"`
	Zone    bool   `yaml:"zone" json:"zone"`
	// Accept is how workers get connections: exclusive (EPOLLEXCLUSIVE) or reuseport.
	Accept string `yaml:"accept" json:"accept"`

	// MaxFails, FailTimeout (whole seconds) and MaxConns hold for every
	// instance that does not override them.
	MaxFails    int      `yaml:"max_fails" json:"max_fails"`
	FailTimeout Duration `yaml:"fail_timeout" json:"fail_timeout"`
	MaxConns    int      `yaml:"max_conns" json:"max_conns"`

	// NextUpstream lists the conditions of proxy_next_upstream; "off" alone is none.
	NextUpstream        []string `yaml:"next_upstream" json:"next_upstream"`
	NextUpstreamTries   int      `yaml:"next_upstream_tries" json:"next_upstream_tries"`
	NextUpstreamTimeout Duration `yaml:"next_upstream_timeout" json:"next_upstream_timeout"`
	ConnectTimeout      Duration `yaml:"connect_timeout" json:"connect_timeout"`
	ReadTimeout         Duration `yaml:"read_timeout" json:"read_timeout"`

	WorkerConnections int `yaml:"worker_connections" json:"worker_connections"`
	Backlog           int `yaml:"backlog" json:"backlog"`
	Keepalive         int `yaml:"keepalive" json:"keepalive"`

	// Cost is a worker's CPU time per request: "profile" or a duration.
	Cost Cost `yaml:"cost" json:"cost"`
	// Connect is the time of a new connection to an instance: "profile" or a duration.
	Connect Cost `yaml:"connect" json:"connect"`
}

// Instance is one of the instances behind nginx, all alike unless overridden.
type Instance struct {
	// Keys is how many keys a request inserts; Write is transaction (one per
	// key) or batch (one for all).
	Keys  int    `yaml:"keys" json:"keys"`
	Write string `yaml:"write" json:"write"`
	// Demand is the CPU time of a request: the profile's, or a stated one
	// that replaces the store.
	Demand Demand `yaml:"demand" json:"demand"`
	// Discipline is ps (requests share the instance) or fifo (one after the
	// other, Servers at a time).
	Discipline string `yaml:"discipline" json:"discipline"`
	Servers    int    `yaml:"servers" json:"servers"`
	// CPUs is the CPU limit in cores, enforced as a quota in each Period;
	// 0 is no limit. Threads is GOMAXPROCS.
	CPUs    float64  `yaml:"cpus" json:"cpus"`
	Period  Duration `yaml:"period" json:"period"`
	Threads int      `yaml:"threads" json:"threads"`
	// Background is the store's own work: profile or none.
	Background string `yaml:"background" json:"background"`
	// MaxInside is how many requests an instance holds at once before it
	// answers 503; 0 is no bound.
	MaxInside int `yaml:"max_inside" json:"max_inside"`
}

// Override changes some instances. Zero values leave a field as it is, except
// where a pointer tells "not given" from zero.
type Override struct {
	Instances   Sizes    `yaml:"instances" json:"instances"`
	CPUs        *float64 `yaml:"cpus" json:"cpus,omitempty"`
	Slow        float64  `yaml:"slow" json:"slow,omitempty"` // factor on every demand
	Weight      int      `yaml:"weight" json:"weight,omitempty"`
	MaxFails    *int     `yaml:"max_fails" json:"max_fails,omitempty"`
	FailTimeout Duration `yaml:"fail_timeout" json:"fail_timeout,omitempty"`
	MaxConns    int      `yaml:"max_conns" json:"max_conns,omitempty"`
	Backup      bool     `yaml:"backup" json:"backup,omitempty"`
	Down        bool     `yaml:"down" json:"down,omitempty"`
}

// Host is what the instances run on. Instance i runs on host (i-1) mod Count.
type Host struct {
	Count int `yaml:"count" json:"count"`
	// Cores of one host; 0 is as many as anyone wants.
	Cores float64 `yaml:"cores" json:"cores"`
	// Balancer and Generator are shared (on the first host, taking its
	// cores) or own (elsewhere).
	Balancer  string `yaml:"balancer" json:"balancer"`
	Generator string `yaml:"generator" json:"generator"`
}

// Event is something that happens to an instance (numbered from 1) at a time
// since the start of load: slow (by Factor), stop (connections refused, work
// inside lost), pause (stands still, connections hang), restart (stop, and
// start after For), start (undoes stop, pause and slow). With For the event
// ends by itself.
type Event struct {
	At       Duration `yaml:"at" json:"at"`
	Instance int      `yaml:"instance" json:"instance"`
	Do       string   `yaml:"do" json:"do"`
	Factor   float64  `yaml:"factor" json:"factor,omitempty"`
	For      Duration `yaml:"for" json:"for,omitempty"`
}
