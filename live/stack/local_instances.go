package stack

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"time"
)

// startInstances starts all, then waits for each.
func (s *local) startInstances(ctx context.Context) error {
	for i := range s.spec.Instances {
		c := &child{name: fmt.Sprintf("instance-%d", i+1), cpus: s.spec.instance(i).CPUs}
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
		name, err := nameAt(ctx, c.address())
		switch {
		case err == nil && name == c.name && !c.ended():
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case c.ended():
			return fmt.Errorf("%s does not start: %s", c.name, c.lastWords())
		case time.Now().After(deadline):
			if err == nil {
				err = fmt.Errorf("%s answers at %s", cmp.Or(name, "another server"), c.address())
			}
			return fmt.Errorf("%s is not ready after %s: %v", c.name, startPatience, err)
		}
		select {
		case <-c.done:
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// nameAt is the name of the instance that answers at an address. It need not
// be the one that was started there: the kernel may give a free port twice,
// and then one of the two answers for both until the other has failed to bind.
func nameAt(ctx context.Context, address string) (string, error) {
	_, header, err := fetch(ctx, "http://"+address+"/healthz")
	return header.Get("X-Instance"), err
}

func (s *local) addresses(n int) []string {
	var a []string
	for _, c := range s.children[:n] {
		a = append(a, c.address())
	}
	return a
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
