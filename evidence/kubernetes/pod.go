package kubernetes

import (
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/k9mil/velocitas/evidence/nginxconf"
)

// Container is the one of a pod that serves requests.
type Container struct {
	Name, Image string
	Command     []string
	// CPUs is its limit in cores, 0 for none, and Request what it asks for, 0 for
	// nothing; CPUsAt and RequestAt are where that is said, or would be.
	CPUs, Request     float64
	CPUsAt, RequestAt nginxconf.Place
	Environment       map[string]string
	// Unread are variables whose value the files do not have.
	Unread []string
	// EnvironmentAt is where its variables are.
	EnvironmentAt nginxconf.Place
}

func sorted(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }

// main is the index of the container that a service's port leads to, or else the first
// that has a port, or the first.
func (w *Workload) main(s *Service) int {
	has := func(target string) int {
		return slices.IndexFunc(w.pod.Containers, func(c container) bool {
			return slices.ContainsFunc(c.Ports, func(p port) bool {
				return target == "" || p.Name == target || strconv.Itoa(p.ContainerPort) == target
			})
		})
	}
	if s != nil {
		for _, p := range s.ports {
			target := p.TargetPort
			if target == "" {
				target = strconv.Itoa(p.Port)
			}
			if i := has(target); i >= 0 {
				return i
			}
		}
	}
	return max(0, has(""))
}

// Container is the one of a workload's pods that serves a service's requests; the
// service may be nil.
func (o *Objects) Container(w *Workload, s *Service) Container {
	i := w.main(s)
	c := &w.pod.Containers[i]
	path := fmt.Sprintf("%s.containers[%d]", w.podPath, i)
	found := Container{
		Name: c.Name, Image: c.Image, Command: slices.Concat(c.Command, c.Args),
		CPUsAt: w.At(path + ".resources.limits.cpu"), RequestAt: w.At(path + ".resources.requests.cpu"), EnvironmentAt: w.At(path + ".env"),
	}
	if limit, at := o.limit(w, c, path); limit != nil {
		found.CPUs, found.CPUsAt = float64(*limit), at
	}
	switch {
	case c.Resources.Requests.CPU != nil:
		found.Request = float64(*c.Resources.Requests.CPU)
	case found.CPUs > 0: // a limit without a request is both
		found.Request, found.RequestAt = found.CPUs, found.CPUsAt
	}
	found.Environment, found.Unread = o.environment(w, c, found)
	return found
}

// limit is a container's CPU limit: its own, that of all its pod, or the default of
// its namespace; nil where there is none.
func (o *Objects) limit(w *Workload, c *container, path string) (*Quantity, nginxconf.Place) {
	if q := c.Resources.Limits.CPU; q != nil {
		return positive(q), w.At(path + ".resources.limits.cpu")
	}
	if q := w.pod.Resources.Limits.CPU; q != nil {
		return positive(q), w.At(w.podPath + ".resources.limits.cpu")
	}
	for _, l := range o.limits {
		if l.Namespace == w.Namespace {
			return positive(&l.cpu), l.At(l.path)
		}
	}
	return nil, nginxconf.Place{}
}

func positive(q *Quantity) *Quantity {
	if *q == 0 {
		return nil // as Kubernetes has it
	}
	return q
}

// environment are the variables of a container, as far as the files say.
func (o *Objects) environment(w *Workload, c *container, found Container) (values map[string]string, unread []string) {
	values = map[string]string{}
	for _, from := range c.EnvFrom {
		if m := o.config(w.Namespace, from.ConfigMapRef.Name); m != nil {
			for key, value := range m.data {
				values[from.Prefix+key] = value
			}
		}
	}
	for _, v := range c.Env {
		delete(values, v.Name)
		ref, field := v.ValueFrom.ConfigMapKeyRef, v.ValueFrom.ResourceFieldRef
		switch {
		case v.Value != "":
			values[v.Name] = v.Value
		case ref.Name != "":
			if m := o.config(w.Namespace, ref.Name); m != nil {
				values[v.Name] = m.data[ref.Key]
			} else {
				unread = append(unread, v.Name)
			}
		case field.Resource != "":
			if n := cores(field.Resource, field.Divisor, found); n > 0 {
				values[v.Name] = strconv.Itoa(n)
			} else {
				unread = append(unread, v.Name)
			}
		}
	}
	return values, unread
}

// cores are those of a resourceFieldRef, which are rounded up; 0 where they are not
// the container's own.
func cores(resource string, divisor *Quantity, c Container) int {
	of := map[string]float64{"limits.cpu": c.CPUs, "requests.cpu": c.Request}[resource]
	by := 1.0
	if divisor != nil && *divisor > 0 {
		by = float64(*divisor)
	}
	return int(math.Ceil(of/by - 1e-9))
}

func (o *Objects) config(namespace, name string) *config {
	for i := range o.configs {
		if c := &o.configs[i]; c.Namespace == namespace && c.Name == name {
			return c
		}
	}
	return nil
}

var (
	// hostInURL is a name in a place where only a host stands.
	hostInURL = regexp.MustCompile(`(?:://|@|^|[\s,=])([A-Za-z0-9][A-Za-z0-9.-]*)(:\d+)?`)
	// hostVariable matches variables that hold a host.
	hostVariable = regexp.MustCompile(`(?i)(host|addr|address|url|uri|dsn|endpoint|server|servers|service|brokers?)$`)
)

// Calls are the workloads whose services a container names in its variables and
// arguments: as a host with a port, in a URL, or in a variable that holds a host.
func (o *Objects) Calls(w *Workload, c Container) (names []string) {
	add := func(text string, alone bool) {
		for _, m := range hostInURL.FindAllStringSubmatch(text, -1) {
			if m[2] == "" && !alone && !strings.Contains(m[0], "://") && !strings.HasPrefix(m[0], "@") {
				continue
			}
			s := o.ServiceOf(m[1], w.Namespace)
			if s == nil {
				continue
			}
			for _, other := range o.Pods(s) {
				if other.Name != w.Name && !slices.Contains(names, other.Name) {
					names = append(names, other.Name)
				}
			}
		}
	}
	for _, key := range sorted(c.Environment) {
		add(c.Environment[key], hostVariable.MatchString(key))
	}
	for _, arg := range c.Command {
		add(arg, false)
	}
	return names
}
