package stack

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// ForeignSpec is somebody else's compose project.
type ForeignSpec struct {
	// File is the compose file, Binary the executable with the command
	// ReadCommand that reads it.
	File, Binary string
	// Service is the one that is scaled, Proxy the one that stands before it
	// and publishes a port.
	Service, Proxy string
	// Instances is how many of Service are started, 1 to MaxInstances.
	Instances int
}

// foreign is somebody else's compose project, run under a name of ours. Its
// Use scales the service, since not every balancer can be told to leave
// instances out, and restarts the proxy, since most look up names only once.
// So Instances are those that run just now, and Use takes any number up to
// MaxInstances.
type foreign struct {
	spec  ForeignSpec
	cpus  float64 // the service's limit
	proxy string  // what the proxy runs
	fleet
	url string
}

// CheckForeign looks whether a compose file can be run; it starts nothing and
// needs no engine.
func CheckForeign(ctx context.Context, spec ForeignSpec) error {
	_, _, err := spec.services(ctx)
	return err
}

// services are the one that is scaled and the proxy before it.
func (spec ForeignSpec) services(ctx context.Context) (scaled, proxy service, err error) {
	if spec.Instances < 1 || spec.Instances > MaxInstances {
		return scaled, proxy, fmt.Errorf("%d instances: a stack has 1 to %d", spec.Instances, MaxInstances)
	}
	p, err := readProject(ctx, spec.Binary, spec.File)
	if err != nil {
		return scaled, proxy, err
	}
	if scaled, err = findService(p, spec.File, spec.Service); err != nil {
		return scaled, proxy, err
	}
	if err := scalable(spec.File, scaled); err != nil {
		return scaled, proxy, err
	}
	if proxy, err = findService(p, spec.File, spec.Proxy); err != nil {
		return scaled, proxy, err
	}
	if !slices.ContainsFunc(proxy.Ports, func(p port) bool { return p.TCP }) {
		err = fmt.Errorf("%s: services.%s publishes no port; want the service that requests come in by", spec.File, proxy.Name)
	}
	return scaled, proxy, err
}

// NewForeign checks the compose file and returns its stack, not yet up.
func NewForeign(ctx context.Context, spec ForeignSpec) (Stack, error) {
	scaled, proxy, err := spec.services(ctx)
	if err != nil {
		return nil, err
	}
	e, err := findEngine(ctx)
	if err != nil {
		return nil, err
	}
	file, err := filepath.Abs(spec.File)
	if err != nil {
		return nil, err
	}
	s := &foreign{spec: spec, cpus: scaled.CPUs, proxy: proxy.Image}
	s.fleet = fleet{composeRun: composeRun{engine: e, file: file, env: os.Environ()}}
	return s, nil
}

func (s *foreign) Kind() string { return KindForeign }

func (s *foreign) Up(ctx context.Context) error {
	s.run = newRun()
	if err := s.scale(ctx, s.spec.Instances); err != nil {
		return err
	}
	if s.cpus == 0 {
		s.note("The service %s has no CPU limit in %s.", s.spec.Service, s.spec.File)
	}
	s.note("CPU time is counted for %s and %s only, not for other services of the project.", s.spec.Service, s.spec.Proxy)
	return s.findProxyService(ctx)
}

// scale starts or removes instances and waits until all are ready.
func (s *foreign) scale(ctx context.Context, n int) error {
	scale := fmt.Sprintf("%s=%d", s.spec.Service, n)
	if err := s.do(ctx, "up", "-d", "--no-recreate", "-t", "2", "--scale", scale); err != nil {
		return fmt.Errorf("scale %s to %d: %w", s.spec.Service, n, err)
	}
	deadline := time.Now().Add(startPatience)
	for {
		cs, err := s.instances(ctx, s.spec.Service)
		if err != nil {
			return err
		}
		ready, err := s.allReady(ctx, cs)
		switch {
		case err != nil:
			return err
		case ready && len(cs) == n:
			s.keep(cs)
			return nil
		case time.Now().After(deadline):
			return fmt.Errorf("scale %s to %d: not ready after %s", s.spec.Service, n, startPatience)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// allReady is whether all run and those with a health check are healthy.
func (s *foreign) allReady(ctx context.Context, cs []container) (bool, error) {
	for _, c := range cs {
		if !c.State.Running {
			return false, fmt.Errorf("%s number %d does not run: %s", s.spec.Service, c.number(), s.lastWords(ctx, c))
		}
		if c.State.Health != nil && c.State.Health.Status != "healthy" {
			return false, nil
		}
	}
	return true, nil
}

func (s *foreign) keep(cs []container) {
	var members []member
	for _, c := range cs {
		members = append(members, s.member(c))
	}
	s.mu.Lock()
	s.members = members
	s.mu.Unlock()
}

// findProxyService looks where the proxy is published and waits until it
// answers anything but that it cannot reach an instance.
func (s *foreign) findProxyService(ctx context.Context) error {
	cs, err := s.containers(ctx, s.run, s.spec.Proxy)
	if err != nil {
		return err
	}
	if len(cs) != 1 {
		return fmt.Errorf("%s: there are %d containers, want one", s.spec.Proxy, len(cs))
	}
	address, err := published(cs[0])
	if err != nil {
		return fmt.Errorf("%s: %w", s.spec.Proxy, err)
	}
	s.url = "http://" + address
	s.attachBalancer(cs[0], address[strings.LastIndexByte(address, ':')+1:])
	deadline := time.Now().Add(startPatience)
	for {
		status, err := probe(ctx, s.url)
		switch {
		case err == nil && status < http.StatusBadGateway:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case time.Now().After(deadline):
			return fmt.Errorf("%s does not answer at %s after %s: status %d, %w", s.spec.Proxy, s.url, startPatience, status, err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func probe(ctx context.Context, url string) (status int, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	resp, err := once.Do(req)
	if err != nil {
		return 0, err
	}
	resp.Body.Close()
	return resp.StatusCode, nil
}

// published is the address on this host of a container's lowest TCP port.
func published(c container) (string, error) {
	type binding struct {
		port    int
		address string
	}
	var all []binding
	for port, hosts := range c.NetworkSettings.Ports {
		var b binding
		if n, _ := fmt.Sscanf(port, "%d/tcp", &b.port); n != 1 || len(hosts) == 0 {
			continue
		}
		host := hosts[0].HostIP
		if host == "" || host == "0.0.0.0" || strings.Contains(host, ":") {
			host = "127.0.0.1"
		}
		b.address = host + ":" + hosts[0].HostPort
		all = append(all, b)
	}
	if len(all) == 0 {
		return "", errors.New("no port is published")
	}
	return slices.MinFunc(all, func(a, b binding) int { return cmp.Compare(a.port, b.port) }).address, nil
}

func (s *foreign) URL() string { return s.url }

func (s *foreign) Use(ctx context.Context, n int) error {
	if err := checkUse(n, MaxInstances); err != nil {
		return err
	}
	if n == len(s.members) {
		return nil
	}
	if err := s.scale(ctx, n); err != nil {
		return err
	}
	return s.restartProxy(ctx)
}

func (s *foreign) restartProxy(ctx context.Context) error {
	cs, err := s.containers(ctx, s.run, s.spec.Proxy)
	if err != nil {
		return err
	}
	for _, c := range cs {
		if _, err := s.docker(ctx, "restart", "-t", "2", c.ID); err != nil {
			return err
		}
	}
	return s.findProxyService(ctx)
}

func (s *foreign) Restart(ctx context.Context, i int) error {
	if err := checkMember(i, len(s.members)); err != nil {
		return err
	}
	if _, err := s.docker(ctx, "restart", "-t", "2", s.members[i].ID); err != nil {
		return err
	}
	if err := s.scale(ctx, len(s.members)); err != nil {
		return err
	}
	return s.restartProxy(ctx)
}

func (s *foreign) Fingerprint() map[string]string {
	cpus := "none"
	if s.cpus != 0 {
		cpus = fmt.Sprintf("%g", s.cpus)
	}
	return map[string]string{
		"stack":        s.Kind(),
		"engine":       s.engine.version,
		"compose":      s.composeVersion,
		"service":      s.spec.Service,
		"cpus":         cpus,
		"balancer":     cmp.Or(s.proxy, s.spec.Proxy),
		"cgroup":       s.balancer.version(),
		"docker_proxy": fmt.Sprint(s.fleet.proxy != 0),
	}
}

func (s *foreign) Down(ctx context.Context) error {
	if s.run == "" {
		return nil
	}
	return s.remove(ctx, s.run)
}
