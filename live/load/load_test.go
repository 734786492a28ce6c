package load

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// service is a local server with a handler of known behaviour.
func service(t testing.TB, h http.HandlerFunc) Config {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return Config{URL: s.URL, KeepAlive: true, Timeout: 5 * time.Second}
}

func after(d time.Duration) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		time.Sleep(d)
		w.Header().Set("X-Instance", "a")
	}
}

// Every planned request is sent, in order, never before its time, and none is
// answered faster than the service can.
func TestOpenKeepsThePlan(t *testing.T) {
	const delay = 5 * time.Millisecond
	plan := Poisson(300, time.Second, 7)
	run, err := Open(context.Background(), service(t, after(delay)), plan)
	if err != nil {
		t.Fatal(err)
	}
	if len(run.Records) != len(plan) || run.Planned != len(plan) {
		t.Fatalf("%d records, %d planned: want %d", len(run.Records), run.Planned, len(plan))
	}
	for i, r := range run.Records {
		if r.Intended != plan[i] || r.Sent < r.Intended || r.Latency < delay || r.Status != 200 || r.Instance != "a" {
			t.Fatalf("record %d: %+v, planned for %v", i, r, plan[i])
		}
	}
	if run.CPU <= 0 || run.Took < plan[len(plan)-1] {
		t.Errorf("CPU %v, took %v", run.CPU, run.Took)
	}
}

// A service that stands still for a while delays everything that is due
// meanwhile: latency counts from the plan, so the standstill is seen by all,
// not by one. With one connection this needs no parallel sending.
func TestOpenCountsFromThePlan(t *testing.T) {
	var first atomic.Bool
	c := service(t, func(http.ResponseWriter, *http.Request) {
		if first.CompareAndSwap(false, true) {
			time.Sleep(300 * time.Millisecond)
		}
	})
	c.MaxInside = 1
	run, err := Open(context.Background(), c, Constant(100, 200*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range run.Records {
		if least := 300*time.Millisecond - r.Intended; r.Latency < least {
			t.Errorf("request %d, due at %v, has a latency of %v: want at least %v", i, r.Intended, r.Latency, least)
		}
	}
	if run.Behind() == "" {
		t.Error("a generator with one connection kept a plan that needs thirty")
	}
}

// The interactive response time law, X = K/(R+Z), holds exactly for every
// client, since nothing else takes time.
func TestClosedKeepsThinkTime(t *testing.T) {
	const delay, think, until = 10 * time.Millisecond, 30 * time.Millisecond, time.Second
	for _, exponential := range []bool{false, true} {
		onIdleMachine(t, func() error {
			run, err := Closed(context.Background(), service(t, after(delay)),
				Clients{Count: 4, Think: think, Exponential: exponential, Seed: 3}, until)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range run.Records {
				if r.Sent < r.Intended || r.Latency < delay || r.Intended >= until {
					t.Fatalf("exponential %v: %+v", exponential, r)
				}
			}
			// 4 clients in cycles of 40 ms for a second; exponential think times
			// make it 100 ± 8 (cv of a cycle 0.75, √100 cycles), and delays only fewer.
			n := len(run.Records)
			if n > 130 {
				t.Errorf("exponential %v: %d requests: want about 100", exponential, n)
			}
			if n < 60 {
				return fmt.Errorf("exponential %v: %d requests: want about 100", exponential, n)
			}
			return nil
		})
	}
}

// onIdleMachine gives a measurement another chance that a machine busy with
// something else can spoil; what is wrong with the code is so each time.
func onIdleMachine(t *testing.T, measure func() error) {
	t.Helper()
	for chance := 1; ; chance++ {
		err := measure()
		if err == nil {
			return
		}
		if chance == 8 {
			t.Error(err)
			return
		}
		t.Logf("chance %d: %v", chance, err)
		time.Sleep(time.Duration(chance) * 250 * time.Millisecond)
	}
}

// A client has one request out at a time.
func TestClosedClientsWait(t *testing.T) {
	var inside, most atomic.Int64
	c := service(t, func(http.ResponseWriter, *http.Request) {
		now := inside.Add(1)
		for old := most.Load(); now > old && !most.CompareAndSwap(old, now); old = most.Load() {
		}
		time.Sleep(2 * time.Millisecond)
		inside.Add(-1)
	})
	if _, err := Closed(context.Background(), c, Clients{Count: 3}, 300*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if most.Load() != 3 {
		t.Errorf("at most %d requests inside at once: want 3", most.Load())
	}
}

func TestStatuses(t *testing.T) {
	redirected := false
	for _, row := range []struct {
		why     string
		handler http.HandlerFunc
		want    Status
	}{
		{"an answer", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }, 204},
		{"an error of the service", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }, 503},
		{"a redirect is an answer, and not followed", func(w http.ResponseWriter, r *http.Request) {
			redirected = redirected || r.URL.Path == "/elsewhere"
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
		}, 302},
		{"no answer in time", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, TimedOut},
		{"a body that does not end in time", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(200)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}, TimedOut},
		{"a connection that breaks", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, NoAnswer},
		{"a body that breaks off", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			w.WriteHeader(200)
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}, NoAnswer},
	} {
		c := service(t, row.handler)
		c.Timeout = 150 * time.Millisecond
		run, err := Open(context.Background(), c, Constant(50, 100*time.Millisecond))
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range run.Records {
			if r.Status != row.want || (r.Error != "") != (row.want == NoAnswer) {
				t.Errorf("%s: status %v, error %q: want %v", row.why, r.Status, r.Error, row.want)
			}
		}
	}
	if redirected {
		t.Error("a redirect was followed")
	}
}

// Nobody listens: every request fails at once and says why.
func TestRefused(t *testing.T) {
	s := httptest.NewServer(nil)
	c := Config{URL: s.URL, Timeout: time.Second}
	s.Close()
	run, err := Open(context.Background(), c, Constant(50, 100*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range run.Records {
		if r.Status != NoAnswer || !strings.Contains(r.Error, "refused") {
			t.Errorf("status %v, error %q: want a refused connection", r.Status, r.Error)
		}
	}
}

// A load that is told to stop does so although the service hangs and no
// timeout is set.
func TestStop(t *testing.T) {
	hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	for name, load := range map[string]func(context.Context, Config) (*Run, error){
		"open": func(ctx context.Context, c Config) (*Run, error) { return Open(ctx, c, Constant(50, time.Minute)) },
		"closed": func(ctx context.Context, c Config) (*Run, error) {
			return Closed(ctx, c, Clients{Count: 5, Think: time.Hour}, 2*time.Hour)
		},
	} {
		c := service(t, hang)
		c.Timeout = 0
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		began := time.Now()
		run, err := load(ctx, c)
		cancel()
		if err != context.DeadlineExceeded || run == nil {
			t.Errorf("%s: run %v, error %v: want what was seen, and the context's error", name, run, err)
		}
		if took := time.Since(began); took > 30*time.Second {
			t.Errorf("%s: stopped after %v", name, took)
		}
	}
}

// With connections kept alive a client needs one; without, one a request.
func TestKeepAlive(t *testing.T) {
	for _, keep := range []bool{true, false} {
		seen := make(map[string]bool)
		c := service(t, func(_ http.ResponseWriter, r *http.Request) { seen[r.RemoteAddr] = true })
		c.KeepAlive = keep
		run, err := Closed(context.Background(), c, Clients{Count: 1, Think: time.Millisecond}, 50*time.Millisecond)
		if err != nil {
			t.Fatal(err)
		}
		want := 1
		if !keep {
			want = len(run.Records)
		}
		if len(seen) != want {
			t.Errorf("keep-alive %v: %d connections for %d requests: want %d", keep, len(seen), len(run.Records), want)
		}
	}
}

// One request in ten is slow, and so is one latency in ten.
func TestHistogramSeesTheSlowOnes(t *testing.T) {
	var n atomic.Int64
	c := service(t, func(http.ResponseWriter, *http.Request) {
		if n.Add(1)%10 == 0 {
			time.Sleep(100 * time.Millisecond)
		}
	})
	onIdleMachine(t, func() error {
		run, err := Open(context.Background(), c, Constant(200, time.Second))
		if err != nil {
			t.Fatal(err)
		}
		h := Histogram(run.Records)
		if slow := h.ValueAtQuantile(95); slow < 99_000 {
			t.Errorf("p95 is %d µs: want 100 ms", slow)
		}
		if h.TotalCount() != 200 {
			t.Errorf("%d latencies: want 200", h.TotalCount())
		}
		if median := h.ValueAtQuantile(50); median > 50_000 {
			return fmt.Errorf("p50 is %d µs: want a few ms at most", median)
		}
		return nil
	})
}

func TestCheck(t *testing.T) {
	c := Config{KeepAlive: true, Timeout: time.Second}
	onIdleMachine(t, func() error {
		got, err := Check(context.Background(), c, 50, 300*time.Millisecond)
		if err != nil || got.WantedRps != 250 || got.SentRps < 240 || got.CPUPerRequest <= 0 {
			return fmt.Errorf("%+v, %v: want 250 requests/s without effort", got, err)
		}
		return nil
	})
	if _, err := Check(context.Background(), c, 1e6, 50*time.Millisecond); err == nil || !strings.Contains(err.Error(), "planned rate") {
		t.Errorf("five million requests/s: error %v: want that the generator cannot", err)
	}
}

func TestBadConfig(t *testing.T) {
	good := Config{URL: "http://127.0.0.1:1/"}
	for _, row := range []struct {
		change func(*Config)
		want   string // a part of the message
	}{
		{func(c *Config) { c.URL = "" }, "want http://HOST:PORT/PATH"},
		{func(c *Config) { c.URL = "ftp://127.0.0.1/" }, "want http://HOST:PORT/PATH"},
		{func(c *Config) { c.URL = "http:///x" }, "want http://HOST:PORT/PATH"},
		{func(c *Config) { c.URL = "http://192.0.2.1/" }, "not on this machine"},
		{func(c *Config) { c.URL = "http://example.org/" }, "not on this machine"},
		// a name that merely begins like loopback
		{func(c *Config) { c.URL = "http://127.0.0.1.example.org/" }, "not on this machine"},
		{func(c *Config) { c.URL = "http://localhost@192.0.2.1/" }, "not on this machine"},
		{func(c *Config) { c.Timeout = -1 }, "timeout"},
		{func(c *Config) { c.MaxConnections = -1 }, "max connections"},
		{func(c *Config) { c.MaxInside = -1 }, "max inside"},
		{func(c *Config) { c.Retries.Most = -1 }, "retries"},
		{func(c *Config) { c.Keys.Header = "X-Hash-Key" }, "0 values for X-Hash-Key"},
	} {
		c := good
		row.change(&c)
		if _, err := Open(context.Background(), c, nil); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%+v: error %v: want %q", c, err, row.want)
		}
	}
	for _, url := range []string{"http://127.0.0.1:80/", "http://127.9.9.9/", "http://[::1]:80/", "http://localhost/"} {
		if _, err := (Config{URL: url}).validate(); err != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
	if _, err := (Config{URL: "http://192.0.2.1/", AllowRemote: true}).validate(); err != nil {
		t.Errorf("a remote address that the user named: %v", err)
	}
	if _, err := Open(context.Background(), good, []time.Duration{2, 1}); err == nil {
		t.Error("a plan that goes back in time was taken")
	}
	if _, err := Closed(context.Background(), good, Clients{}, time.Second); err == nil {
		t.Error("a closed load without clients was taken")
	}
	if _, err := Closed(context.Background(), good, Clients{Count: 1, Think: -1}, time.Second); err == nil {
		t.Error("a negative think time was taken")
	}
	if _, err := Closed(context.Background(), good, Clients{Count: 1}, 0); err == nil {
		t.Error("a closed load for no time was taken")
	}
}
