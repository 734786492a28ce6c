package nginxconf

import "time"

// Place is where something is said.
type Place struct {
	File string
	Line int
}

// Note is something that a configuration says and the simulator does not model,
// or models only in part.
type Note struct {
	Place
	Directive string
	Why       string
}

// Server is a line of an upstream group.
type Server struct {
	Place
	// Host is a name, an address or, with "unix:" before it, a socket's path.
	Host        string
	Port        string
	Weight      int
	MaxFails    int
	FailTimeout time.Duration
	MaxConns    int // 0 is no bound
	Backup      bool
	Down        bool
	Resolve     bool // its name is looked up again and again
}

// Config is what a configuration says of one way through nginx, with nginx's
// defaults for what it leaves out.
type Config struct {
	// Place of the directive that passes requests on.
	Place
	// Files are those that were read, in order.
	Files []string
	// Group is the upstream group's name or, where there is none, the host that
	// requests are passed to. Explicit tells which.
	Group    string
	Explicit bool
	Servers  []Server
	// Stream tells that connections are balanced (layer 4), not requests.
	Stream bool

	// Policy is in the scenario's words, such as round_robin. Key is what a hash
	// is made of.
	Policy string
	Key    string
	Zone   bool
	// Keepalive is how many idle connections a worker keeps to the group.
	// Reused tells whether they can be reused at all: HTTP/1.1 without a
	// Connection header.
	Keepalive int
	Reused    bool

	// Workers is 0 where it is auto.
	Workers           int
	WorkerConnections int
	Backlog           int
	Reuseport         bool

	NextUpstream        []string
	NextUpstreamTries   int
	NextUpstreamTimeout time.Duration
	ConnectTimeout      time.Duration
	ReadTimeout         time.Duration

	// LogFormats are the log formats by name, LogFormat the name of the one that
	// this way is logged in, "" for none and "combined" by default.
	LogFormats map[string]string
	LogFormat  string

	// At is where a directive that counts here is given, by its name; what
	// has no place is nginx's default.
	At map[string]Place
	// Others are the groups and hosts that other locations pass requests to.
	Others []string
	Notes  []Note
}

// nginx's defaults, of its documentation.
func defaults() Config {
	return Config{
		Policy: "round_robin", Workers: 1, WorkerConnections: 512, Backlog: 511,
		NextUpstream: []string{"error", "timeout"}, ConnectTimeout: time.Minute, ReadTimeout: time.Minute,
		LogFormats: map[string]string{}, LogFormat: "combined", At: map[string]Place{},
	}
}
