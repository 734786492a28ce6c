package experiment

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/k9mil/velocitas/live/load"
	"github.com/k9mil/velocitas/live/measure"
	"github.com/k9mil/velocitas/live/stack"
	"github.com/k9mil/velocitas/scenarios"
	"github.com/k9mil/velocitas/scenarios/rate"
)

// check looks whether what is about to be loaded is what was asked for. Its
// error names what is not.
func (c Config) check(ctx context.Context, s measure.System, asRun *scenarios.Scenario, costs *costs) error {
	if err := checkClock(); err != nil {
		return err
	}
	perS := asRun.Load.RateAt(slices.Max(asRun.Instances))
	perS *= rate.Most(asRun.Load.Shape)
	if t, ok := c.Target.(inspected); ok {
		most, err := t.inspect(ctx, s, asRun, costs)
		if err != nil {
			return err
		}
		if perS == 0 {
			perS = most
		}
	}
	return checkGenerator(ctx, s.URL(), asRun.Load, perS)
}

// clockTook is how long the clocks are watched; they may differ by clockOff.
const (
	clockTook = 50 * time.Millisecond
	clockOff  = 5 * time.Millisecond
)

// checkClock compares the wall clock with the monotonic one.
func checkClock() error {
	began := time.Now()
	time.Sleep(clockTook)
	ended := time.Now()
	monotonic := ended.Sub(began)
	wall := ended.Round(0).Sub(began.Round(0)) // Round(0) leaves the wall clock alone
	switch off := (wall - monotonic).Abs(); {
	case monotonic < clockTook:
		return fmt.Errorf("clock: a sleep of %v ended after %v", clockTook, monotonic)
	case off > clockOff:
		return fmt.Errorf("clock: the wall clock moved %v in %v: something sets it; wait until it is steady", wall, monotonic)
	}
	return nil
}

// checkWorkers wants as many nginx workers as the scenario.
func checkWorkers(s measure.System, asRun *scenarios.Scenario) error {
	fp := s.Fingerprint()
	if !strings.HasPrefix(fp["balancer"], "nginx") {
		return nil // the balancer of this process has none
	}
	if got, want := fp["nginx_workers"], strconv.Itoa(max(1, asRun.Balancer.Workers)); got != want {
		return fmt.Errorf("nginx runs %s workers, the scenario wants %s", got, want)
	}
	return nil
}

// health is what an instance answers to /healthz, as far as it matters here.
type health struct {
	Instance, Version string
	GOMAXPROCS        int
}

// checkInstances asks through nginx until every instance that is to get requests
// has answered, and looks at what each is.
func (o Own) checkInstances(ctx context.Context, s measure.System, asRun *scenarios.Scenario) error {
	missing := map[string]bool{}
	members := s.Instances()
	for i, m := range members {
		if it := asRun.InstanceAt(i + 1); !it.Backup && !it.Down {
			missing[m.Name] = true
		}
	}
	tries := 30 * len(members) // enough for weights, and for a random choice
	for try := range tries {
		h, err := askHealth(ctx, s.URL(), try)
		if err != nil {
			return err
		}
		delete(missing, h.Instance)
		switch want := asRun.Instance.Threads; {
		case h.Version != o.Version:
			return fmt.Errorf("instance %s is velocitas %s, this is %s", h.Instance, h.Version, o.Version)
		case want > 0 && h.GOMAXPROCS != want:
			return fmt.Errorf("instance %s runs %d threads, the scenario wants %d", h.Instance, h.GOMAXPROCS, want)
		}
		if len(missing) == 0 {
			return nil
		}
	}
	for i, m := range members {
		if missing[m.Name] {
			return fmt.Errorf("instance %d (%s) did not answer any of %d requests through nginx", i+1, m.Name, tries)
		}
	}
	return nil
}

// single opens a connection for each request, so that every worker is asked.
var single = &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}

// askHealth brings another key each try, lest a policy that hashes take the same
// instance.
func askHealth(ctx context.Context, base string, try int) (h health, err error) {
	body, err := answers(ctx, base+"/healthz", http.Header{
		stack.HashHeader: {strconv.Itoa(try)}, stack.ClientHeader: {scenarios.NetworkAddress(try).String()}})
	if err != nil {
		return h, err
	}
	if err := json.Unmarshal(body, &h); err != nil {
		return h, fmt.Errorf("what answers at %s/healthz is no velocitas instance: %w", base, err)
	}
	return h, nil
}

// answers is what comes back from an address, which has to be a success.
func answers(ctx context.Context, address string, header http.Header) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	for name, values := range header {
		req.Header[name] = values
	}
	resp, err := single.Do(req)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("no answer: %w", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err == nil && resp.StatusCode >= http.StatusBadRequest {
		err = fmt.Errorf("%s answers %s", address, resp.Status)
	}
	return body, err
}

// mostRps is the highest rate at which the instances of a closed load can
// answer, and so its clients ask.
func mostRps(members []stack.Member, asRun *scenarios.Scenario, costs *costs) float64 {
	cores := 0.0
	for _, m := range members {
		limit := m.CPUs
		if limit == 0 {
			limit = asRun.Host.Cores
		}
		cores += limit
	}
	perKey := float64(costs.store.Instance.Demand[0].DemandNs) / float64(costs.store.Instance.Demand[0].Keys)
	most := min(cores, asRun.Host.Cores) * 1e9 / (perKey * float64(asRun.Instance.Keys))
	l := asRun.Load
	if clients := l.ClientsAt(len(members)); l.Think > 0 {
		most = min(most, float64(clients)/l.Think.Std().Seconds())
	}
	return most
}

// leastRps is the rate that a generator is asked for at least.
const leastRps = 20

// checkTries is how often the generator may try: what else the host does for a
// moment is no reason not to measure on it.
const checkTries = 3

// checkGenerator wants the generator to reach several times the planned rate.
func checkGenerator(ctx context.Context, url string, l scenarios.Load, rate float64) error {
	target := load.Config{URL: url, KeepAlive: l.KeepAlive, Timeout: 10 * time.Second}
	return again(ctx, checkTries, func() error {
		_, err := load.Check(ctx, target, max(leastRps, rate), time.Second)
		return err
	})
}

// again tries until it works, so many times at most, and not after the end of
// ctx. The error is the last one.
func again(ctx context.Context, tries int, try func() error) (err error) {
	for range tries {
		if err = try(); err == nil || ctx.Err() != nil {
			break
		}
	}
	return err
}
