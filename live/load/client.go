package load

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"
)

// errStopped is what a request meets that starts after the load was stopped.
var errStopped = errors.New("load stopped")

// dialer opens connections until its context ends, and then cuts all of them,
// so that a hanging service cannot hold up a load that was told to stop.
type dialer struct {
	ctx context.Context
	net net.Dialer

	mu   sync.Mutex
	open map[*trackedConn]struct{}
}

type trackedConn struct {
	net.Conn
	from *dialer
}

func newDialer(ctx context.Context) *dialer {
	return &dialer{
		ctx:  ctx,
		net:  net.Dialer{Timeout: 10 * time.Second, KeepAlive: -1},
		open: make(map[*trackedConn]struct{}),
	}
}

func (d *dialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := d.net.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	c := &trackedConn{Conn: conn, from: d}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ctx.Err() != nil {
		conn.Close()
		return nil, errStopped
	}
	d.open[c] = struct{}{}
	return c, nil
}

// cut closes every connection.
func (d *dialer) cut() {
	d.mu.Lock()
	conns := make([]*trackedConn, 0, len(d.open))
	for c := range d.open {
		conns = append(conns, c)
	}
	d.mu.Unlock()
	for _, c := range conns {
		c.Close()
	}
}

func (c *trackedConn) Close() error {
	c.from.mu.Lock()
	delete(c.from.open, c)
	c.from.mu.Unlock()
	return c.Conn.Close()
}

// client makes the HTTP client of one load and the function that ends it. It
// follows no redirect, uses no proxy, and asks for no compression, all of
// which would measure something else.
func client(ctx context.Context, c Config) (*http.Client, func()) {
	d := newDialer(ctx)
	transport := &http.Transport{
		DialContext:         d.dial,
		DisableKeepAlives:   !c.KeepAlive,
		DisableCompression:  true,
		MaxIdleConnsPerHost: c.MaxInside,
		MaxConnsPerHost:     c.MaxConnections,
	}
	unhook := context.AfterFunc(ctx, d.cut)
	end := func() {
		unhook()
		transport.CloseIdleConnections()
	}
	var trips http.RoundTripper = marking{transport}
	timeout := c.Timeout
	if c.Retries.Most > 0 { // then it is that of an attempt
		trips, timeout = attempts{trips, ctx, c.Retries, c.Timeout}, 0
	}
	return &http.Client{
		Transport: trips,
		Timeout:   timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
	}, end
}

// marking takes vegeta's two headers off a request: they would grow with the
// sequence number, and the service under test need not know who asks.
type marking struct{ http.RoundTripper }

func (m marking) RoundTrip(r *http.Request) (*http.Response, error) {
	delete(r.Header, "X-Vegeta-Seq")
	delete(r.Header, "X-Vegeta-Attack")
	return m.RoundTripper.RoundTrip(r)
}
