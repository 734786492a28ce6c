package measure

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/k9mil/velocitas/live/stack"
	"github.com/k9mil/velocitas/scenarios"
)

// fake is a system of known behaviour: instances a, b, c, … take turns; every
// request waits for the delay, divided by the machine's speed, and costs a
// tenth of it in CPU time.
type fake struct {
	server *httptest.Server
	delay  time.Duration
	speed  func() float64
	// before answers in the instance's place when it returns true.
	before func(http.ResponseWriter, *http.Request) bool
	useErr error

	mu      sync.Mutex
	members []stack.Member
	counts  stack.Counters
	inUse   int
	next    int
	uses    []int
	lives   int
	done    []string // what was done to instances
}

func newFake(t testing.TB, instances int) *fake {
	t.Helper()
	f := &fake{delay: 5 * time.Millisecond, speed: func() float64 { return 1 }}
	for i := range instances {
		f.members = append(f.members, stack.Member{Name: string(rune('a' + i)), PID: 100 + i, CPUs: 0.5})
	}
	f.counts.Instances = make([]stack.Usage, instances)
	f.server = httptest.NewServer(f)
	t.Cleanup(f.server.Close)
	return f
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if f.before != nil && f.before(w, r) {
		return
	}
	cost := time.Duration(float64(f.delay) / f.speed())
	f.mu.Lock()
	i := f.next % f.inUse
	f.next++
	for range f.inUse { // as nginx does, with whoever is there
		if f.members[i].PID != 0 && !f.members[i].Stopped {
			break
		}
		i = (i + 1) % f.inUse
	}
	f.mu.Unlock()
	time.Sleep(cost)
	f.mu.Lock()
	f.counts.Instances[i].CPUNs += int64(cost) / 10
	f.counts.Instances[i].Periods++
	f.counts.Balancer.CPUNs += int64(cost) / 100
	f.mu.Unlock()
	w.Header().Set("X-Instance", f.members[i].Name)
}

func (f *fake) URL() string                    { return f.server.URL }
func (f *fake) Fingerprint() map[string]string { return map[string]string{"fake": "yes"} }
func (f *fake) Notes() []string                { return []string{"This is a fake."} }

func (f *fake) Instances() []stack.Member {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]stack.Member{}, f.members...)
}

func (f *fake) Signal(_ context.Context, i int, signal syscall.Signal) error {
	return f.act(fmt.Sprintf("%s %v", f.members[i].Name, signal), func(m *stack.Member) {
		switch signal {
		case syscall.SIGKILL:
			m.PID = 0
			f.counts.Instances[i] = stack.Usage{} // they go with the process
		case syscall.SIGSTOP, syscall.SIGCONT:
			m.Stopped = signal == syscall.SIGSTOP
		}
	}, i)
}

func (f *fake) Restart(_ context.Context, i int) error {
	f.lives++
	return f.act(f.members[i].Name+" restarts", func(m *stack.Member) { m.PID = 1000 + f.lives }, i)
}

func (f *fake) Limit(_ context.Context, i int, cpus float64) error {
	return f.act(fmt.Sprintf("%s has %g cores", f.members[i].Name, cpus), func(m *stack.Member) { m.CPUs = cpus }, i)
}

func (f *fake) act(what string, do func(*stack.Member), i int) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	do(&f.members[i])
	f.done = append(f.done, what)
	return nil
}

func (f *fake) Use(_ context.Context, n int) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.inUse, f.uses = n, append(f.uses, n)
	return f.useErr
}

func (f *fake) Counters(context.Context) (stack.Counters, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := f.counts
	c.At = time.Now()
	c.Instances = append([]stack.Usage{}, c.Instances...)
	if len(c.Instances) == 0 {
		return c, errors.New("nothing there")
	}
	return c, nil
}

// fakeProbe takes 50 ms on a machine of speed 1, without spending them.
type fakeProbe struct{ speed func() float64 }

func (p fakeProbe) Time() ProbeTime {
	d := time.Duration(50 * float64(time.Millisecond) / p.speed())
	return ProbeTime{CPU: d, Wall: d}
}

// closedScenario has two clients for each instance.
func closedScenario() *scenarios.Scenario {
	s := scenarios.Default()
	s.Name, s.Seed, s.Instances = "fake", 1, []int{1, 2, 4}
	s.Load = scenarios.Load{Kind: "closed", ClientsPerInstance: 2, KeepAlive: true}
	s.Instance.Demand.Profile = true
	return s
}

func openScenario(rate float64) *scenarios.Scenario {
	s := closedScenario()
	s.Load = scenarios.Load{Kind: "open", RatePerInstance: rate, Arrivals: "poisson", KeepAlive: true}
	return s
}

// short is a measurement of about a second and a half.
func short(s *scenarios.Scenario) Config {
	return Config{Scenario: s, Sizes: []int{1, 2}, Rounds: 3, Block: 200 * time.Millisecond, Settle: 50 * time.Millisecond}
}

// measureFake completes the configuration and runs it beside a fake probe.
func measureFake(t testing.TB, f *fake, c Config) (*Result, error) {
	t.Helper()
	c, err := c.complete(len(f.members))
	if err != nil {
		t.Fatal(err)
	}
	return run(context.Background(), f, c, fakeProbe{f.speed})
}
