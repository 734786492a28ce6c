package stack

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/k9mil/velocitas/scenarios"
	"github.com/k9mil/velocitas/scenarios/balancing"
)

// Headers by which a load generator chooses what nginx's hashing policies see.
const (
	// HashHeader has the key of the policies hash and hash_consistent.
	HashHeader = "X-Hash-Key"
	// ClientHeader has the client's address for the policy ip_hash, since all
	// load comes from one real address.
	ClientHeader = "X-Real-IP"
)

// generationPath answers which configuration a worker has.
const generationPath = "/-/generation"

// Config is all that a configuration of nginx says. The zero Balancer fields
// leave nginx's default.
type Config struct {
	// Listen is the argument of listen: a port or address:port.
	Listen string
	// Temp is a folder that nginx may write to.
	Temp string
	// User runs the workers; empty leaves nginx's default.
	User string
	// Balancer is that of a resolved scenario.
	Balancer scenarios.Balancer
	// Peers are the instances; at least one.
	Peers []Peer
	// Generation tells this configuration from the one before.
	Generation int
}

// Peer is one server line of the upstream block.
type Peer struct {
	// Address is host:port; a name stands for all addresses that it has when
	// nginx starts.
	Address     string
	Weight      int
	MaxFails    int
	FailTimeout time.Duration // whole seconds; 0 leaves nginx's 10 s
	MaxConns    int
	Backup      bool
	Down        bool
}

// policyDirective is the upstream directive of a policy; round robin has none.
func policyDirective(policy string) (string, error) {
	if policy == "" {
		return "", nil
	}
	p, err := balancing.Parse(policy)
	switch {
	case err != nil:
		return "", fmt.Errorf("policy %q: want %s", policy, balancing.Those(byAddresses))
	case p.Facts().ByName:
		return "", fmt.Errorf("policy %s: a real stack gives nginx addresses, not a name to resolve; want %s", policy, balancing.Those(byAddresses))
	}
	return strings.ReplaceAll(p.Facts().Directive, "KEY", "$http_x_hash_key"), nil
}

func byAddresses(f *balancing.Facts) bool { return !f.ByName }

// String is the nginx.conf. It panics when the policy is unknown, which a
// validated Spec does not have.
func (c Config) String() string {
	var b strings.Builder
	line := func(indent int, format string, args ...any) {
		fmt.Fprintf(&b, strings.Repeat("    ", indent)+format+"\n", args...)
	}
	line(0, "# nginx in front of the instances, as velocitas writes it.")
	line(0, "daemon off;")
	if c.User != "" {
		line(0, "user %s;", c.User)
	}
	line(0, "worker_processes %d;", c.workers())
	line(0, "pid %s/nginx.pid;", c.Temp)
	line(0, "error_log stderr error;")
	line(0, "events {")
	if n := c.Balancer.WorkerConnections; n > 0 {
		line(1, "worker_connections %d;", n)
	}
	line(0, "}")
	line(0, "http {")
	line(1, "access_log off;")
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		line(1, "%s_temp_path %s/%s;", kind, c.Temp, kind)
	}
	c.upstream(line)
	c.server(line)
	line(0, "}")
	return b.String()
}

func (c Config) workers() int { return max(1, c.Balancer.Workers) }

func (c Config) upstream(line func(int, string, ...any)) {
	policy, err := policyDirective(c.Balancer.Policy)
	if err != nil {
		panic(err)
	}
	line(1, "upstream velocitas {")
	if c.Balancer.Zone {
		// Without a zone each worker has counters of its own.
		line(2, "zone velocitas 1m;")
	}
	if policy != "" {
		line(2, "%s;", policy)
	}
	for _, p := range c.Peers {
		line(2, "%s;", p)
	}
	if n := c.Balancer.Keepalive; n > 0 {
		// nginx wants it after the policy.
		line(2, "keepalive %d;", n)
	}
	line(1, "}")
}

// String is the server line without its semicolon.
func (p Peer) String() string {
	s := "server " + p.Address
	if p.Weight > 1 {
		s += " weight=" + strconv.Itoa(p.Weight)
	}
	s += " max_fails=" + strconv.Itoa(p.MaxFails)
	if p.FailTimeout > 0 {
		s += fmt.Sprintf(" fail_timeout=%ds", int64(p.FailTimeout/time.Second))
	}
	if p.MaxConns > 0 {
		s += " max_conns=" + strconv.Itoa(p.MaxConns)
	}
	if p.Backup {
		s += " backup"
	}
	if p.Down {
		s += " down"
	}
	return s
}

func (c Config) server(line func(int, string, ...any)) {
	b := c.Balancer
	listen := c.Listen
	if b.Accept == "reuseport" {
		listen += " reuseport"
	}
	if b.Backlog > 0 {
		listen += fmt.Sprintf(" backlog=%d", b.Backlog)
	}
	line(1, "server {")
	line(2, "listen %s;", listen)
	if p, err := balancing.Parse(b.Policy); err == nil && p.Facts().Key == balancing.Address {
		line(2, "set_real_ip_from 0.0.0.0/0;")
		line(2, "real_ip_header %s;", ClientHeader)
	}
	line(2, "location = %s {", generationPath)
	line(3, "return 200 \"%d\";", c.Generation)
	line(2, "}")
	line(2, "location / {")
	line(3, "proxy_pass http://velocitas;")
	c.connection(line)
	c.retries(line)
	line(2, "}")
	line(1, "}")
}

// connection says whether connections to instances are kept. It says so in
// either case, because nginx's default changed with 1.29.7.
func (c Config) connection(line func(int, string, ...any)) {
	if c.Balancer.Keepalive > 0 {
		line(3, "proxy_http_version 1.1;")
		line(3, "proxy_set_header Connection \"\";")
		return
	}
	line(3, "proxy_http_version 1.0;")
	line(3, "proxy_set_header Connection close;")
}

func (c Config) retries(line func(int, string, ...any)) {
	b := c.Balancer
	if len(b.NextUpstream) > 0 {
		line(3, "proxy_next_upstream %s;", strings.Join(b.NextUpstream, " "))
	}
	if b.NextUpstreamTries > 0 {
		line(3, "proxy_next_upstream_tries %d;", b.NextUpstreamTries)
	}
	for _, t := range []struct {
		directive string
		value     scenarios.Duration
	}{
		{"proxy_next_upstream_timeout", b.NextUpstreamTimeout},
		{"proxy_connect_timeout", b.ConnectTimeout},
		{"proxy_read_timeout", b.ReadTimeout},
	} {
		if t.value > 0 {
			line(3, "%s %dms;", t.directive, t.value.Std().Milliseconds())
		}
	}
}
