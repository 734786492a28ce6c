package instance

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A running is an instance that runs as the command runs it.
type running struct {
	url    string
	ended  chan error
	stderr *bytes.Buffer // complete once ended
	stdout *bytes.Buffer
}

func run(t *testing.T, ctx context.Context, cfg Config) *running {
	t.Helper()
	reader, writer := io.Pipe()
	r := &running{ended: make(chan error, 1), stderr: new(bytes.Buffer), stdout: new(bytes.Buffer)}
	go func() {
		err := Run(ctx, cfg, r.stdout, writer)
		writer.Close()
		r.ended <- err
	}()
	line := make([]byte, 200)
	n, err := reader.Read(line)
	if err != nil {
		t.Fatalf("%v: %v", err, <-r.ended)
	}
	found := regexp.MustCompile(`^instance velocitas-1: listening on (http://127\.0\.0\.1:\d+)\n$`).FindSubmatch(line[:n])
	if found == nil {
		t.Fatalf("first line is %q", line[:n])
	}
	r.url = string(found[1])
	go io.Copy(r.stderr, reader)
	return r
}

// askSlowly sends requests that take long and waits until all are in flight.
func askSlowly(t *testing.T, url string, n int) chan int {
	t.Helper()
	statuses := make(chan int, n)
	for range n {
		go func() {
			response, err := http.Get(url + "/?keys=40000")
			if err != nil {
				statuses <- 0
				return
			}
			io.Copy(io.Discard, response.Body)
			response.Body.Close()
			statuses <- response.StatusCode
		}()
	}
	for scrape(t, url)["velocitas_requests_in_flight"] < float64(n) {
		time.Sleep(time.Millisecond)
	}
	return statuses
}

func TestStopFinishesWhatIsInFlight(t *testing.T) {
	for name, stop := range map[string]func(cancel func()){
		"context": func(cancel func()) { cancel() },
		"SIGTERM": func(func()) { syscall.Kill(os.Getpid(), syscall.SIGTERM) },
		"SIGINT":  func(func()) { syscall.Kill(os.Getpid(), syscall.SIGINT) },
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			cfg := testConfig()
			cfg.GracePeriod = time.Minute
			r := run(t, ctx, cfg)
			statuses := askSlowly(t, r.url, 2)
			stop(cancel)
			for range 2 {
				if status := <-statuses; status != 200 {
					t.Errorf("a request in flight got status %d", status)
				}
			}
			if err := <-r.ended; err != nil {
				t.Error(err)
			}
			if _, err := http.Get(r.url); err == nil {
				t.Error("still answers after it stopped")
			}
			if r.stdout.Len() > 0 {
				t.Errorf("standard output has %q", r.stdout)
			}
		})
	}
}

func TestStopGivesUp(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	cfg := testConfig()
	cfg.GracePeriod = time.Nanosecond
	r := run(t, ctx, cfg)
	statuses := askSlowly(t, r.url, 2)
	cancel()
	want := "instance velocitas-1: 2 requests were still in flight after 1ns"
	if err := <-r.ended; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	for range 2 { // in a process of its own they would die with it
		<-statuses
	}
}

func TestRunRefuses(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, c := range []struct {
		change func(*Config)
		want   string
	}{
		{func(c *Config) { c.Address = taken.Addr().String() },
			"instance velocitas-1: listen tcp " + taken.Addr().String() + ": bind: address already in use"},
		{func(c *Config) { c.Address = "localhost" }, `address "localhost": want host:port, for example 127.0.0.1:3000`},
		{func(c *Config) { c.Address = ":http" }, `address ":http": want host:port, for example 127.0.0.1:3000`},
		{func(c *Config) { c.Name = "" }, `name "": want 1 to 64 letters, digits, dots, dashes and underscores`},
		{func(c *Config) { c.Name = "a b" }, `name "a b": want 1 to 64 letters, digits, dots, dashes and underscores`},
		{func(c *Config) { c.MaxInFlight = 0 }, "limit of 0 requests in flight: want at least 1"},
		{func(c *Config) { c.ReadTimeout = 0 }, "read timeout of 0s: want a positive duration"},
		{func(c *Config) { c.WriteTimeout = -time.Second }, "write timeout of -1s: want a positive duration"},
		{func(c *Config) { c.IdleTimeout, c.GracePeriod = 0, 0 },
			"idle timeout of 0s: want a positive duration\ngrace period of 0s: want a positive duration"},
	} {
		cfg := testConfig()
		c.change(&cfg)
		var stderr strings.Builder
		err := Run(t.Context(), cfg, io.Discard, &stderr)
		if err == nil || err.Error() != c.want {
			t.Errorf("got %v, want %s", err, c.want)
		}
		if stderr.Len() > 0 {
			t.Errorf("%v and yet it said %q", err, stderr.String())
		}
	}
}

func TestDefaultConfig(t *testing.T) {
	if err := DefaultConfig().Validate(); err != nil {
		t.Error(err)
	}
}
