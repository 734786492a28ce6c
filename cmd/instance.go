package cmd

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/k9mil/velocitas/badger/instance"
	"github.com/k9mil/velocitas/badger/instance/keep"
	"github.com/k9mil/velocitas/internal/strict"
)

func newInstance() *cobra.Command {
	cfg := instance.DefaultConfig()
	cfg.Version = version
	var health string
	var kept bool
	c := &cobra.Command{
		Use:         "instance",
		Annotations: map[string]string{cleansUp: "answering what is inside, and closing the store"},
		Short:       "Run one real instance: an HTTP service that inserts keys into an in-memory Badger",
		Long: "Run one real instance, as each container of docker-compose.yml does: GET / inserts ?keys= keys (" + grouped(instance.DefaultKeys) + "\n" +
			"by default) and answers with a page, or with JSON for Accept: application/json; GET /healthz says whether\n" +
			"it is ready; GET /metrics is for Prometheus. It runs until Ctrl-C or SIGTERM and finishes what is in flight.",
		Example: "  velocitas instance --listen 127.0.0.1:3000\n  GOMAXPROCS=1 velocitas instance --name one --access-log",
		Args:    arguments(0, 0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			switch {
			case c.Flags().Changed("health"):
				return askHealth(c.Context(), health)
			case kept:
				return keepInstance(c)
			}
			if err := cfg.Validate(); err != nil {
				return usage("%s", strings.ReplaceAll(err.Error(), "\n", "; "))
			}
			return instance.Run(c.Context(), cfg, c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	f := c.Flags()
	f.StringVar(&cfg.Name, "name", cfg.Name, "what tells it from other instances, in its answers and in the header "+instance.HeaderName)
	f.StringVar(&cfg.Address, "listen", cfg.Address, "host:port to listen on; port 0 takes a free one")
	f.IntVar(&cfg.MaxInFlight, "max-in-flight", cfg.MaxInFlight, "requests worked on at the same time; any beyond is answered 503")
	f.DurationVar(&cfg.ReadTimeout, "read-timeout", cfg.ReadTimeout, "longest time to read a request")
	f.DurationVar(&cfg.WriteTimeout, "write-timeout", cfg.WriteTimeout, "longest time to write an answer")
	f.DurationVar(&cfg.IdleTimeout, "idle-timeout", cfg.IdleTimeout, "longest wait for the next request on a connection")
	f.DurationVar(&cfg.GracePeriod, "grace-period", cfg.GracePeriod, "longest wait for the requests in flight when it stops")
	f.BoolVar(&cfg.AccessLog, "access-log", cfg.AccessLog, "write a line of JSON for each request to stdout")
	f.StringVar(&health, "health", "", "ask the instance at this URL whether it is ready, and exit with 0 or 1")
	f.BoolVar(&kept, "keep", false, "run the instance as a child that signals kill, start again and pause")
	for _, hidden := range []string{"health", "keep"} {
		if err := f.MarkHidden(hidden); err != nil {
			panic(err)
		}
	}
	return c
}

// keepInstance keeps an instance with the flags that were given.
func keepInstance(c *cobra.Command) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	args := []string{"instance"}
	c.Flags().Visit(func(f *pflag.Flag) {
		if f.Name != "keep" {
			args = append(args, "--"+f.Name+"="+f.Value.String())
		}
	})
	return keep.Run(self, args...)
}

// healthPatience is below the five seconds after which docker-compose.yml
// counts a check as failed, so that the check itself says why.
const healthPatience = 4 * time.Second

// askHealth is the health check of a container that holds nothing but
// velocitas. It returns an error unless the URL answers 200.
func askHealth(ctx context.Context, address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" || u.Host == "" {
		return usage("--health: wants a URL such as http://127.0.0.1:3000/healthz, not %s", strict.Quote(address))
	}
	ctx, cancel := context.WithTimeout(ctx, healthPatience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	client := http.Client{Transport: &http.Transport{}} // no proxy between an instance and itself
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("not ready: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("not ready: %s answers %s", address, response.Status)
	}
	return nil
}
