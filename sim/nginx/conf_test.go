package nginx

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/k9mil/velocitas/scenarios/balancing"
)

// nginxConf is what the configuration of a recorded case means.
type nginxConf struct {
	cfg                             Config
	names                           []string // of the peers
	hashKey                         string
	connectTimeoutMs, readTimeoutMs int64
	backlog                         int

	http11, connectionCleared bool // may connections to the instances stay open?
	keepalive                 int
	variable                  bool // proxy_pass has a variable
}

// parseConf reads the nginx configuration of a case. What it does not know is an
// error.
func parseConf(c *vectorCase, upstream string, peers []vectorPeer) (nginxConf, error) {
	modern := versionAtLeast(c.NginxVersion, 1, 29, 7)
	n := nginxConf{connectTimeoutMs: 60000, readTimeoutMs: 60000, backlog: 511, http11: modern, connectionCleared: modern}
	n.cfg = Config{
		Workers:           c.WorkerProcesses,
		WorkerConnections: c.WorkerConnections,
		StartFracNs:       c.StartFracMs * ms,
	}
	if modern && upstream != "" {
		n.keepalive = 32
	}
	n.variable = strings.Contains(c.ProxyPass, "$")
	for _, d := range c.LocationExtra {
		if err := n.location(words(d)); err != nil {
			return n, fmt.Errorf("location: %q: %w", d, err)
		}
	}
	for _, d := range c.EventsExtra {
		if w := words(d); w[0] != "accept_mutex" { // the worker is recorded
			return n, fmt.Errorf("events: %q cannot be replayed", d)
		}
	}
	for _, w := range strings.Fields(c.ListenExtra) {
		if backlog, ok := strings.CutPrefix(w, "backlog="); ok {
			n.backlog, _ = strconv.Atoi(backlog)
		} else if w != "reuseport" { // the worker is recorded
			return n, fmt.Errorf("listen: %q cannot be replayed", w)
		}
	}
	if n.variable {
		n.cfg.Policy = balancing.Resolve
	}
	servers, err := n.upstream(upstream)
	if err != nil {
		return n, err
	}
	if n.http11 && n.connectionCleared {
		n.cfg.Keepalive = n.keepalive
	}
	return n, n.setPeers(c, servers, peers)
}

func versionAtLeast(version string, want ...int) bool {
	for i, s := range strings.SplitN(version, ".", len(want)) {
		v, _ := strconv.Atoi(s)
		if v != want[i] {
			return v > want[i]
		}
	}
	return true
}

func words(directive string) []string {
	return strings.Fields(strings.TrimSuffix(strings.TrimSpace(directive), ";"))
}

func (n *nginxConf) location(w []string) (err error) {
	switch w[0] {
	case "proxy_next_upstream":
		n.cfg.NextUpstream, err = ParseConditions(w[1:]...)
	case "proxy_next_upstream_tries":
		n.cfg.Tries, err = strconv.Atoi(w[1])
	case "proxy_next_upstream_timeout":
		n.cfg.NextTimeoutNs, err = parseMs(w[1])
		n.cfg.NextTimeoutNs *= ms
	case "proxy_connect_timeout":
		n.connectTimeoutMs, err = parseMs(w[1])
	case "proxy_read_timeout":
		n.readTimeoutMs, err = parseMs(w[1])
	case "proxy_http_version":
		n.http11 = w[1] != "1.0"
	case "proxy_set_header":
		if w[1] == "Connection" {
			n.connectionCleared = w[2] == `""`
		}
	case "resolver", "set":
	default:
		err = fmt.Errorf("directive cannot be replayed")
	}
	return err
}

// parseMs reads an nginx time; a number alone is in seconds.
func parseMs(s string) (int64, error) {
	if v, err := strconv.Atoi(s); err == nil {
		return int64(v) * 1000, nil
	}
	d, err := time.ParseDuration(s)
	return d.Milliseconds(), err
}

// upstream reads the block and returns its server lines.
func (n *nginxConf) upstream(text string) (servers [][]string, err error) {
	open, end := strings.IndexByte(text, '{'), strings.LastIndexByte(text, '}')
	if text == "" {
		return nil, nil
	}
	if open < 0 || end < open {
		return nil, fmt.Errorf("upstream block %q has no braces", text)
	}
	for _, d := range strings.Split(text[open+1:end], ";") {
		w := strings.Fields(d)
		if len(w) == 0 {
			continue
		}
		if w[0] == "server" {
			servers = append(servers, w[1:])
			continue
		}
		if err := n.upstreamDirective(w); err != nil {
			return nil, fmt.Errorf("upstream: %q: %w", strings.TrimSpace(d), err)
		}
	}
	return servers, nil
}

func (n *nginxConf) upstreamDirective(w []string) (err error) {
	switch line := strings.Join(w, " "); {
	case w[0] == "zone":
		n.cfg.Zone = true
	case line == "least_conn":
		n.cfg.Policy = balancing.LeastConn
	case line == "ip_hash":
		n.cfg.Policy = balancing.IPHash
	case line == "random":
		n.cfg.Policy = balancing.Random
	case line == "random two", line == "random two least_conn":
		n.cfg.Policy = balancing.RandomTwo
	case w[0] == "hash" && len(w) == 2:
		n.cfg.Policy, n.hashKey = balancing.Hash, w[1]
	case w[0] == "hash" && len(w) == 3 && w[2] == "consistent":
		n.cfg.Policy, n.hashKey = balancing.HashConsistent, w[1]
	case w[0] == "keepalive":
		n.keepalive, err = strconv.Atoi(w[1])
	case w[0] == "keepalive_requests":
		n.cfg.KeepaliveRequests, err = strconv.Atoi(w[1])
	case w[0] == "keepalive_timeout":
		n.cfg.KeepaliveIdleNs, err = parseMs(w[1])
		n.cfg.KeepaliveIdleNs *= ms
	case w[0] == "keepalive_time":
		n.cfg.KeepaliveTimeNs, err = parseMs(w[1])
		n.cfg.KeepaliveTimeNs *= ms
	default:
		err = fmt.Errorf("directive cannot be replayed")
	}
	return err
}

// setPeers takes the peers, which are recorded in nginx's order, and checks them
// against the server lines, of which a host name gives one peer for each address.
func (n *nginxConf) setPeers(c *vectorCase, servers [][]string, peers []vectorPeer) error {
	var lines [][]string
	for _, s := range servers {
		for range max(1, hostAddresses(c, s[0])) {
			lines = append(lines, s)
		}
	}
	if len(servers) > 0 && len(lines) != len(peers) {
		return fmt.Errorf("the server lines give %d peers, recorded are %d", len(lines), len(peers))
	}
	for i, p := range peers {
		peer := Peer{p.Addr, p.Weight, p.MaxFails, p.FailTimeoutS, p.MaxConns, p.Down, p.Backup}
		if len(lines) > 0 {
			want, err := parseServer(lines[i])
			if err != nil {
				return err
			}
			peer.Server = want.Server
			if peer != want {
				return fmt.Errorf("peer %s is %+v, its server line says %+v", p.Name, peer, want)
			}
		}
		n.names = append(n.names, p.Name)
		n.cfg.Peers = append(n.cfg.Peers, peer)
	}
	return nil
}

// hostAddresses is how many addresses the hosts file has for a server.
func hostAddresses(c *vectorCase, server string) (count int) {
	host, _ := splitServer(server)
	for _, line := range c.HostsFile {
		if f := strings.Fields(line); slices.Contains(f[1:], host) {
			count++
		}
	}
	return count
}

func parseServer(w []string) (Peer, error) {
	p := DefaultPeer(w[0])
	for _, parameter := range w[1:] {
		var err error
		name, value, _ := strings.Cut(parameter, "=")
		switch name {
		case "weight":
			p.Weight, err = strconv.Atoi(value)
		case "max_fails":
			p.MaxFails, err = strconv.Atoi(value)
		case "max_conns":
			p.MaxConns, err = strconv.Atoi(value)
		case "fail_timeout":
			p.FailTimeoutS, err = parseMs(value)
			p.FailTimeoutS /= 1000
		case "down":
			p.Down = true
		case "backup":
			p.Backup = true
		default:
			err = fmt.Errorf("cannot be replayed")
		}
		if err != nil {
			return p, fmt.Errorf("server %s: %q: %w", w[0], parameter, err)
		}
	}
	return p, nil
}

// key is the balancer's key of a request.
func (n *nginxConf) key(r vectorRequest) (Key, error) {
	text, err := n.hashText(r)
	if err != nil {
		return Key{}, err
	}
	addr, err := netip.ParseAddr(clientAddr(r))
	return KeyFor(n.cfg.Policy, addr, text), err
}

func clientAddr(r vectorRequest) string {
	for _, s := range []string{r.RealIP, r.Client} {
		if s != "" {
			return s
		}
	}
	return "127.0.0.1"
}

// hashText is the value of the hash directive's key.
func (n *nginxConf) hashText(r vectorRequest) (string, error) {
	uri := r.URI
	if uri == "" {
		uri = "/"
	}
	path, query, _ := strings.Cut(uri, "?")
	switch name, isArg := strings.CutPrefix(n.hashKey, "$arg_"); {
	case n.hashKey == "":
		return "", nil
	case isArg:
		for _, pair := range strings.Split(query, "&") { // nginx does not unescape $arg_
			if k, v, _ := strings.Cut(pair, "="); strings.EqualFold(k, name) {
				return v, nil
			}
		}
		return "", nil
	case n.hashKey == "$request_uri":
		return uri, nil
	case n.hashKey == "$uri":
		return url.PathUnescape(path)
	case n.hashKey == "$remote_addr":
		return clientAddr(r), nil
	}
	return "", fmt.Errorf("hash key %q cannot be replayed", n.hashKey)
}
