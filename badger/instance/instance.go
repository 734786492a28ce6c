package instance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"

	"github.com/gofiber/fiber/v2"

	"github.com/k9mil/velocitas/badger/store"
)

// An Instance is a store and the HTTP service before it.
type Instance struct {
	cfg    Config
	colour string
	store  *store.Store
	app    *fiber.App
	// root is where /proc and /sys are found, "/" outside of tests. The cgroup is
	// looked up whenever it is asked for: who started the process may move it.
	root string

	metrics  *metrics
	recent   recent
	inFlight atomic.Int64
	// bytesInFlight is what the requests in flight hold, as hold counts it.
	bytesInFlight atomic.Int64
	answered      atomic.Uint64
	stopping      atomic.Bool
}

// New opens an instance's store and prepares its service; it listens once
// Serve is called. accessLog is written to only if cfg asks for it.
func New(cfg Config, accessLog io.Writer) (*Instance, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	st, err := store.Open()
	if err != nil {
		return nil, err
	}
	inst := &Instance{
		cfg:    cfg,
		colour: colour(cfg.Name),
		store:  st,
		root:   "/",
	}
	inst.metrics = newMetrics(inst)
	inst.app = inst.newApp(accessLog)
	return inst, nil
}

func (inst *Instance) newApp(accessLog io.Writer) *fiber.App {
	app := fiber.New(fiber.Config{
		AppName:               "velocitas instance",
		DisableStartupMessage: true,
		BodyLimit:             4 << 10, // no request has a body
		ReadTimeout:           inst.cfg.ReadTimeout,
		WriteTimeout:          inst.cfg.WriteTimeout,
		IdleTimeout:           inst.cfg.IdleTimeout,
		ErrorHandler:          inst.answerError,
	})
	if inst.cfg.AccessLog {
		app.Use(logRequests(inst.cfg.Name, accessLog))
	}
	app.Use(func(c *fiber.Ctx) error {
		inst.sign(c)
		return c.Next()
	})
	// Add, since Get would let HEAD insert too.
	app.Add(fiber.MethodGet, "/", inst.count, inst.limit, inst.insert)
	app.Add(fiber.MethodHead, "/", inst.count, head)
	app.Get("/healthz", inst.health)
	app.Get("/metrics", inst.metrics.answer)
	app.Get(cssPath, answerCSS)
	return app
}

// Serve answers requests on the listener until Stop is called.
func (inst *Instance) Serve(listener net.Listener) error {
	return inst.app.Listener(listener)
}

// Stop closes the listener, waits at most the grace period for the requests in
// flight, and closes the store.
func (inst *Instance) Stop() error {
	inst.stopping.Store(true)
	ctx, cancel := context.WithTimeout(context.Background(), inst.cfg.GracePeriod)
	defer cancel()
	err := inst.app.ShutdownWithContext(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		// Connections may be left too on which nothing was asked; they are no loss.
		if n := inst.inFlight.Load(); n > 0 {
			return fmt.Errorf("instance %s: %d requests were still in flight after %s",
				inst.cfg.Name, n, inst.cfg.GracePeriod)
		}
		err = nil
	}
	return errors.Join(err, inst.store.Close())
}

// sign sets what every answer carries.
func (inst *Instance) sign(c *fiber.Ctx) {
	c.Set(HeaderName, inst.cfg.Name)
	// An answer is what its type says, whatever it quotes.
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
}
