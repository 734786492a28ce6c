package stack

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"
)

// local is instances as child processes on loopback, behind the host's nginx
// or the balancer in this process.
type local struct {
	spec Spec
	run  string
	dir  string

	group *cgroup // nil where CPU cannot be limited

	mu       sync.Mutex // guards children, which Restart replaces
	children []*child

	nginxGroup *cgroup
	nginxRun   *process
	nginx      nginx
	version    string // nginx's
	balancer   *balancer
	generation int

	notes []string
}

// child is one instance.
type child struct {
	name  string
	port  int
	cpus  float64
	group *cgroup
	*process
}

func newLocal(spec Spec) *local { return &local{spec: spec} }

func (s *local) Kind() string { return KindLocal }

func (s *local) note(format string, args ...any) {
	s.notes = append(s.notes, fmt.Sprintf(format, args...))
}

func (s *local) Notes() []string { return s.notes }

func (s *local) Up(ctx context.Context) error {
	s.run = newRun()
	var err error
	if s.dir, err = makeDir(s.run); err != nil {
		return err
	}
	if err := s.makeGroup(); err != nil {
		return err
	}
	if err := s.startInstances(ctx); err != nil {
		return err
	}
	if s.spec.MemoryBytes > 0 {
		s.note("Memory of an instance is bounded by Go's garbage collector (GOMEMLIMIT) alone.")
	}
	path := findNginx()
	if path == "" || s.spec.NoNginx {
		return s.startBalancer()
	}
	return s.startNginx(ctx, path)
}

// makeGroup makes the cgroup for the limits, or notes why there is none.
func (s *local) makeGroup() error {
	g, err := newCgroup(s.run)
	if err == nil {
		s.group = &g
		return nil
	}
	for i := range s.spec.Instances {
		if s.spec.instance(i).CPUs > 0 {
			s.note("Instances have no CPU limit, although one is asked for: %v.", err)
			return nil
		}
	}
	return nil
}

func (s *local) Use(ctx context.Context, n int) error {
	if err := checkUse(n, len(s.children)); err != nil {
		return err
	}
	if s.balancer != nil {
		s.balancer.use(s.addresses(n))
		return nil
	}
	return s.nginx.apply(ctx, s.config(n))
}

func (s *local) URL() string {
	if s.balancer != nil {
		return s.balancer.url()
	}
	return s.nginx.url
}

func (s *local) Instances() []Member {
	s.mu.Lock()
	defer s.mu.Unlock()
	var members []Member
	for _, c := range s.children {
		m := Member{Name: c.name, Address: c.address(), CPUs: c.cpus}
		if c.process != nil && !c.ended() {
			m.PID, m.Stopped = c.pid(), stopped(c.pid())
		}
		members = append(members, m)
	}
	return members
}

func (s *local) Counters(context.Context) (Counters, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := Counters{At: time.Now()}
	for _, child := range s.children {
		u, err := usage(child.group, child.pid())
		if err != nil && !child.ended() {
			return Counters{}, fmt.Errorf("%s: %w", child.name, err)
		}
		c.Instances = append(c.Instances, u)
	}
	if s.nginxRun == nil {
		return c, nil
	}
	var err error
	c.Balancer, err = usage(s.nginxGroup, s.nginxRun.pid())
	if s.nginxGroup == nil {
		for _, worker := range children(s.nginxRun.pid()) {
			// A worker that ends meanwhile is counted with its parent's.
			ns, _ := cpuTime(worker)
			c.Balancer.CPUNs += ns
		}
	}
	return c, err
}

// usage is that of a group or, without one, of a process.
func usage(g *cgroup, pid int) (Usage, error) {
	if g != nil {
		return g.usage()
	}
	ns, err := cpuTime(pid)
	return Usage{CPUNs: ns}, err
}

func (s *local) Signal(_ context.Context, i int, signal syscall.Signal) error {
	if err := checkMember(i, len(s.children)); err != nil {
		return err
	}
	c := s.children[i]
	if c.ended() {
		return fmt.Errorf("%s does not run: %s", c.name, c.lastWords())
	}
	return signalGroup(c.pid(), signal)
}

func (s *local) Restart(ctx context.Context, i int) error {
	if err := checkMember(i, len(s.children)); err != nil {
		return err
	}
	c := s.children[i]
	c.stop(stopPatience)
	s.mu.Lock()
	err := s.launch(c)
	s.mu.Unlock()
	if err != nil {
		return err
	}
	return s.ready(ctx, c)
}

func (s *local) Limit(_ context.Context, i int, cpus float64) error {
	if err := checkMember(i, len(s.children)); err != nil {
		return err
	}
	c := s.children[i]
	if c.group == nil {
		return fmt.Errorf("%s: its CPU cannot be limited here", c.name)
	}
	if err := c.group.limit(cpus); err != nil {
		return fmt.Errorf("%s: a limit of %g cores: %w", c.name, cpus, err)
	}
	s.mu.Lock()
	c.cpus = cpus
	s.mu.Unlock()
	return nil
}

// stopPatience is how long a part may take to end in order.
const stopPatience = 2 * time.Second

func (s *local) Fingerprint() map[string]string {
	f := s.spec.fingerprint()
	maps.Copy(f, map[string]string{"stack": s.Kind(), "balancer": "velocitas"})
	if s.nginxRun != nil {
		f["balancer"] = "nginx " + s.version
		s.nginx.fingerprint(f)
	} else {
		maps.DeleteFunc(f, func(key, _ string) bool { return strings.HasPrefix(key, "nginx_") })
	}
	if s.group == nil {
		f["cpus"] = "none"
		f["cgroup"] = "none"
	} else {
		f["cgroup"] = s.group.version()
	}
	return f
}

func (s *local) Down(context.Context) error {
	if s.balancer != nil {
		s.balancer.close()
	}
	if s.nginxRun != nil {
		s.nginxRun.stop(stopPatience)
	}
	var all sync.WaitGroup
	for _, c := range s.children {
		if c.process != nil {
			// Nothing is in flight that anyone waits for.
			all.Go(func() { c.stop(0) })
		}
	}
	all.Wait()
	var err error
	if s.group != nil {
		err = s.group.remove()
	}
	if s.dir != "" {
		err = errors.Join(err, os.RemoveAll(s.dir))
	}
	return err
}
