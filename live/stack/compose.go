package stack

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

//go:embed files/docker-compose.yml
var composeFile []byte

// The services of the file, and the port that both listen on in their
// containers.
const (
	instanceService = "velocitas"
	nginxService    = "nginx"
	containerPort   = 8080
)

// compose is instances and nginx in containers.
type compose struct {
	spec Spec
	composeRun
	dir string

	mu      sync.Mutex // guards members, which Restart changes
	members []member

	nginx      nginx
	balancer   cgroup
	version    string // nginx's
	proxy      int    // process id of Docker's userland proxy
	generation int
	inUse      int

	notes []string
}

// member is one instance's container.
type member struct {
	container
	group cgroup
}

func newCompose(spec Spec, e *engine) *compose {
	return &compose{spec: spec, composeRun: composeRun{engine: e}}
}

func (s *compose) Kind() string { return KindCompose }

func (s *compose) Notes() []string { return s.notes }

func (s *compose) note(format string, args ...any) {
	s.notes = append(s.notes, fmt.Sprintf(format, args...))
}

func (s *compose) Up(ctx context.Context) error {
	s.run = newRun()
	var err error
	if s.dir, err = makeDir(s.run); err != nil {
		return err
	}
	s.nginx.file = filepath.Join(s.dir, "nginx.conf")
	s.file = filepath.Join(s.dir, "docker-compose.yml")
	if err := os.WriteFile(s.file, composeFile, 0o644); err != nil {
		return err
	}
	image, err := s.images(ctx)
	if err != nil {
		return err
	}
	s.env = s.environment(image)
	if err := s.startInstances(ctx); err != nil {
		return err
	}
	return s.startNginx(ctx)
}

// images makes or finds both images and returns nginx's.
func (s *compose) images(ctx context.Context) (nginx string, err error) {
	if err := PackInstance(ctx, s.spec.Binary, s.instanceImage()); err != nil {
		return "", err
	}
	if s.spec.NginxFromHost {
		nginx = s.run + "-nginx"
		return nginx, PackHostNginx(ctx, nginx)
	}
	nginx = cmp.Or(s.spec.NginxImage, DefaultNginxImage)
	if _, err := s.docker(ctx, "image", "inspect", nginx); err == nil {
		return nginx, nil
	}
	if _, err := s.docker(ctx, "pull", nginx); err != nil {
		return "", fmt.Errorf("nginx image %s is not here and cannot be pulled (%w); name another one, or use the host's nginx", nginx, err)
	}
	return nginx, nil
}

func (s *compose) instanceImage() string { return s.run + "-instance" }

// environment sets the variables of the compose file.
func (s *compose) environment(nginxImage string) []string {
	port, threads := "", ""
	if s.spec.Port != 0 {
		port = strconv.Itoa(s.spec.Port)
	}
	if s.spec.Threads != 0 {
		threads = strconv.Itoa(s.spec.Threads)
	}
	memory, goMemory := "0", "off"
	if s.spec.MemoryBytes != 0 {
		memory, goMemory = fmt.Sprint(s.spec.MemoryBytes), fmt.Sprint(s.spec.MemoryBytes/10*9)
	}
	return composeEnviron(
		"VELOCITAS_IMAGE="+s.instanceImage(),
		"NGINX_IMAGE="+nginxImage,
		"VELOCITAS_NGINX_CONF="+s.nginx.file,
		"VELOCITAS_CPUS="+strconv.FormatFloat(s.spec.CPUs, 'f', -1, 64),
		"VELOCITAS_MEMORY="+memory,
		"VELOCITAS_GOMAXPROCS="+threads,
		"VELOCITAS_GOMEMLIMIT="+goMemory,
		// Empty, Docker chooses a free one.
		"VELOCITAS_PORT="+port,
		// Up asks once itself. A check every few seconds would use some
		// percent of a small limit, and be measured.
		"VELOCITAS_HEALTH_INTERVAL=24h",
	)
}

func (s *compose) startInstances(ctx context.Context) error {
	scale := fmt.Sprintf("%s=%d", instanceService, s.spec.Instances)
	if err := s.do(ctx, "up", "-d", "--no-build", "--no-deps", "--scale", scale, instanceService); err != nil {
		return fmt.Errorf("start instances: %w", s.diagnose(ctx, err))
	}
	cs, err := s.containers(ctx, s.run, instanceService)
	if err != nil {
		return err
	}
	if len(cs) != s.spec.Instances {
		return fmt.Errorf("start instances: compose made %d containers of %d", len(cs), s.spec.Instances)
	}
	slices.SortFunc(cs, func(a, b container) int { return cmp.Compare(a.number(), b.number()) })
	for i, c := range cs {
		if cpus := s.spec.cpusOf(i); cpus != s.spec.CPUs {
			if _, err := s.docker(ctx, "update", "--cpus", strconv.FormatFloat(cpus, 'f', -1, 64), c.ID); err != nil {
				return fmt.Errorf("limit of instance %d: %w", i+1, err)
			}
		}
		s.members = append(s.members, member{container: c})
	}
	for i := range s.members {
		if err := s.settle(ctx, i); err != nil {
			return err
		}
	}
	return nil
}

// diagnose adds the last words of an instance that died to an error.
func (s *compose) diagnose(ctx context.Context, err error) error {
	cs, listErr := s.containers(ctx, s.run, instanceService)
	if listErr != nil {
		return err
	}
	for _, c := range cs {
		if !c.State.Running && c.State.ExitCode != 0 && c.State.ExitCode != 128 {
			return fmt.Errorf("%w (an instance ended: %s)", err, s.lastWords(ctx, c))
		}
	}
	return err
}

// number is the container's among its service's.
func (c container) number() int {
	n, _ := strconv.Atoi(c.Config.Labels["com.docker.compose.container-number"])
	return n
}

// name is what an instance calls itself by default: its host's name.
func (c container) name() string { return c.Config.Hostname }

// settle waits until instance i is ready and notes where it now is.
func (s *compose) settle(ctx context.Context, i int) error {
	id := s.members[i].ID
	health := fmt.Sprintf("http://127.0.0.1:%d/healthz", containerPort)
	deadline := time.Now().Add(startPatience)
	for {
		_, asked := s.docker(ctx, "exec", id, "/velocitas", instanceCommand, "--health", health)
		cs, err := s.inspect(ctx, id)
		if err != nil {
			return err
		}
		c := cs[0]
		switch {
		case !c.State.Running:
			return fmt.Errorf("instance %d (%s) does not start: %s", i+1, c.name(), s.lastWords(ctx, c))
		case asked == nil:
			group, err := cgroupOf(c.State.Pid)
			if err != nil {
				s.noteOnce("CPU time and throttling of containers cannot be read: %v.", err)
			}
			s.mu.Lock()
			s.members[i] = member{container: c, group: group}
			s.mu.Unlock()
			return nil
		case time.Now().After(deadline):
			return fmt.Errorf("instance %d (%s) is not ready after %s: %w", i+1, c.name(), startPatience, asked)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func (s *compose) noteOnce(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(s.notes, text) {
		s.notes = append(s.notes, text)
	}
}

func (s *compose) startNginx(ctx context.Context) error {
	c := s.config(len(s.members))
	if err := os.WriteFile(s.nginx.file, []byte(c.String()), 0o644); err != nil {
		return err
	}
	if err := s.do(ctx, "up", "-d", "--no-build", "--no-deps", nginxService); err != nil {
		return fmt.Errorf("start nginx: %w", err)
	}
	cs, err := s.containers(ctx, s.run, nginxService)
	if err != nil {
		return err
	}
	if len(cs) != 1 {
		return fmt.Errorf("start nginx: compose made %d containers of one", len(cs))
	}
	if !cs[0].State.Running {
		return fmt.Errorf("nginx does not start: %s", s.lastWords(ctx, cs[0]))
	}
	if err := s.attach(cs[0]); err != nil {
		return err
	}
	if err := s.nginx.await(ctx, startPatience, func() bool { return s.nginx.answers(ctx, c.Generation) }); err != nil {
		return err
	}
	s.version = s.askVersion(ctx, cs[0].ID)
	return nil
}

// attach notes how the nginx in container c is reached, steered and counted.
func (s *compose) attach(c container) error {
	ports := c.NetworkSettings.Ports[fmt.Sprintf("%d/tcp", containerPort)]
	if len(ports) == 0 {
		return errors.New("nginx: Docker published no port")
	}
	id := c.ID
	s.nginx.url = "http://127.0.0.1:" + ports[0].HostPort
	s.nginx.master = c.State.Pid
	s.nginx.hup = func(ctx context.Context) error {
		_, err := s.docker(ctx, "kill", "-s", "HUP", id)
		return err
	}
	s.nginx.trouble = func(ctx context.Context) (bool, string) {
		cs, err := s.inspect(ctx, id)
		if err != nil {
			return true, err.Error()
		}
		return !cs[0].State.Running, s.lastWords(ctx, cs[0])
	}
	var err error
	if s.balancer, err = cgroupOf(c.State.Pid); err != nil {
		s.noteOnce("CPU time and throttling of containers cannot be read: %v.", err)
	}
	if s.proxy = findProxy(ports[0].HostPort); s.proxy != 0 {
		s.note("Docker's userland proxy stands before nginx and costs CPU of its own; dockerd --userland-proxy=false avoids it.")
	}
	return nil
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

// askVersion is nginx's version, which it prints to stderr.
func (s *compose) askVersion(ctx context.Context, id string) string {
	out, err := exec.CommandContext(ctx, "docker", "exec", id, "/usr/sbin/nginx", "-v").CombinedOutput()
	if err != nil {
		return "of unknown version"
	}
	return nginxVersion(string(out))
}

// config is nginx's next configuration, with the first n instances.
func (s *compose) config(n int) Config {
	s.generation++
	s.inUse = n
	var addresses []string
	for _, m := range s.members[:n] {
		addresses = append(addresses, m.socket())
	}
	return Config{
		Listen:     strconv.Itoa(containerPort),
		Temp:       "/tmp",
		Balancer:   s.spec.Balancer,
		Peers:      s.spec.peers(addresses),
		Generation: s.generation,
	}
}

func (m member) socket() string { return fmt.Sprintf("%s:%d", m.address(), containerPort) }

func (s *compose) Use(ctx context.Context, n int) error {
	if err := checkUse(n, len(s.members)); err != nil {
		return err
	}
	return s.nginx.apply(ctx, s.config(n))
}

func (s *compose) URL() string { return s.nginx.url }

func (s *compose) Instances() []Member {
	s.mu.Lock()
	defer s.mu.Unlock()
	var members []Member
	for _, m := range s.members {
		members = append(members, Member{
			Name:      m.name(),
			Address:   m.socket(),
			PID:       m.State.Pid,
			Container: m.ID,
			CPUs:      float64(m.HostConfig.NanoCpus) / 1e9,
		})
	}
	return members
}

func (s *compose) Counters(context.Context) (Counters, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := Counters{At: time.Now()}
	for i, m := range s.members {
		u, err := m.group.usage()
		// A container that ended took its counters along.
		if err != nil && startOf(m.State.Pid) != "" {
			return Counters{}, fmt.Errorf("instance %d (%s): %w", i+1, m.name(), err)
		}
		c.Instances = append(c.Instances, u)
	}
	var err error
	if c.Balancer, err = s.balancer.usage(); err != nil {
		return Counters{}, fmt.Errorf("nginx: %w", err)
	}
	if s.proxy != 0 {
		c.ProxyCPUNs, err = cpuTime(s.proxy)
	}
	return c, err
}

func (s *compose) Signal(ctx context.Context, i int, signal syscall.Signal) error {
	if err := checkMember(i, len(s.members)); err != nil {
		return err
	}
	_, err := s.docker(ctx, "kill", "-s", strconv.Itoa(int(signal)), s.members[i].ID)
	return err
}

func (s *compose) Restart(ctx context.Context, i int) error {
	if err := checkMember(i, len(s.members)); err != nil {
		return err
	}
	before := s.members[i].address()
	if _, err := s.docker(ctx, "restart", "-t", "2", s.members[i].ID); err != nil {
		return err
	}
	if err := s.settle(ctx, i); err != nil {
		return err
	}
	if s.members[i].address() == before {
		return nil
	}
	s.note("Instance %d has another address since it was restarted, so nginx was reloaded.", i+1)
	return s.nginx.apply(ctx, s.config(s.inUse))
}

func (s *compose) Fingerprint() map[string]string {
	f := s.spec.fingerprint()
	maps.Copy(f, map[string]string{
		"stack":         s.Kind(),
		"engine":        s.engine.version,
		"compose":       s.composeVersion,
		"balancer":      "nginx " + s.version,
		"nginx_workers": fmt.Sprint(s.nginx.workers()),
		"cgroup":        s.balancer.version(),
		"docker_proxy":  fmt.Sprint(s.proxy != 0),
	})
	return f
}

func (s *compose) Down(ctx context.Context) error {
	if s.run == "" {
		return nil
	}
	err := s.remove(ctx, s.run)
	if s.dir != "" {
		err = errors.Join(err, os.RemoveAll(s.dir))
	}
	return err
}
