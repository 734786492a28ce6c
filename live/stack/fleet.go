package stack

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/k9mil/velocitas/badger/instance/keep"
)

// fleet is the containers of a compose project that matter: the instances and
// what balances between them.
type fleet struct {
	composeRun
	port int  // that instances listen on; 0 when it is not known
	kept bool // instances are children of a keeper in their containers

	mu      sync.Mutex // guards members
	members []member

	balancer cgroup
	proxy    int // process id of Docker's userland proxy

	notes []string
}

// member is one instance's container.
type member struct {
	container
	group cgroup
}

// member is a running container with its counters.
func (f *fleet) member(c container) member {
	return member{container: c, group: f.groupOf(c)}
}

func (f *fleet) groupOf(c container) cgroup {
	g, err := cgroupOf(c.State.Pid)
	if err != nil {
		f.note("CPU time and throttling of containers cannot be read: %v.", err)
	}
	return g
}

// note adds a sentence, once.
func (f *fleet) note(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(f.notes, text) {
		f.notes = append(f.notes, text)
	}
}

func (f *fleet) Notes() []string { return f.notes }

// attachBalancer notes how the balancer's container is counted.
func (f *fleet) attachBalancer(c container, hostPort string) {
	f.balancer = f.groupOf(c)
	if f.proxy = findProxy(hostPort); f.proxy != 0 {
		f.note("Docker's userland proxy stands before the balancer and costs CPU of its own; dockerd --userland-proxy=false avoids it.")
	}
}

// findProxy is the process that passes on a published port, 0 for none.
func findProxy(port string) int {
	for _, pid := range processes() {
		t := title(pid)
		if strings.Contains(t, "docker-proxy") && strings.Contains(t+" ", "-host-port "+port+" ") {
			return pid
		}
	}
	return 0
}

// instances are a service's containers in the order of their numbers.
func (f *fleet) instances(ctx context.Context, service string) ([]container, error) {
	cs, err := f.containers(ctx, f.run, service)
	slices.SortFunc(cs, func(a, b container) int { return cmp.Compare(a.number(), b.number()) })
	return cs, err
}

// number is the container's among its service's.
func (c container) number() int {
	n, _ := strconv.Atoi(c.Config.Labels["com.docker.compose.container-number"])
	return n
}

// name is what an instance calls itself by default: its host's name.
func (c container) name() string { return c.Config.Hostname }

func (f *fleet) socket(m member) string {
	if f.port == 0 {
		return m.address()
	}
	return fmt.Sprintf("%s:%d", m.address(), f.port)
}

func (f *fleet) Instances() []Member {
	f.mu.Lock()
	defer f.mu.Unlock()
	var members []Member
	for _, m := range f.members {
		pid := f.pid(m)
		if startOf(pid) == "" {
			pid = 0 // it has ended since the engine was asked
		}
		members = append(members, Member{
			Name:      m.name(),
			Address:   f.socket(m),
			PID:       pid,
			Stopped:   stopped(pid),
			Container: m.ID,
			CPUs:      float64(m.HostConfig.NanoCpus) / 1e9,
		})
	}
	return members
}

func (f *fleet) Counters(context.Context) (Counters, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := Counters{At: time.Now()}
	for i, m := range f.members {
		u, err := m.group.usage()
		// A container that ended took its counters along.
		if err != nil && startOf(m.State.Pid) != "" {
			return Counters{}, fmt.Errorf("instance %d (%s): %w", i+1, m.name(), err)
		}
		c.Instances = append(c.Instances, u)
	}
	var err error
	if c.Balancer, err = f.balancer.usage(); err != nil {
		return Counters{}, fmt.Errorf("balancer: %w", err)
	}
	if f.proxy != 0 {
		c.ProxyCPUNs, err = cpuTime(f.proxy)
	}
	return c, err
}

func (f *fleet) Signal(ctx context.Context, i int, signal syscall.Signal) error {
	if err := checkMember(i, len(f.members)); err != nil {
		return err
	}
	if told, ok := keeperTold[signal]; ok && f.kept {
		signal = told
	}
	_, err := f.docker(ctx, "kill", "-s", strconv.Itoa(int(signal)), f.members[i].ID)
	return err
}

// keeperTold are the signals by which the first process of a container is told
// what it cannot be sent itself; see keep.Run.
var keeperTold = map[syscall.Signal]syscall.Signal{
	syscall.SIGKILL: keep.Kill,
	syscall.SIGSTOP: keep.Stop,
}

// pid is an instance's process, 0 for none.
func (f *fleet) pid(m member) int {
	if !f.kept {
		return m.State.Pid
	}
	for _, child := range children(m.State.Pid) {
		if startOf(child) != "" && !strings.Contains(title(child), "--health") {
			return child
		}
	}
	return 0
}

// startKept starts an instance whose keeper lives, and returns when it is ready.
func (f *fleet) startKept(ctx context.Context, i int) error {
	m := f.members[i]
	deadline := time.Now().Add(startPatience)
	// Two signals at once may arrive in any order.
	for told := false; f.pid(m) != 0; time.Sleep(5 * time.Millisecond) {
		if told && time.Now().Before(deadline) {
			continue
		}
		if told {
			return fmt.Errorf("instance %d (%s) is still there %s after it was killed", i+1, m.name(), startPatience)
		}
		if err := f.Signal(ctx, i, syscall.SIGKILL); err != nil {
			return err
		}
		told = true
	}
	if err := f.Signal(ctx, i, keep.Start); err != nil {
		return err
	}
	for {
		_, err := get(ctx, "http://"+f.socket(m)+"/healthz")
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case time.Now().After(deadline):
			return fmt.Errorf("instance %d (%s) is not ready after %s: %w", i+1, m.name(), startPatience, err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func (f *fleet) Limit(ctx context.Context, i int, cpus float64) error {
	if err := checkMember(i, len(f.members)); err != nil {
		return err
	}
	// Docker wants whole billionths.
	if _, err := f.docker(ctx, "update", "--cpus", strconv.FormatFloat(cpus, 'f', 9, 64), f.members[i].ID); err != nil {
		return fmt.Errorf("limit of instance %d: %w", i+1, err)
	}
	f.mu.Lock()
	f.members[i].HostConfig.NanoCpus = int64(math.Round(cpus * 1e9))
	f.mu.Unlock()
	return nil
}
