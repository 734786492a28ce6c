package stack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"
)

// engine is a Docker engine, reached by its own command and by compose's.
type engine struct {
	version string
	// compose is the command, "docker compose" or "docker-compose".
	compose        []string
	composeVersion string
}

// enginePatience bounds a question to the engine.
const enginePatience = 20 * time.Second

// removePatience bounds the removal of a whole run: an engine that does not
// answer keeps nobody waiting for longer. Tests have less.
var removePatience = 60 * time.Second

// findEngine is the engine that answers, with a compose command for it.
func findEngine(ctx context.Context) (*engine, error) {
	ctx, cancel := context.WithTimeout(ctx, enginePatience)
	defer cancel()
	e, err := findDocker(ctx)
	if err != nil {
		return nil, err
	}
	for _, command := range [][]string{{"docker", "compose"}, {"docker-compose"}} {
		args := append(command[1:len(command):len(command)], "version", "--short")
		if e.composeVersion, err = execute(ctx, nil, nil, command[0], args...); err == nil {
			e.compose = command
			return e, nil
		}
	}
	return nil, errors.New("there is neither docker compose nor docker-compose")
}

// findDocker is the engine that answers, whether there is a compose or not.
func findDocker(ctx context.Context) (*engine, error) {
	ctx, cancel := context.WithTimeout(ctx, enginePatience)
	defer cancel()
	if _, err := exec.LookPath("docker"); err != nil {
		return nil, errors.New("there is no docker command in PATH")
	}
	e := &engine{}
	var err error
	if e.version, err = e.docker(ctx, "version", "--format", "{{.Server.Version}}"); err != nil {
		return nil, fmt.Errorf("no Docker engine answers: %w", err)
	}
	return e, nil
}

// docker runs docker's command and returns what it prints, trimmed.
func (e *engine) docker(ctx context.Context, args ...string) (string, error) {
	return execute(ctx, nil, nil, "docker", args...)
}

// cancelPatience is how long a command that was told to end may take before it is
// killed: what it leaves half done is removed by name afterwards.
const cancelPatience = 200 * time.Millisecond

// execute runs a command to its end, or ends it with all that it started when
// ctx does or when this process dies. The error quotes the last line of what the command said.
func execute(ctx context.Context, env []string, stdin io.Reader, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = env
	cmd.Stdin = stdin
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.Cancel = func() error { return signalGroup(cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = cancelPatience
	err := start(cmd, syscall.SIGKILL)
	if err == nil {
		err = cmd.Wait()
		if ctx.Err() != nil {
			_ = signalGroup(cmd.Process.Pid, syscall.SIGKILL) // and what it started
		}
	}
	switch {
	case err == nil:
		return strings.TrimSpace(stdout.String()), nil
	case ctx.Err() != nil:
		return "", ctx.Err()
	}
	// docker-compose ends with this sentence, after the error itself.
	said := oneLine(strings.ReplaceAll(stderr.String(), "Encountered errors while bringing up the project.", ""), 1)
	if said == "" {
		said = oneLine(stdout.String(), 1)
	}
	if said == "" {
		said = err.Error()
	}
	return "", fmt.Errorf("%s %s: %s", name, firstWord(args), said)
}

// firstWord is the subcommand among args.
func firstWord(args []string) string {
	for i := 0; i < len(args); i++ {
		switch a := args[i]; {
		case a == "-p" || a == "-f" || a == "--project-directory":
			i++
		case !strings.HasPrefix(a, "-"):
			return a
		}
	}
	return ""
}

// container is what docker inspect says of one, as far as it matters here.
type container struct {
	ID    string `json:"Id"`
	State struct {
		Running   bool
		Pid       int
		ExitCode  int
		OOMKilled bool
		Health    *struct{ Status string } // nil without a health check
	}
	Config struct {
		Image    string
		Hostname string
		Labels   map[string]string
	}
	HostConfig      struct{ NanoCpus int64 }
	NetworkSettings struct {
		Networks map[string]struct{ IPAddress string }
		Ports    map[string][]struct{ HostIP, HostPort string } // encoding/json folds case
	}
}

// address is the container's on the networks it is in, empty when not running.
func (c container) address() string {
	for _, n := range c.NetworkSettings.Networks {
		if n.IPAddress != "" {
			return n.IPAddress
		}
	}
	return ""
}

// list is what docker ps -aq and its like print: one id a line.
func (e *engine) list(ctx context.Context, args ...string) ([]string, error) {
	out, err := e.docker(ctx, args...)
	return strings.Fields(out), err
}

// containers are those of a compose project's service, or of all services when
// it is empty, in no order.
func (e *engine) containers(ctx context.Context, project, service string) ([]container, error) {
	args := []string{"ps", "-aq", "--no-trunc", "--filter", "label=com.docker.compose.project=" + project}
	if service != "" {
		args = append(args, "--filter", "label=com.docker.compose.service="+service)
	}
	ids, err := e.list(ctx, args...)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	return e.inspect(ctx, ids...)
}

func (e *engine) inspect(ctx context.Context, ids ...string) ([]container, error) {
	out, err := e.docker(ctx, append([]string{"inspect", "--type", "container"}, ids...)...)
	if err != nil {
		return nil, err
	}
	var cs []container
	if err := json.Unmarshal([]byte(out), &cs); err != nil {
		return nil, fmt.Errorf("docker inspect: %w", err)
	}
	return cs, nil
}

// lastWords says how a container ended and what it said last.
func (e *engine) lastWords(ctx context.Context, c container) string {
	how := fmt.Sprintf("exit status %d", c.State.ExitCode)
	if c.State.OOMKilled {
		how = "it was out of memory"
	}
	// The log has both streams; docker prints the second to its stderr.
	cmd := exec.CommandContext(ctx, "docker", "logs", "--tail", "5", c.ID)
	out, _ := cmd.CombinedOutput()
	if said := oneLine(string(out), 3); said != "" {
		return how + ", its last output: " + said
	}
	return how + " without a word"
}

// remove removes all that carries a run's name: containers, networks, volumes
// and images. It repeats, since a command that was interrupted may have left
// the engine at work.
func (e *engine) remove(ctx context.Context, run string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), removePatience)
	defer cancel()
	project := "label=com.docker.compose.project=" + run
	kinds := []struct{ list, remove []string }{
		{[]string{"ps", "-aq", "--filter", project}, []string{"rm", "-f", "-v"}},
		{[]string{"network", "ls", "-q", "--filter", project}, []string{"network", "rm"}},
		{[]string{"volume", "ls", "-q", "--filter", project}, []string{"volume", "rm", "-f"}},
		{nil, nil}, // images
	}
	var last error
	for clean := 0; clean < 2; {
		clean++
		for _, kind := range kinds {
			var ids []string
			var err error
			if kind.list == nil {
				ids, err = e.images(ctx, run)
			} else {
				ids, err = e.list(ctx, kind.list...)
			}
			if err != nil {
				if last == nil {
					last = err
				}
				return fmt.Errorf("containers and networks of %s may be left; once Docker answers again, velocitas live --down removes them: %w", run, last)
			}
			if len(ids) == 0 {
				continue
			}
			clean = 0
			if kind.remove == nil {
				kind.remove = []string{"rmi"}
			}
			_, last = e.docker(ctx, append(kind.remove, ids...)...)
		}
		time.Sleep(100 * time.Millisecond)
	}
	return nil
}

// images are a run's by name, since an image may have other names. Another run's
// name may begin with this one's.
func (e *engine) images(ctx context.Context, run string) ([]string, error) {
	names, err := e.list(ctx, "images", "--format", "{{.Repository}}:{{.Tag}}", "--filter", "reference="+run+"-*")
	return slices.DeleteFunc(names, func(name string) bool {
		repository, _, _ := strings.Cut(name, ":")
		of, ok := runOf(repository)
		return !ok || of != run
	}), err
}

// composeRun is a compose project of ours.
type composeRun struct {
	*engine
	run  string
	file string
	over string // a second file, whose values go before the first's; empty for none
	env  []string
}

// compose runs a compose command on the project.
func (r composeRun) do(ctx context.Context, args ...string) error {
	all := append(r.compose[1:len(r.compose):len(r.compose)], "-p", r.run, "-f", r.file)
	if r.over != "" {
		all = append(all, "-f", r.over)
	}
	_, err := execute(ctx, r.env, nil, r.compose[0], append(all, args...)...)
	return err
}

// composeEnviron is the environment without what would steer compose itself,
// and without the variables of our own file, plus set.
func composeEnviron(set ...string) []string {
	var env []string
	for _, v := range os.Environ() {
		key, _, _ := strings.Cut(v, "=")
		if !strings.HasPrefix(key, "COMPOSE_") && !strings.HasPrefix(key, "VELOCITAS_") && key != "NGINX_IMAGE" {
			env = append(env, v)
		}
	}
	return append(env, set...)
}
