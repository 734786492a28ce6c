package load

import (
	"fmt"
	"net"
	"net/url"
	"time"
)

// Config is where a load goes and how.
type Config struct {
	// URL is asked for with GET. Its host must be a loopback address unless
	// AllowRemote is set, so that no load strays onto somebody's service.
	URL         string
	AllowRemote bool

	// KeepAlive lets a connection be used again; without it every request
	// opens its own.
	KeepAlive bool
	// Timeout is how long an attempt may take from its send to its last byte;
	// 0 waits for ever.
	Timeout time.Duration
	// Retries are the attempts after the first.
	Retries Retries
	// MaxConnections bounds the connections that are open at once; 0 does not.
	MaxConnections int
	// MaxInside bounds the requests of an open load that are out at once; 0
	// is DefaultMaxInside. A load that hits it falls behind, and says so.
	MaxInside int

	// Keys are what requests bring for a balancer that hashes.
	Keys Keys

	// Bound is what Behind judges by; the zero value is DefaultBound.
	Bound Bound
}

// DefaultMaxInside keeps an open load within usual limits on open files.
const DefaultMaxInside = 8000

// validate completes c, or says in one line what is wrong with it.
func (c Config) validate() (Config, error) {
	u, err := url.Parse(c.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return c, fmt.Errorf("load: url %q: want http://HOST:PORT/PATH", c.URL)
	}
	if !c.AllowRemote && !isLoopback(u.Hostname()) {
		return c, fmt.Errorf("load: url %q is not on this machine: want 127.0.0.1, ::1 or localhost", c.URL)
	}
	switch {
	case c.Timeout < 0:
		return c, fmt.Errorf("load: timeout %v: want 0 or more", c.Timeout)
	case c.MaxConnections < 0:
		return c, fmt.Errorf("load: max connections %d: want 0 or more", c.MaxConnections)
	case c.MaxInside < 0:
		return c, fmt.Errorf("load: max inside %d: want 0 or more", c.MaxInside)
	}
	if err := c.Keys.validate(); err != nil {
		return c, err
	}
	if err := c.Retries.validate(); err != nil {
		return c, err
	}
	if c.MaxInside == 0 {
		c.MaxInside = DefaultMaxInside
	}
	c.Bound = c.bound()
	return c, nil
}

func (c Config) bound() Bound {
	if c.Bound == (Bound{}) {
		return DefaultBound
	}
	return c.Bound
}

// isLoopback trusts the name localhost and loopback addresses, and looks
// nothing up: what a resolver says may change between check and use.
func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
