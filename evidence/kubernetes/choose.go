package kubernetes

import (
	"strings"
)

// ServiceOf is the service that a host name stands for to pods of a namespace: NAME,
// NAME.NAMESPACE or what follows that; nil if it is none.
func (o *Objects) ServiceOf(host, namespace string) *Service {
	name, rest, qualified := strings.Cut(host, ".")
	if qualified {
		namespace, rest, _ = strings.Cut(rest, ".")
		if rest != "" && rest != "svc" && !strings.HasPrefix(rest, "svc.") {
			return nil
		}
	}
	for i := range o.Services {
		if s := &o.Services[i]; s.Name == name && s.Namespace == namespace {
			return s
		}
	}
	return nil
}

// Named is the service of that name in whatever namespace, as a proxy's
// configuration names it.
func (o *Objects) Named(host string) *Service {
	for i := range o.Services {
		if s := o.ServiceOf(host, o.Services[i].Namespace); s != nil {
			return s
		}
	}
	return nil
}

// Pods are the workloads whose pods a service selects.
func (o *Objects) Pods(s *Service) (list []*Workload) {
	for i := range o.Workloads {
		if w := &o.Workloads[i]; w.Namespace == s.Namespace && selects(s.selector, w.labels) {
			list = append(list, w)
		}
	}
	return list
}

func selects(selector, labels map[string]string) bool {
	for key, value := range selector {
		if labels[key] != value {
			return false
		}
	}
	return len(selector) > 0
}

// ServiceFor is the first service that selects a workload's pods, one with an address
// of its own before others; nil if there is none.
func (o *Objects) ServiceFor(w *Workload) (found *Service) {
	for i := range o.Services {
		s := &o.Services[i]
		if s.Namespace == w.Namespace && selects(s.selector, w.labels) && (found == nil || found.Headless && !s.Headless) {
			found = s
		}
	}
	return found
}

// IngressFor is the first ingress that leads to a service, and nil if there is none.
func (o *Objects) IngressFor(s *Service) *Ingress {
	for i := range o.Ingresses {
		in := &o.Ingresses[i]
		for _, name := range in.Backends {
			if in.Namespace == s.Namespace && name == s.Name {
				return in
			}
		}
	}
	return nil
}

// AutoscalerFor is the one that scales a workload, and nil if there is none.
func (o *Objects) AutoscalerFor(w *Workload) *Autoscaler {
	for i := range o.Autoscalers {
		if a := &o.Autoscalers[i]; a.Namespace == w.Namespace && a.Target == w.Name {
			return a
		}
	}
	return nil
}
