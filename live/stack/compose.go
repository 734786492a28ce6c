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
	"strconv"
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

// killableFile lets a container outlive its instance. A limit is on what both
// use; the keeper only waits.
const killableFile = `services:
  velocitas:
    command: ["instance", "--listen", "0.0.0.0:8080", "--keep"]
`

// compose is instances and nginx in containers.
type compose struct {
	spec Spec
	fleet
	dir string

	nginx      nginx
	version    string // nginx's
	generation int
	inUse      int
}

func newCompose(spec Spec, e *engine) *compose {
	return &compose{spec: spec, fleet: fleet{composeRun: composeRun{engine: e}, port: containerPort}}
}

func (s *compose) Kind() string { return KindCompose }

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
	if s.spec.Killable {
		s.kept, s.over = true, filepath.Join(s.dir, "killable.yml")
		if err := os.WriteFile(s.over, []byte(killableFile), 0o644); err != nil {
			return err
		}
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
	cs, err := s.instances(ctx, instanceService)
	if err != nil {
		return err
	}
	if len(cs) != s.spec.Instances {
		return fmt.Errorf("start instances: compose made %d containers of %d", len(cs), s.spec.Instances)
	}
	for i, c := range cs {
		if cpus := s.spec.instance(i).CPUs; cpus != s.spec.CPUs {
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
			s.mu.Lock()
			s.members[i] = s.member(c)
			s.mu.Unlock()
			return nil
		case time.Now().After(deadline):
			return fmt.Errorf("instance %d (%s) is not ready after %s: %w", i+1, c.name(), startPatience, asked)
		}
		time.Sleep(50 * time.Millisecond)
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
	if err := s.nginx.await(ctx, startPatience, func() bool { return s.nginx.ready(ctx, c) }); err != nil {
		return err
	}
	s.version = s.askVersion(ctx, cs[0].ID)
	return nil
}

// attach notes how the nginx in container c is reached, steered and counted.
func (s *compose) attach(c container) error {
	ports := c.NetworkSettings.Ports[fmt.Sprintf("%d/tcp", containerPort)]
	if len(ports) == 0 {
		return errors.New("nginx: no port is published")
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
	s.attachBalancer(c, ports[0].HostPort)
	return nil
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
		addresses = append(addresses, s.socket(m))
	}
	return Config{
		Listen:     strconv.Itoa(containerPort),
		Temp:       "/tmp",
		Balancer:   s.spec.Balancer,
		Peers:      s.spec.peers(addresses),
		Generation: s.generation,
	}
}

func (s *compose) Use(ctx context.Context, n int) error {
	if err := checkUse(n, len(s.members)); err != nil {
		return err
	}
	return s.nginx.apply(ctx, s.config(n))
}

func (s *compose) URL() string { return s.nginx.url }

func (s *compose) Restart(ctx context.Context, i int) error {
	if err := checkMember(i, len(s.members)); err != nil {
		return err
	}
	if s.kept {
		return s.startKept(ctx, i)
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
		"stack":        s.Kind(),
		"engine":       s.engine.version,
		"compose":      s.composeVersion,
		"balancer":     "nginx " + s.version,
		"cgroup":       s.balancer.version(),
		"docker_proxy": fmt.Sprint(s.proxy != 0),
	})
	s.nginx.fingerprint(f)
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
