package system

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/k9mil/velocitas/evidence/kubernetes"
	"github.com/k9mil/velocitas/evidence/nginxconf"
)

// Prefixes of the annotations of the two ingress controllers that are nginx: that of
// the Kubernetes project and F5's.
const (
	communityNginx = "nginx.ingress.kubernetes.io/"
	f5Nginx        = "nginx.org/"
)

// routed says how requests come to the pods: through an Ingress, or a Service alone.
func (s *System) routed(o *kubernetes.Objects, service *kubernetes.Service) {
	if service == nil {
		s.note(s.cluster.workload.Place, s.cluster.workload.Kind, "no Service leads to its pods: the balancer is nginx by its defaults")
		return
	}
	in := o.IngressFor(service)
	switch {
	case in == nil:
		s.proxied(service)
	case annotated(in, f5Nginx):
		s.f5(in)
	case in.Class == "" || strings.Contains(in.Class, "nginx") || annotated(in, communityNginx):
		s.community(in, service)
	default:
		s.cluster.balancer = []setting{{"policy", "round_robin", "of ingress class " + in.Class + ", " + at(in.Place)}}
		s.note(in.Place, "Ingress", "its class %s is not modelled: it is taken to balance as nginx does by default", in.Class)
	}
	if in != nil && len(in.Backends) > 1 {
		s.note(in.Place, "Ingress", "it also leads to %s; all requests are taken to go to %s", strings.Join(others(in.Backends, service.Name), ", "), service.Name)
	}
}

func others(names []string, but string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == but })
}

func annotated(in *kubernetes.Ingress, prefix string) bool {
	for key := range in.Annotations {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return false
}

// proxied has kube-proxy alone: it takes any pod for each connection, and neither
// refuses, nor fails over, nor leaves out pods before they are not ready.
func (s *System) proxied(service *kubernetes.Service) {
	policy, comment := "random", "kube-proxy takes any pod, "+at(service.Place)
	switch {
	case service.Headless:
		comment = "a headless Service: who calls takes any of the pods' addresses, " + at(service.Place)
	case service.ClientIP:
		policy, comment = "ip_hash", "sessionAffinity, "+at(service.At("spec.sessionAffinity"))
	}
	s.cluster.balancer = []setting{
		{"policy", policy, comment}, {"worker_connections", "1000000", "no bound: nothing but the kernel is between"},
		{"max_fails", "0", ""}, {"next_upstream", "[off]", ""},
	}
	s.note(service.Place, "Service", "a pod is chosen for each connection, not for each request: clients that keep theirs spread their requests less evenly than is simulated")
}

// community is ingress-nginx, with its own defaults: it balances in Lua, without
// nginx's max_fails, and leaves out pods that are not ready.
func (s *System) community(in *kubernetes.Ingress, service *kubernetes.Service) {
	a := annotations{s, in, communityNginx, map[string]bool{}}
	policy, comment := a.policy()
	if a.value("service-upstream") == "true" {
		policy, comment = "random", "service-upstream: kube-proxy takes any pod, "+a.at("service-upstream")
	}
	next := strings.Fields(cmp.Or(a.value("proxy-next-upstream"), "error timeout"))
	conditions, left := knownConditions(next)
	s.cluster.balancer = []setting{
		{"policy", policy, comment},
		{"workers", "unknown", unknown + "ingress-nginx has one for each core of its node, whatever its CPU limit"},
		{"accept", "reuseport", ingressDefault},
		{"worker_connections", "16384", ingressDefault},
		{"keepalive", "320", ingressDefault},
		{"max_fails", "0", "it leaves out pods that are not ready, not those that failed"},
		{"next_upstream", "[" + strings.Join(conditions, ", ") + "]", cmp.Or(left, a.at("proxy-next-upstream"))},
		{"next_upstream_tries", a.number("proxy-next-upstream-tries", 3), a.at("proxy-next-upstream-tries")},
	}
	if n := a.number("proxy-next-upstream-timeout", 0); n != "0" {
		s.cluster.balancer = append(s.cluster.balancer, setting{"next_upstream_timeout", n + "s", a.at("proxy-next-upstream-timeout")})
	}
	s.cluster.balancer = append(s.cluster.balancer,
		setting{"connect_timeout", a.seconds("proxy-connect-timeout", 5*time.Second), a.at("proxy-connect-timeout")},
		setting{"read_timeout", a.seconds("proxy-read-timeout", time.Minute), a.at("proxy-read-timeout")})
	if in.Class == "" && !annotated(in, communityNginx) {
		s.note(in.Place, "Ingress", "it names no class: it is taken to be that of ingress-nginx")
	}
	s.note(in.Place, "Ingress", "what the controller's own ConfigMap sets, and how many controllers there are, is not known: one with its defaults is taken")
	a.rest()
}

const ingressDefault = "ingress-nginx's default"

// f5 is the ingress controller of F5, which writes an nginx.conf with its own
// defaults.
func (s *System) f5(in *kubernetes.Ingress) {
	a := annotations{s, in, f5Nginx, map[string]bool{}}
	words := strings.Fields(cmp.Or(a.value("lb-method"), "random two least_conn"))
	policy := map[string]string{"round_robin": "round_robin", "least_conn": "least_conn", "ip_hash": "ip_hash", "random": "random", "hash": "hash"}[words[0]]
	switch {
	case len(words) > 1 && words[0] == "random":
		policy = "random_two"
	case policy == "hash" && len(words) > 1:
		s.cluster.hashKey = words[1]
		if slices.Contains(words, "consistent") {
			policy = "hash_consistent"
		}
	case policy == "":
		policy = "round_robin"
		s.note(in.At("metadata.annotations"), f5Nginx+"lb-method", "%s is not modelled; round robin is taken", words[0])
	}
	s.cluster.balancer = []setting{
		{"policy", policy, a.at("lb-method")},
		{"workers", "unknown", unknown + "auto is one for each core that nginx sees, whatever its CPU limit"},
		{"worker_connections", "1024", "F5's default"},
		{"zone", "true", "as F5's controller writes it"},
		{"max_fails", a.number("max-fails", 1), a.at("max-fails")},
		{"fail_timeout", a.seconds("fail-timeout", 10*time.Second), a.at("fail-timeout")},
		{"connect_timeout", a.seconds("proxy-connect-timeout", time.Minute), a.at("proxy-connect-timeout")},
		{"read_timeout", a.seconds("proxy-read-timeout", time.Minute), a.at("proxy-read-timeout")},
	}
	if n := a.number("keepalive", 0); n != "0" {
		s.cluster.balancer = append(s.cluster.balancer, setting{"keepalive", n, a.at("keepalive")})
	}
	a.rest()
}

// annotations are those of an ingress that a controller reads. What is asked for is
// read; the rest is what is not modelled.
type annotations struct {
	s      *System
	in     *kubernetes.Ingress
	prefix string
	read   map[string]bool
}

func (a *annotations) value(key string) string {
	a.read[key] = true
	return strings.TrimSpace(a.in.Annotations[a.prefix+key])
}

// at is where one is, or that it is the controller's default.
func (a *annotations) at(key string) string {
	if _, ok := a.in.Annotations[a.prefix+key]; ok {
		return at(a.place())
	}
	if a.prefix == f5Nginx {
		return "F5's default"
	}
	return ingressDefault
}

func (a *annotations) place() nginxconf.Place { return a.in.At("metadata.annotations") }

func (a *annotations) number(key string, otherwise int) string {
	n, err := strconv.Atoi(cmp.Or(a.value(key), strconv.Itoa(otherwise)))
	if err != nil || n < 0 {
		a.s.note(a.place(), a.prefix+key, "%q is no whole number; the default is taken", a.value(key))
		n = otherwise
	}
	return strconv.Itoa(n)
}

// seconds is a time, without a unit in seconds.
func (a *annotations) seconds(key string, otherwise time.Duration) string {
	text := a.value(key)
	if text == "" {
		return otherwise.String()
	}
	if n, err := strconv.Atoi(text); err == nil && n > 0 {
		return (time.Duration(n) * time.Second).String()
	}
	if d, err := time.ParseDuration(text); err == nil && d > 0 {
		return d.String()
	}
	a.s.note(a.place(), a.prefix+key, "%q is no time; the default is taken", text)
	return otherwise.String()
}

// policy is how ingress-nginx balances.
func (a *annotations) policy() (policy, comment string) {
	switch by := a.value("upstream-hash-by"); {
	case by != "":
		a.s.cluster.hashKey = by
		return "hash_consistent", "upstream-hash-by, " + at(a.place())
	case a.value("load-balance") == "ewma":
		a.s.note(a.place(), a.prefix+"load-balance", "ewma, which compares two pods' recent latency, is not modelled; that with fewer requests of two at random is taken")
		return "random_two", "for ewma, " + at(a.place())
	}
	return "round_robin", a.at("load-balance")
}

// harmless are annotations that change nothing of what is simulated.
var harmless = []string{"rewrite-target", "use-regex", "ssl-redirect", "force-ssl-redirect", "proxy-body-size", "enable-cors", "app-root", "backend-protocol", "proxy-send-timeout"}

// rest notes the annotations that nothing has read.
func (a *annotations) rest() {
	for _, key := range slices.Sorted(maps.Keys(a.in.Annotations)) {
		short, ok := strings.CutPrefix(key, a.prefix)
		if !ok || a.read[short] || slices.Contains(harmless, short) {
			continue
		}
		why := "is not modelled"
		switch {
		case strings.HasPrefix(short, "limit-"):
			why = "requests that it delays or refuses are not modelled"
		case strings.HasPrefix(short, "affinity"), strings.HasPrefix(short, "session-cookie"), strings.HasPrefix(short, "sticky"):
			why = "clients that stay at their pod are not modelled: requests spread less evenly than is simulated"
		case strings.HasPrefix(short, "canary"):
			why = "that a share goes to other pods is not modelled"
		case strings.HasSuffix(short, "-snippet"), strings.HasSuffix(short, "-snippets"):
			why = "directives of nginx in it are not read"
		case strings.HasPrefix(short, "auth-"):
			why = "what the check of each request takes is not modelled"
		}
		a.s.note(a.place(), key, "%s", why)
	}
}
