package nginx

import (
	"errors"
	"fmt"

	"github.com/k9mil/velocitas/scenarios/balancing"
)

const second = int64(1e9) // nanoseconds

// Source gives random numbers: Uint64n is uniform in [0, n).
type Source interface{ Uint64n(n uint64) uint64 }

// Peer is one address of the upstream. Start from [DefaultPeer]: the zero value
// has weight 0, which is refused.
type Peer struct {
	Server       string // text of the server line, "host:port"; HashConsistent places the peer by it
	Weight       int    // 1 to 1,000,000
	MaxFails     int    // failures until the peer is ejected; 0: never
	FailTimeoutS int64  // seconds for which it is ejected
	MaxConns     int    // requests in progress at most, per worker without a zone; 0: no limit
	Down, Backup bool
}

// DefaultPeer is a server line without parameters: weight 1, max_fails 1,
// fail_timeout 10 s.
func DefaultPeer(server string) Peer {
	return Peer{Server: server, Weight: 1, MaxFails: 1, FailTimeoutS: 10}
}

// Config is what nginx.conf says. Zero values mean nginx's defaults, except in
// Peers.
type Config struct {
	Policy  balancing.Policy
	Peers   []Peer // in nginx's order, backups in their place
	Workers int    // worker_processes; default 1
	Zone    bool   // one balancer state for all workers, not one for each

	NextUpstream  Conditions // proxy_next_upstream; default NextError|NextTimeout
	Tries         int        // proxy_next_upstream_tries; 0: no limit
	NextTimeoutNs int64      // proxy_next_upstream_timeout; 0: none

	WorkerConnections int // worker_connections; default 512
	Listeners         int // listening sockets; default 1

	Keepalive         int   // idle connections to instances kept by a worker; 0: every request opens a new one
	KeepaliveRequests int   // keepalive_requests of the upstream; default 1000
	KeepaliveTimeNs   int64 // keepalive_time of the upstream; default 1 h
	KeepaliveIdleNs   int64 // keepalive_timeout of the upstream; default 60 s

	// StartFracNs is how far the wall clock is into a second at virtual time 0,
	// 0 to 999,999,999: nginx's clock shows floor((StartFracNs+now)/1e9) seconds.
	StartFracNs int64

	// Ring, if set, is what NewRing made of Peers: with HashConsistent it takes a
	// while to make, and all that are started alike can share it.
	Ring *Ring

	// ClientClosed, if set, is told about each idle client connection that nginx
	// closes to make room: the worker and the id given to AcceptClient.
	ClientClosed func(worker, id int)
}

// Bounds of weights; nginx itself has none.
const (
	maxWeight      = 1_000_000
	maxTotalWeight = 1 << 31
	maxRingWeight  = 100_000
)

// withDefaults fills in nginx's defaults.
func (c Config) withDefaults() Config {
	c.Workers = orDefault(c.Workers, 1)
	c.WorkerConnections = orDefault(c.WorkerConnections, 512)
	c.Listeners = orDefault(c.Listeners, 1)
	c.KeepaliveRequests = orDefault(c.KeepaliveRequests, 1000)
	c.KeepaliveTimeNs = orDefault(c.KeepaliveTimeNs, 3600*second)
	c.KeepaliveIdleNs = orDefault(c.KeepaliveIdleNs, 60*second)
	c.NextUpstream = orDefault(c.NextUpstream, NextError|NextTimeout)
	return c
}

func orDefault[T int | int64 | Conditions](v, def T) T {
	if v == 0 {
		return def
	}
	return v
}

// Validate says what is wrong with a configuration, as New would.
func (c Config) Validate() error {
	c = c.withDefaults()
	return c.validate()
}

func (c *Config) validate() error {
	if !c.Policy.Known() {
		return fmt.Errorf("nginx: %v is not a balancing policy", c.Policy)
	}
	for _, f := range []struct {
		name string
		v    int64
	}{
		{"Workers", int64(c.Workers)}, {"Listeners", int64(c.Listeners)},
		{"WorkerConnections", int64(c.WorkerConnections)}, {"Tries", int64(c.Tries)},
		{"NextTimeoutNs", c.NextTimeoutNs}, {"Keepalive", int64(c.Keepalive)},
		{"KeepaliveRequests", int64(c.KeepaliveRequests)}, {"KeepaliveTimeNs", c.KeepaliveTimeNs},
		{"KeepaliveIdleNs", c.KeepaliveIdleNs},
	} {
		if f.v < 0 {
			return fmt.Errorf("nginx: %s is %d: must not be negative", f.name, f.v)
		}
	}
	if c.WorkerConnections <= c.Listeners {
		return fmt.Errorf("nginx: worker_connections %d is not enough for %d listening sockets", c.WorkerConnections, c.Listeners)
	}
	if c.StartFracNs < 0 || c.StartFracNs >= second {
		return fmt.Errorf("nginx: StartFracNs is %d: must be from 0 to 999999999", c.StartFracNs)
	}
	return c.validatePeers()
}

func (c *Config) validatePeers() error {
	primaries := 0
	var weights int64
	for i, p := range c.Peers {
		if err := c.validatePeer(p); err != nil {
			return fmt.Errorf("nginx: peer %d (%q): %w", i, p.Server, err)
		}
		weights += int64(p.Weight)
		if !p.Backup {
			primaries++
		}
	}
	if primaries == 0 {
		return errors.New("nginx: no peers: at least one that is not a backup is needed")
	}
	if weights > maxTotalWeight {
		return fmt.Errorf("nginx: the weights of all peers sum up to %d: must be at most %d", weights, int64(maxTotalWeight))
	}
	if c.Policy == balancing.HashConsistent && weights > maxRingWeight {
		return fmt.Errorf("nginx: the weights of all peers sum up to %d: must be at most %d with %v, which needs memory for each", weights, maxRingWeight, c.Policy)
	}
	if c.Policy.Facts().ByName && c.Keepalive > 0 {
		return errors.New("nginx: keepalive needs an upstream block, which policy resolve does not have")
	}
	return nil
}

func (c *Config) validatePeer(p Peer) error {
	switch {
	case p.Weight < 1 || p.Weight > maxWeight:
		return fmt.Errorf("weight is %d: must be from 1 to %d", p.Weight, maxWeight)
	case p.MaxFails < 0 || p.MaxFails > 1<<30:
		return fmt.Errorf("max_fails is %d: must be from 0 to %d", p.MaxFails, 1<<30)
	case p.FailTimeoutS < 0:
		return fmt.Errorf("fail_timeout is %d s: must not be negative", p.FailTimeoutS)
	case p.MaxConns < 0 || p.MaxConns > 1<<30:
		return fmt.Errorf("max_conns is %d: must be from 0 to %d", p.MaxConns, 1<<30)
	case p.Backup && !c.Policy.Facts().Backup:
		return fmt.Errorf("backup is not possible with %v: only with %s", c.Policy, balancing.Those(func(f *balancing.Facts) bool { return f.Backup }))
	case c.Policy.Facts().ByName && (p.Down || p.MaxConns > 0 || p.Weight > 1):
		return errors.New("down, max_conns and weight need an upstream block, which policy resolve does not have")
	}
	return nil
}
