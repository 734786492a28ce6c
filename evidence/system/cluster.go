package system

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/k9mil/velocitas/evidence/kubernetes"
	"github.com/k9mil/velocitas/evidence/nginxconf"
)

// cluster is what manifests say beside what compose files can: from how many to how
// many pods, and how requests come to them.
type cluster struct {
	workload *kubernetes.Workload
	pod      kubernetes.Container
	min, max int // of instances; 0 to 0 where it is not known
	why      string
	balancer []setting
	hashKey  string
}

// setting is a key of the balancer with a comment.
type setting struct{ key, value, comment string }

// FromManifests puts together what Kubernetes manifests say and, where there is one,
// the nginx.conf of a proxy before the pods. asked names the workload or the Service
// that counts; "" is what an nginx.conf or an Ingress leads to, or else the workload
// behind a Service that has most pods. The error is one line.
func FromManifests(nginx *nginxconf.Config, o *kubernetes.Objects, files []string, asked string, known Known) (*System, error) {
	w, service, err := chosen(nginx, o, asked)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", files[0], err)
	}
	c := &cluster{workload: w, pod: o.Container(w, service)}
	s := &System{Name: name(w.Name), Nginx: nginx, Files: files, Known: known, cluster: c, Notes: slices.Clone(o.Notes)}
	services := s.workloads(o)
	s.service = find(services, w.Name)
	s.service.CPUs, s.service.Environment, s.service.Command, s.service.Image = c.pod.CPUs, c.pod.Environment, c.pod.Command, c.pod.Image
	s.count(o.AutoscalerFor(w))
	s.instances = slices.Repeat([]instance{{service: s.service, server: nginxconf.Server{Weight: 1}}}, max(1, c.max))
	if nginx != nil {
		s.Notes = append(s.Notes, nginx.Notes...)
		s.through(o, service)
	} else {
		s.routed(o, service)
	}
	s.tiers = s.dependencies(services)
	s.Notes = append(s.Notes, o.Unmodelled(w, service)...)
	s.unread()
	s.Notes = kubernetes.Placed(files, s.Notes)
	return s, nil
}

// workloads are those of the manifests as services, with what each calls.
func (s *System) workloads(o *kubernetes.Objects) (list []Service) {
	for i := range o.Workloads {
		w := &o.Workloads[i]
		pod := o.Container(w, o.ServiceFor(w))
		list = append(list, Service{
			Name: w.Name, Image: pod.Image, CPUs: pod.CPUs, Replicas: w.Replicas, Environment: pod.Environment, Command: pod.Command,
			DependsOn: o.Calls(w, pod), Published: o.ServiceFor(w) != nil,
		})
	}
	return list
}

// chosen is the workload that counts, with the service that leads to it, which may be
// nil.
func chosen(nginx *nginxconf.Config, o *kubernetes.Objects, asked string) (*kubernetes.Workload, *kubernetes.Service, error) {
	var names []string
	for i := range o.Workloads {
		names = append(names, o.Workloads[i].Name)
	}
	if len(names) == 0 {
		return nil, nil, errors.New("no Deployment, StatefulSet or other workload is in the manifests: want what runs the pods")
	}
	if asked != "" {
		for i := range o.Workloads {
			if w := &o.Workloads[i]; w.Name == asked {
				return w, o.ServiceFor(w), nil
			}
		}
		if w, s := behind(o, o.Named(asked)); w != nil {
			return w, s, nil
		}
		return nil, nil, fmt.Errorf("there is no workload or Service %q that has pods; want one of %s", asked, strings.Join(names, ", "))
	}
	if nginx != nil {
		for _, server := range nginx.Servers {
			if w, s := behind(o, o.Named(server.Host)); w != nil {
				return w, s, nil
			}
		}
	}
	for i := range o.Ingresses {
		in := &o.Ingresses[i]
		for _, backend := range in.Backends {
			if w, s := behind(o, o.ServiceOf(backend, in.Namespace)); w != nil {
				return w, s, nil
			}
		}
	}
	return mostPods(o, names)
}

// behind is the workload behind a service, of several the one with most pods.
func behind(o *kubernetes.Objects, s *kubernetes.Service) (found *kubernetes.Workload, _ *kubernetes.Service) {
	if s == nil {
		return nil, nil
	}
	for _, w := range o.Pods(s) {
		if found == nil || w.Replicas > found.Replicas {
			found = w
		}
	}
	return found, s
}

// mostPods is the workload that has most pods of those that are neither proxy nor
// database, one behind a service before others.
func mostPods(o *kubernetes.Objects, names []string) (*kubernetes.Workload, *kubernetes.Service, error) {
	var found *kubernetes.Workload
	rank := func(w *kubernetes.Workload) int {
		n := w.Replicas
		if a := o.AutoscalerFor(w); a != nil {
			n = a.Max
		}
		if o.ServiceFor(w) != nil {
			n += 1 << 20
		}
		return n
	}
	for i := range o.Workloads {
		w := &o.Workloads[i]
		v := Service{Name: w.Name, Image: o.Container(w, nil).Image}
		if !v.IsProxy() && !v.IsStore() && (found == nil || rank(w) > rank(found)) {
			found = w
		}
	}
	if found == nil {
		return nil, nil, fmt.Errorf("which workload the instances are is not plain; name it with --service: one of %s", strings.Join(names, ", "))
	}
	return found, o.ServiceFor(found), nil
}

// count says from how many to how many pods there are.
func (s *System) count(a *kubernetes.Autoscaler) {
	c, w := s.cluster, s.cluster.workload
	place := w.At("spec.replicas")
	switch {
	case a != nil:
		c.min, c.max = max(1, a.Min), a.Max
		c.why = fmt.Sprintf("%s %s's bounds, %s", a.Kind, a.Name, at(a.Place))
		s.note(a.Place, a.Kind, "%s", s.scaling(a))
		if a.Min == 0 {
			s.note(a.Place, a.Kind, "no pods at all, which it allows, is not modelled: the first request then waits for a pod to start")
		}
		if w.Has("spec.replicas") {
			s.note(place, "replicas", "%d, which the %s changes", w.Replicas, a.Kind)
		}
	case w.Replicas < 0:
		c.why = "one for each node that the DaemonSet runs on"
	case w.Replicas == 0:
		c.min, c.max, c.why = 1, 1, "replicas is 0, "+at(place)+": nothing runs; one is taken"
	case w.Has("spec.replicas"):
		c.min, c.max, c.why = w.Replicas, w.Replicas, fmt.Sprintf("replicas, %s; 1-12 shows how it scales", at(place))
	case w.Kind == "Pod":
		c.min, c.max, c.why = 1, 1, "a pod by itself; 1-12 shows how it scales"
	default:
		c.min, c.max, c.why = 1, 1, "Kubernetes's default; 1-12 shows how it scales"
	}
}

// scaling says what of an autoscaler is not modelled, and what it aims at.
func (s *System) scaling(a *kubernetes.Autoscaler) string {
	text := "how the number follows the load is not modelled: each number of pods is simulated by itself, in steady state; it aims at " + strings.Join(a.Aims, " and ")
	pod := s.cluster.pod
	switch {
	case a.CPUUtilisation > 0 && pod.Request > 0:
		text += fmt.Sprintf(", which is %s cores a pod", plain(float64(a.CPUUtilisation)*pod.Request/100))
		if pod.CPUs > 0 && float64(a.CPUUtilisation)*pod.Request/100 >= pod.CPUs {
			text += ", no less than its CPU limit: pods are throttled before any is added"
		}
	case a.CPUUtilisation > 0:
		text += fmt.Sprintf("; but container %s has no CPU request, so that it cannot tell and scales nothing", pod.Name)
	}
	return text
}

// unread notes variables that say how much a pod does at a time and have no value in
// the files.
func (s *System) unread() {
	pod := s.cluster.pod
	for _, v := range pod.Unread {
		if slices.Contains([]string{"GOMAXPROCS", "WEB_CONCURRENCY", "RAILS_MAX_THREADS", "GUNICORN_CMD_ARGS"}, v) {
			s.note(pod.EnvironmentAt, "env", "%s has its value from what is not in the files", v)
		}
	}
}

func (s *System) note(place nginxconf.Place, what, format string, args ...any) {
	s.Notes = append(s.Notes, nginxconf.Note{Place: place, Directive: what, Why: fmt.Sprintf(format, args...)})
}

func at(p nginxconf.Place) string { return fmt.Sprintf("%s:%d", p.File, p.Line) }

// instances is the line of the scenario, and its comment.
func (c *cluster) instances() (line, comment string) {
	if c.max == 0 {
		return "instances: unknown", unknown + c.why
	}
	return fmt.Sprintf("instances: %d-%d", c.min, c.max), c.why
}

// from is what the files are called that describe the service.
func (s *System) from() string {
	if s.cluster == nil {
		return "compose file"
	}
	return "manifest (" + at(s.cluster.pod.CPUsAt) + ")"
}

// limitAt is where the CPU limit is, as an addition to a comment.
func (c *cluster) limitAt() string {
	if c == nil {
		return ""
	}
	return ", " + at(c.pod.CPUsAt)
}

// through has nginx before a Service: the pods are nginx's servers where the Service
// is headless, and are chosen by kube-proxy where it has an address.
func (s *System) through(o *kubernetes.Objects, service *kubernetes.Service) {
	n := *s.Nginx
	s.Nginx = &n
	var to []string
	for _, server := range n.Servers {
		if found := o.Named(server.Host); found != nil && !slices.Contains(to, found.Name) {
			to = append(to, found.Name)
		}
	}
	first := n.Servers[0]
	for i := range s.instances {
		s.instances[i].server = nginxconf.Server{Place: first.Place, Weight: 1, MaxFails: first.MaxFails, FailTimeout: first.FailTimeout, MaxConns: first.MaxConns}
	}
	switch {
	case len(to) == 0:
		s.note(n.Place, "upstream", "none of its servers is a Service of the manifests: that it leads to the pods of %s is taken for granted", s.service.Name)
	case len(to) > 1:
		s.note(n.Place, "upstream", "it leads to the Services %s; only the pods of %s are modelled, --service says of which", strings.Join(to, ", "), s.service.Name)
	}
	if service == nil || len(to) == 0 || service.Headless {
		return
	}
	n.Policy = "random"
	n.At = map[string]nginxconf.Place{}
	for directive, place := range s.Nginx.At {
		if !slices.Contains(policies, directive) {
			n.At[directive] = place
		}
	}
	n.At["proxy_pass"] = service.Place
	for i := range s.instances {
		s.instances[i].server.MaxFails, s.instances[i].server.MaxConns = 0, 0
	}
	n.Servers = []nginxconf.Server{s.instances[0].server}
	n.NextUpstream = []string{"off"}
	s.note(service.Place, "Service", "nginx sees one address, and kube-proxy takes any pod, connection by connection: nginx's policy, weights, max_fails and next_upstream have nothing to choose from")
}

var policies = []string{"least_conn", "ip_hash", "random", "hash", "least_time"}

// clusterBalancer writes what is before the pods where no nginx.conf tells.
func (s *System) clusterBalancer(p *page) {
	p.line("balancer:", "")
	if cost := s.Known.BalancerMs; cost > 0 {
		p.line(fmt.Sprintf("  cost: %.3gms", cost), "CPU time of nginx for a request")
	}
	for _, line := range s.cluster.balancer {
		if line.key == "workers" && line.value == "unknown" && s.Known.Workers > 0 {
			line = setting{"workers", strconv.Itoa(s.Known.Workers), ""}
		}
		p.line("  "+line.key+": "+line.value, line.comment)
	}
}
