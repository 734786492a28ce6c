package stack

import (
	"context"
	"slices"

	"github.com/compose-spec/compose-go/v2/types"
)

// Described is what a compose file says of a service that matters to how it
// scales.
type Described struct {
	Name, Image string
	// CPUs is its limit in cores, 0 for none; Replicas how many there are, 0 where
	// the file does not say.
	CPUs        float64
	Replicas    int
	HostNetwork bool
	Environment map[string]string
	Command     []string
	DependsOn   []string
	// Published tells whether it publishes a port.
	Published bool
}

// Describe reads compose files as compose itself does, later ones over earlier
// ones, in a process of binary's command [ReadCommand], and returns the services by
// name. The error is one line that begins with the first file.
func Describe(ctx context.Context, binary string, files ...string) ([]Described, error) {
	p, err := readProject(ctx, binary, files...)
	if err != nil {
		return nil, err
	}
	var list []Described
	for _, s := range p.Services {
		list = append(list, Described{
			Name: s.Name, Image: s.Image, CPUs: s.CPUs, Replicas: s.Replicas, HostNetwork: s.HostNetwork,
			Environment: s.Environment, Command: s.Command, DependsOn: s.DependsOn, Published: len(s.Ports) > 0,
		})
	}
	slices.SortFunc(list, func(a, b Described) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return list, nil
}

// hints are the variables that say how much an instance does at a time.
var hints = []string{"GOMAXPROCS", "WEB_CONCURRENCY", "RAILS_MAX_THREADS", "GUNICORN_CMD_ARGS", "UV_THREADPOOL_SIZE", "NODE_CLUSTER_WORKERS"}

// describe takes over what is of use to a description.
func (c *service) describe(s types.ServiceConfig) {
	if s.Scale != nil {
		c.Replicas = *s.Scale
	}
	if s.Deploy != nil && s.Deploy.Replicas != nil {
		c.Replicas = *s.Deploy.Replicas
	}
	c.HostNetwork = s.NetworkMode == "host"
	c.Command = append(slices.Clone([]string(s.Entrypoint)), s.Command...)
	c.Environment = map[string]string{}
	for _, name := range hints {
		if v := s.Environment[name]; v != nil {
			c.Environment[name] = *v
		}
	}
	for name := range s.DependsOn {
		c.DependsOn = append(c.DependsOn, name)
	}
	slices.Sort(c.DependsOn)
}
