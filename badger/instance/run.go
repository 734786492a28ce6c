package instance

import (
	"context"
	"fmt"
	"io"
	"net"
	"os/signal"
	"syscall"
)

// Run runs an instance until ctx ends or the process gets SIGTERM or SIGINT;
// then it stops accepting, finishes the requests in flight and returns nil. It
// says on stderr, in one line each, where it listens and that it stops; stdout
// has the access log and nothing else.
//
// It returns an error when the configuration is wrong, when it cannot listen,
// or when requests were still in flight at the end of the grace period.
func Run(ctx context.Context, cfg Config, stdout, stderr io.Writer) error {
	ctx, cancel := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGINT)
	defer cancel()
	inst, err := New(cfg, stdout)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", cfg.Address)
	if err != nil {
		inst.store.Close()
		return fmt.Errorf("instance %s: %w", cfg.Name, err)
	}
	fmt.Fprintf(stderr, "instance %s: listening on http://%s\n", cfg.Name, listener.Addr())

	served := make(chan error, 1)
	go func() { served <- inst.Serve(listener) }()
	select {
	case err := <-served:
		inst.store.Close()
		return fmt.Errorf("instance %s: stopped serving: %w", cfg.Name, err)
	case <-ctx.Done():
	}
	fmt.Fprintf(stderr, "instance %s: stopping, %d in flight\n", cfg.Name, inst.inFlight.Load())
	return inst.Stop()
}
