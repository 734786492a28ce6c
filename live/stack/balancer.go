package stack

import (
	"fmt"
	"net"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"
)

// balancer is what stands in for nginx where there is none: instances in turn,
// and the next one when a connection fails. It knows no weights and forgets
// failures.
type balancer struct {
	listener net.Listener
	server   *fasthttp.Server
	peers    atomic.Pointer[rotation]
	timeout  time.Duration
}

// rotation is the instances in use and whose turn it is.
type rotation struct {
	clients []*fasthttp.HostClient
	turn    atomic.Uint64
}

// newBalancer listens on a port of loopback, 0 for a free one.
func newBalancer(port int, timeout time.Duration) (*balancer, error) {
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return nil, fmt.Errorf("balancer: %w", err)
	}
	b := &balancer{listener: l, timeout: timeout}
	b.peers.Store(&rotation{})
	b.server = &fasthttp.Server{
		Handler:                       b.handle,
		NoDefaultServerHeader:         true,
		DisableHeaderNamesNormalizing: true,
		CloseOnShutdown:               true,
	}
	go func() { _ = b.server.Serve(l) }()
	return b, nil
}

// use balances over these addresses from now on.
func (b *balancer) use(addresses []string) {
	r := &rotation{}
	for _, address := range addresses {
		r.clients = append(r.clients, &fasthttp.HostClient{
			Addr:                          address,
			MaxConns:                      1 << 20, // the instances bound what they take
			ReadTimeout:                   b.timeout,
			NoDefaultUserAgentHeader:      true,
			DisableHeaderNamesNormalizing: true,
			DisablePathNormalizing:        true,
		})
	}
	b.peers.Store(r)
}

func (b *balancer) handle(ctx *fasthttp.RequestCtx) {
	r := b.peers.Load()
	first := r.turn.Add(1) - 1
	ctx.Request.Header.Del("Connection")
	for i := range r.clients {
		client := r.clients[(first+uint64(i))%uint64(len(r.clients))]
		if client.Do(&ctx.Request, &ctx.Response) == nil {
			ctx.Response.Header.Del("Connection")
			return
		}
	}
	ctx.Error("no instance answers", fasthttp.StatusBadGateway)
}

func (b *balancer) url() string { return "http://" + b.listener.Addr().String() }

func (b *balancer) close() { _ = b.listener.Close() }
