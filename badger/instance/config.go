package instance

import (
	"errors"
	"fmt"
	"net"
	"os"
	"runtime/debug"
	"strconv"
	"time"
)

// HeaderName is the response header that carries the instance's name.
const HeaderName = "X-Instance"

// Config says how an instance runs. DefaultConfig has sensible values for all
// of it.
type Config struct {
	// Name tells instances apart: 1 to 64 letters, digits, dots, dashes and
	// underscores.
	Name string
	// Address is host:port to listen on. Port 0 takes a free one.
	Address string
	// Version is what /healthz reports.
	Version string
	// MaxInFlight is how many inserting requests are worked on at the same
	// time; any beyond it is answered 503. At least 1.
	MaxInFlight int
	// MaxBytesInFlight is how much memory the requests in flight may hold
	// together (store.InsertBytes, and RequestBytes each); any beyond it is
	// answered 503, unless it is the only one. Positive.
	MaxBytesInFlight int64
	// ReadTimeout bounds reading a request, WriteTimeout writing an answer,
	// IdleTimeout the wait for the next request on a connection that is kept
	// alive. All are positive. The time a request takes to be served is not
	// bounded by them: under a CPU limit it can be long, and the point of the
	// instance is to measure it.
	ReadTimeout, WriteTimeout, IdleTimeout time.Duration
	// GracePeriod is how long a stopping instance waits for the requests in
	// flight. Positive.
	GracePeriod time.Duration
	// AccessLog writes a line of JSON for each request to the standard output.
	AccessLog bool
}

// DefaultConfig returns what an instance runs with: the host's name, port
// 3000 on loopback only, up to 256 requests in flight, and a grace period below the
// ten seconds after which Docker kills.
//
// The requests in flight may hold a quarter of what Go may (GOMEMLIMIT, as far
// as that is set): the store, and what is not yet collected, need the rest.
func DefaultConfig() Config {
	name, err := os.Hostname()
	if err != nil || checkName(name) != nil {
		name = "instance"
	}
	return Config{
		Name:         name,
		Address:      "127.0.0.1:3000",
		Version:      "devel",
		MaxInFlight:  256,
		ReadTimeout:  10 * time.Second,
		WriteTimeout: 30 * time.Second,
		IdleTimeout:  60 * time.Second,
		GracePeriod:  8 * time.Second,

		MaxBytesInFlight: min(mostBytesInFlight, debug.SetMemoryLimit(-1)/4),
	}
}

const (
	// RequestBytes is what a request in flight holds beside its keys: buffers, a
	// goroutine, its answer.
	RequestBytes = 32 << 10
	// mostBytesInFlight is for a process whose memory nobody limits.
	mostBytesInFlight = 256 << 20
)

// Validate returns all that is wrong with the configuration, a line each.
func (c Config) Validate() error {
	errs := []error{checkName(c.Name), checkAddress(c.Address)}
	if c.MaxInFlight < 1 {
		errs = append(errs, fmt.Errorf("limit of %d requests in flight: want at least 1", c.MaxInFlight))
	}
	if c.MaxBytesInFlight < 1 {
		errs = append(errs, fmt.Errorf("limit of %d bytes in flight: want at least 1", c.MaxBytesInFlight))
	}
	for _, d := range []struct {
		name  string
		value time.Duration
	}{
		{"read timeout", c.ReadTimeout},
		{"write timeout", c.WriteTimeout},
		{"idle timeout", c.IdleTimeout},
		{"grace period", c.GracePeriod},
	} {
		if d.value <= 0 {
			errs = append(errs, fmt.Errorf("%s of %s: want a positive duration", d.name, d.value))
		}
	}
	return errors.Join(errs...)
}

// checkName keeps names fit for a header, a metric's label and a file's name.
func checkName(name string) error {
	ok := len(name) >= 1 && len(name) <= 64
	for _, r := range name {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
		case r == '.', r == '-', r == '_':
		default:
			ok = false
		}
	}
	if !ok {
		return fmt.Errorf("name %q: want 1 to 64 letters, digits, dots, dashes and underscores", name)
	}
	return nil
}

func checkAddress(address string) error {
	_, port, err := net.SplitHostPort(address)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return fmt.Errorf("address %q: want host:port, for example 127.0.0.1:3000", address)
	}
	return nil
}
