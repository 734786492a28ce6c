package stack

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"syscall"
)

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
		if err := g.adopt(p.pid()); err != nil {
			return err
		}
	}
	return s.nginx.await(ctx, startPatience, func() bool { return s.nginx.ready(ctx, c) })
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
