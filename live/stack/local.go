package stack

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
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
		if s.spec.cpusOf(i) > 0 {
			s.note("Instances have no CPU limit, although one is asked for: %v.", err)
			return nil
		}
	}
	return nil
}

// startInstances starts all, then waits for each.
func (s *local) startInstances(ctx context.Context) error {
	for i := range s.spec.Instances {
		c := &child{name: fmt.Sprintf("instance-%d", i+1), cpus: s.spec.cpusOf(i)}
		if s.group != nil {
			g, err := s.group.child(c.name)
			if err != nil {
				return err
			}
			if err := g.limit(c.cpus); err != nil {
				return fmt.Errorf("%s: a limit of %g cores: %w", c.name, c.cpus, err)
			}
			c.group = &g
		} else {
			c.cpus = 0
		}
		s.children = append(s.children, c)
		if err := s.launch(c); err != nil {
			return err
		}
	}
	for _, c := range s.children {
		if err := s.settle(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// launch starts an instance on its port, or on a free one when it has none.
func (s *local) launch(c *child) error {
	if c.port == 0 {
		port, err := freePort()
		if err != nil {
			return err
		}
		c.port = port
	}
	p, err := run(s.dir, environ(s.spec.environment()), syscall.SIGKILL, s.spec.Binary,
		instanceCommand, "--listen", c.address(), "--name", c.name)
	if err != nil {
		return fmt.Errorf("%s: %w", c.name, err)
	}
	c.process = p
	if c.group == nil {
		return nil
	}
	if err := c.group.add(p.pid()); err != nil && !p.ended() {
		return fmt.Errorf("%s: %w", c.name, err)
	}
	return nil
}

func (c *child) address() string { return fmt.Sprintf("127.0.0.1:%d", c.port) }

// settle waits for an instance to be ready. Between choosing a free port and
// listening on it somebody else may have taken it, hence the second chances.
func (s *local) settle(ctx context.Context, c *child) error {
	for chance := 1; ; chance++ {
		err := s.ready(ctx, c)
		if err == nil || chance == 3 || !c.ended() || !portTaken(c.output.String()) {
			return err
		}
		c.port = 0
		if err := s.launch(c); err != nil {
			return err
		}
	}
}

func portTaken(output string) bool {
	return strings.Contains(strings.ToLower(output), "address already in use")
}

func (s *local) ready(ctx context.Context, c *child) error {
	deadline := time.Now().Add(startPatience)
	for {
		_, err := get(ctx, "http://"+c.address()+"/healthz")
		switch {
		case err == nil && !c.ended():
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case c.ended():
			return fmt.Errorf("%s does not start: %s", c.name, c.lastWords())
		case time.Now().After(deadline):
			return fmt.Errorf("%s is not ready after %s: %v", c.name, startPatience, err)
		}
		select {
		case <-c.done:
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func (s *local) addresses(n int) []string {
	var a []string
	for _, c := range s.children[:n] {
		a = append(a, c.address())
	}
	return a
}

func (s *local) startBalancer() error {
	why := "There is no nginx on this host"
	if s.spec.NoNginx {
		why = "nginx is not used, as asked"
	}
	plain := Peer{Weight: 1, MaxFails: s.spec.Balancer.MaxFails, FailTimeout: s.spec.Balancer.FailTimeout.Std(), MaxConns: s.spec.Balancer.MaxConns}
	for i, p := range s.spec.peers(s.addresses(len(s.children))) {
		if plain.Address = p.Address; p != plain {
			return fmt.Errorf("instance %d differs in nginx's eyes (%s), which needs nginx; %s", i+1, p, lower(why))
		}
	}
	if directive, _ := policyDirective(s.spec.Balancer.Policy); directive != "" {
		return fmt.Errorf("policy %s needs nginx; %s", s.spec.Balancer.Policy, lower(why))
	}
	var err error
	if s.balancer, err = newBalancer(s.spec.Port, s.spec.Balancer.ReadTimeout.Std()); err != nil {
		return err
	}
	s.note("%s: a plain round robin in this process stands in for it. It has no workers and no max_fails, and its CPU time is counted with this process, not apart.", why)
	s.balancer.use(s.addresses(len(s.children)))
	return nil
}

func lower(s string) string { return strings.ToLower(s[:1]) + s[1:] }

func (s *local) startNginx(ctx context.Context, path string) error {
	out, err := exec.CommandContext(ctx, path, "-v").CombinedOutput()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("%s -v: %w: %s", path, err, oneLine(string(out), 1))
	}
	s.version = nginxVersion(string(out))
	for chance := 1; ; chance++ {
		port := s.spec.Port
		if port == 0 {
			if port, err = freePort(); err != nil {
				return err
			}
		}
		err = s.launchNginx(ctx, path, port)
		if err == nil || s.spec.Port != 0 || chance == 3 || s.nginxRun == nil || !portTaken(s.nginxRun.output.String()) {
			return err
		}
	}
}

func (s *local) launchNginx(ctx context.Context, path string, port int) error {
	file := filepath.Join(s.dir, "nginx.conf")
	address := fmt.Sprintf("127.0.0.1:%d", port)
	if l, err := net.Listen("tcp", address); err != nil {
		// nginx would try for seconds before it says so.
		return fmt.Errorf("nginx: %w", err)
	} else {
		l.Close()
	}
	s.nginx = nginx{file: file, url: "http://" + address}
	c := s.config(len(s.children))
	if err := os.WriteFile(file, []byte(c.String()), 0o644); err != nil {
		return fmt.Errorf("nginx configuration: %w", err)
	}
	// SIGTERM makes nginx's master end its workers; SIGKILL would orphan them.
	p, err := run(s.dir, os.Environ(), syscall.SIGTERM, path, "-p", s.dir, "-c", file)
	if err != nil {
		return err
	}
	s.nginxRun = p
	s.nginx.master = p.pid()
	s.nginx.hup = func(context.Context) error { return p.cmd.Process.Signal(syscall.SIGHUP) }
	s.nginx.trouble = func(context.Context) (bool, string) {
		if p.ended() {
			return true, p.lastWords()
		}
		return false, oneLine(p.output.String(), 3)
	}
	if s.group != nil {
		g, err := s.group.child("nginx")
		if err != nil {
			return err
		}
		s.nginxGroup = &g
		// Its workers may be there already, so all of the tree is moved.
		for _, pid := range append([]int{p.pid()}, children(p.pid())...) {
			if err := g.add(pid); err != nil && startOf(pid) != "" {
				return err
			}
		}
	}
	return s.nginx.await(ctx, startPatience, func() bool { return s.nginx.answers(ctx, c.Generation) })
}

// config is nginx's next configuration, with the first n instances.
func (s *local) config(n int) Config {
	s.generation++
	c := Config{
		Listen:     strings.TrimPrefix(s.nginx.url, "http://"),
		Temp:       s.dir,
		Balancer:   s.spec.Balancer,
		Peers:      s.spec.peers(s.addresses(n)),
		Generation: s.generation,
	}
	if u, err := user.Current(); err == nil && u.Uid == "0" {
		// The folder is this user's own.
		c.User = u.Username
	}
	return c
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
			m.PID = c.pid()
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

// stopPatience is how long a part may take to end in order.
const stopPatience = 2 * time.Second

func (s *local) Fingerprint() map[string]string {
	f := s.spec.fingerprint()
	maps.Copy(f, map[string]string{"stack": s.Kind(), "balancer": "velocitas"})
	if s.nginxRun != nil {
		f["balancer"] = "nginx " + s.version
		f["nginx_workers"] = fmt.Sprint(s.nginx.workers())
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

// findNginx is the path of the host's nginx, empty when there is none. Users
// other than root often lack the folders of system programs in PATH.
func findNginx() string {
	for _, name := range []string{"nginx", "/usr/sbin/nginx", "/usr/local/sbin/nginx"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// nginxVersion is the number in what nginx -v prints.
func nginxVersion(output string) string {
	_, version, _ := strings.Cut(oneLine(output, 1), "nginx/")
	version, _, _ = strings.Cut(version, " ")
	return version
}

// freePort is a port of loopback that nobody listens on just now.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("no free port: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// environ is this process's environment, with its own tuning of Go's runtime
// replaced by the instance's.
func environ(tuning []string) []string {
	var env []string
	for _, v := range os.Environ() {
		switch key, _, _ := strings.Cut(v, "="); key {
		case "GOMAXPROCS", "GOMEMLIMIT", "GOGC", "GODEBUG":
		default:
			env = append(env, v)
		}
	}
	return append(env, tuning...)
}
