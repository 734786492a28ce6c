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

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

// A compose file names other files (include, extends, env_file, .env), has
// aliases and is read by a library that takes no bounds. So it is read in a
// process of its own, which may use so much memory and time and ends with ctx.

// ReadCommand is the command of ForeignSpec.Binary that reads a project: it
// calls ReadProject with its arguments and the standard output.
const ReadCommand = "read-compose"

const (
	// readPatience and readBytes bound the reading, fileBytes the file itself.
	readPatience = 10 * time.Second
	readBytes    = 512 << 20
	fileBytes    = 1 << 20
)

// A project is what of somebody's compose file matters here, or Problem, which
// says what is wrong with it.
type project struct {
	Problem  string
	Services map[string]service
}

// A service is one of a project's.
type service struct {
	Name, Image, ContainerName string
	CPUs                       float64 // its limit in cores, 0 for none
	Ports                      []port
	Replicas                   int // 0 where the file does not say
	HostNetwork                bool
	Environment                map[string]string
	Command, DependsOn         []string
}

// A port is one that a service publishes. Host is empty or "0" for any free one,
// a number or a range.
type port struct {
	Host string
	TCP  bool
}

// readProject has binary read compose files as compose itself does, later ones
// over earlier ones, with their .env file and the environment. Errors begin with
// the first.
func readProject(ctx context.Context, binary string, files ...string) (*project, error) {
	file := files[0]
	for _, f := range files {
		if err := readable(f); err != nil {
			return nil, err
		}
	}
	ctx, cancel := context.WithTimeoutCause(ctx, readPatience, errors.New("patience"))
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, append([]string{ReadCommand}, files...)...)
	var stdout bytes.Buffer
	cmd.Stdout = &stdout // what the library logs goes to its stderr, which is dropped
	cmd.WaitDelay = time.Second / 2
	err := start(cmd, syscall.SIGKILL)
	if err == nil {
		err = cmd.Wait()
	}
	var exit *exec.ExitError
	switch {
	case context.Cause(ctx) != nil && context.Cause(ctx) != ctx.Err():
		return nil, fmt.Errorf("%s: reading it does not end within %v; is one of the files that it names a pipe or a device?", file, readPatience)
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.As(err, &exit):
		return nil, fmt.Errorf("%s: reading it takes more than %d MB of memory; is an alias part of itself, or one of the files that it names a device or very large?", file, readBytes>>20)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	var p project
	if err := json.Unmarshal(stdout.Bytes(), &p); err != nil {
		return nil, fmt.Errorf("%s: %s %s does not answer: %w", file, binary, ReadCommand, err)
	}
	if p.Problem != "" {
		return nil, fmt.Errorf("%s: %s", file, p.Problem)
	}
	return &p, nil
}

// readable refuses at once what is no file that a person would write.
func readable(file string) error {
	info, err := os.Stat(file)
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", file, errors.Unwrap(err))
	case info.IsDir():
		return fmt.Errorf("%s: is a folder; want a compose file", file)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s: is a pipe or a device; want a compose file", file)
	case info.Size() > fileBytes:
		return fmt.Errorf("%s: has %d MB; a compose file has %d at most", file, info.Size()>>20, fileBytes>>20)
	}
	return nil
}

// ReadProject reads compose files in this process and writes what matters of
// them to w. From then on the process cannot have more than readBytes of memory.
func ReadProject(ctx context.Context, files []string, w io.Writer) error {
	limit := syscall.Rlimit{Cur: readBytes, Max: readBytes}
	if err := syscall.Setrlimit(syscall.RLIMIT_DATA, &limit); err != nil {
		return err
	}
	return json.NewEncoder(w).Encode(loadProject(ctx, files))
}

func loadProject(ctx context.Context, files []string) project {
	file := files[0]
	options, err := cli.NewProjectOptions(files,
		cli.WithOsEnv, cli.WithEnvFiles(), cli.WithDotEnv, cli.WithName("velocitas"), cli.WithProfiles([]string{"*"}))
	if err == nil {
		var p *types.Project
		if p, err = options.LoadProject(ctx); err == nil {
			return condensed(p)
		}
	}
	// The library repeats the file's name, and calls a schema "false" that
	// allows no such key.
	said := strings.NewReplacer("validating "+file+": ", "", "failed to parse "+file+": ", "",
		" false schema", " is not a key of compose files").Replace(err.Error())
	return project{Problem: clip(oneLine(said, 3))}
}

// clip cuts a long message in the middle.
func clip(s string) string {
	const most = 400
	if r := []rune(s); len(r) > most {
		return string(r[:most/2]) + " … " + string(r[len(r)-most/2:])
	}
	return s
}

func condensed(p *types.Project) project {
	out := project{Services: map[string]service{}}
	for name, s := range p.Services {
		c := service{Name: name, Image: s.Image, ContainerName: s.ContainerName, CPUs: cpuLimit(s)}
		for _, p := range s.Ports {
			c.Ports = append(c.Ports, port{Host: p.Published, TCP: p.Protocol == "" || p.Protocol == "tcp"})
		}
		c.describe(s)
		out.Services[name] = c
	}
	return out
}

// cpuLimit is a service's limit in cores, by either way to say it.
func cpuLimit(s types.ServiceConfig) float64 {
	if s.Deploy != nil && s.Deploy.Resources.Limits != nil && s.Deploy.Resources.Limits.NanoCPUs != 0 {
		return float64(s.Deploy.Resources.Limits.NanoCPUs)
	}
	return float64(s.CPUS)
}

func findService(p *project, file, name string) (service, error) {
	if s, ok := p.Services[name]; ok {
		return s, nil
	}
	var names []string
	for n := range p.Services {
		names = append(names, n)
	}
	slices.Sort(names)
	return service{}, fmt.Errorf("%s: there is no service %q; want one of %s", file, clip(name), clip(strings.Join(names, ", ")))
}

// scalable refuses a service of which there can be only one.
func scalable(file string, s service) error {
	if s.ContainerName != "" {
		return fmt.Errorf("%s: services.%s.container_name allows only one container; remove it to scale", file, s.Name)
	}
	for _, p := range s.Ports {
		if p.Host != "" && p.Host != "0" && !strings.Contains(p.Host, "-") {
			return fmt.Errorf("%s: services.%s.ports publishes port %s, which only one container can have; remove it to scale", file, s.Name, p.Host)
		}
	}
	return nil
}
