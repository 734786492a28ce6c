// Package system puts together what configuration files say of a service behind
// nginx, and writes it as a scenario: nginx.conf has the balancer, the compose file
// the instances, their limits, and what they depend on. What neither can say, such
// as the load and the CPU time of a request, is marked unknown.
package system

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/k9mil/velocitas/evidence/nginxconf"
)

// Service is what a compose file says of a service. It has the fields of
// live/stack's Described, which it is converted from, so that neither package needs
// the other.
type Service struct {
	Name, Image string
	// CPUs is its limit in cores, 0 for none; Replicas how many there are, 0 where
	// the file does not say.
	CPUs        float64
	Replicas    int
	HostNetwork bool
	Environment map[string]string
	Command     []string
	DependsOn   []string
	Published   bool
}

// Known is what files cannot say and somebody who asks may know. Zero is unknown.
type Known struct {
	Rate               float64 // requests a second, all instances together
	ClientsPerInstance int
	CPUMs              float64 // of a request
	Cores              float64 // of the host
	Workers            int     // of nginx, where worker_processes is auto
	CPUs               float64 // CPU limit of an instance, where no compose file has it
	AnyCores           bool    // the host's cores count as enough where Cores is 0
	BalancerMs         float64 // nginx's CPU time for a request
	OneHost            bool    // all that the compose file has shares a host
	Requests           []Request
}

// Request is a class of requests that was measured. Texts are as in a scenario; a
// comment says how far one is to be trusted.
type Request struct {
	Name, Method string
	Share        float64
	CPU, Wait    Measured
	Tiers        map[string]Measured // CPU time of a call, by the tier's name
}

// Measured is a time as in a scenario, "" for none, with a comment.
type Measured struct{ Time, Comment string }

// System is what the files say together.
type System struct {
	Name  string
	Nginx *nginxconf.Config // nil where no nginx.conf was given
	Files []string
	Known Known

	instances []instance
	service   *Service // of the instances, nil where it is not described
	tiers     []Service
	Notes     []nginxconf.Note
	cluster   *cluster // what manifests say beside; nil where none were given
}

// instance is one of those behind nginx.
type instance struct {
	server  nginxconf.Server
	service *Service
}

// New puts the parts together. asked names the service of the instances where no
// nginx.conf tells; "" leaves it to the compose file. The error is one line.
func New(nginx *nginxconf.Config, services []Service, files []string, asked string, known Known) (*System, error) {
	s := &System{Name: "service", Nginx: nginx, Files: files, Known: known}
	if nginx != nil {
		s.Name, s.Notes = name(nginx.Group), nginx.Notes
		s.fromServers(services)
	} else if err := s.fromServices(services, asked); err != nil {
		return nil, err
	}
	if s.service != nil {
		s.Name = name(s.service.Name)
		s.tiers = s.dependencies(services)
	}
	return s, nil
}

// Service is the name of the instances' service, "" where nothing describes it.
func (s *System) Service() string {
	if s.service == nil {
		return ""
	}
	return s.service.Name
}

// Tiers are the names of the services that the instances call.
func (s *System) Tiers() []string {
	var names []string
	for _, t := range s.tiers {
		names = append(names, t.Name)
	}
	return names
}

// Instances is how many there are.
func (s *System) Instances() int { return len(s.instances) }

// SetInstances has so many instances, all like the first.
func (s *System) SetInstances(n int) {
	s.instances = slices.Repeat(s.instances[:1], n)
}

var unfit = regexp.MustCompile(`[^A-Za-z0-9_-]+`)

// name is a text as a scenario's name or a tier's.
func name(text string) string {
	if text = strings.Trim(unfit.ReplaceAllString(text, "-"), "-"); text == "" {
		return "service"
	}
	return text
}

// fromServers has an instance for each server of the group, and for each replica
// where a server is a service of the compose file.
func (s *System) fromServers(services []Service) {
	onHost := s.hostNetwork(services)
	for i, server := range s.Nginx.Servers {
		service := find(services, server.Host)
		if service == nil && onHost != nil {
			service = onHost[i]
		}
		n := 1
		if service != nil {
			n = max(1, service.Replicas)
			if s.service == nil {
				s.service = service
			}
		}
		for range n {
			s.instances = append(s.instances, instance{server, service})
		}
	}
	if s.service == nil && len(services) > 0 {
		s.Notes = append(s.Notes, nginxconf.Note{Place: s.Nginx.Place, Directive: "upstream",
			Why: "none of its servers is a service of the compose file by name: limits and tiers are not known"})
	}
}

// hostNetwork are the services of the servers where all have the host's network
// and only a port tells them apart, which the compose file does not say: in
// order, if there are as many. nil if it is otherwise.
func (s *System) hostNetwork(services []Service) (list []*Service) {
	for i := range services {
		if v := &services[i]; v.HostNetwork && !v.IsProxy() && !v.IsStore() {
			list = append(list, v)
		}
	}
	if len(list) != len(s.Nginx.Servers) {
		return nil
	}
	for _, server := range s.Nginx.Servers {
		if server.Host != "127.0.0.1" && server.Host != "localhost" && server.Host != "::1" {
			return nil
		}
	}
	s.Notes = append(s.Notes, nginxconf.Note{Place: s.Nginx.Place, Directive: "upstream",
		Why: "its servers are told apart by port alone; they are taken to be the services with the host's network, in order"})
	return list
}

func find(services []Service, host string) *Service {
	for i := range services {
		if services[i].Name == host {
			return &services[i]
		}
	}
	return nil
}

// proxies and stores are images by what they are called.
var (
	proxies = regexp.MustCompile(`(?i)(nginx|haproxy|traefik|envoy|caddy|openresty)`)
	stores  = regexp.MustCompile(`(?i)(postgres|mysql|mariadb|mongo|redis|valkey|memcached|cassandra|scylla|clickhouse|elasticsearch|opensearch|cockroach|mssql|oracle|couchdb|rabbitmq|kafka|nats)`)
)

// IsProxy tells whether it looks like a balancer, by image and name.
func (v *Service) IsProxy() bool { return proxies.MatchString(v.Image + " " + v.Name) }

// IsStore tells whether it looks like a database, a cache or a queue.
func (v *Service) IsStore() bool { return stores.MatchString(v.Image + " " + v.Name) }

// fromServices finds the instances where only a compose file was given: the service
// that is asked for, or the one that has most replicas of those that are neither
// proxy nor database.
func (s *System) fromServices(services []Service, asked string) error {
	var found *Service
	var names []string
	for i := range services {
		v := &services[i]
		names = append(names, v.Name)
		if asked != "" {
			if v.Name == asked {
				found = v
			}
			continue
		}
		if !v.IsProxy() && !v.IsStore() && (found == nil || v.Replicas > found.Replicas) {
			found = v
		}
	}
	if found == nil {
		if asked == "" {
			return fmt.Errorf("%s: which service the instances are is not plain; name it with --service: one of %s", s.Files[0], strings.Join(names, ", "))
		}
		return fmt.Errorf("%s: there is no service %q; want one of %s", s.Files[0], asked, strings.Join(names, ", "))
	}
	s.service = found
	for range max(1, found.Replicas) {
		s.instances = append(s.instances, instance{service: found, server: nginxconf.Server{Weight: 1}})
	}
	return nil
}

// dependencies are the services that the instances call: what they depend on,
// directly or not, and databases that nothing names, but no proxy.
func (s *System) dependencies(services []Service) []Service {
	var list []Service
	var add func(v *Service)
	add = func(v *Service) {
		if v.IsProxy() || v.Name == s.service.Name || slices.ContainsFunc(list, func(o Service) bool { return o.Name == v.Name }) || s.isInstance(v) {
			return
		}
		list = append(list, *v)
		for _, d := range v.DependsOn {
			if next := find(services, d); next != nil {
				add(next)
			}
		}
	}
	for _, d := range s.service.DependsOn {
		if v := find(services, d); v != nil {
			add(v)
		}
	}
	for i := range services {
		if services[i].IsStore() {
			add(&services[i])
		}
	}
	return list
}

func (s *System) isInstance(v *Service) bool {
	return slices.ContainsFunc(s.instances, func(in instance) bool { return in.service != nil && in.service.Name == v.Name })
}

// isDemo tells whether the instances are velocitas's own demo service.
func (v *Service) isDemo() bool {
	return v != nil && slices.Contains(v.Command, "instance") && (v.Image == "velocitas" || slices.Contains(v.Command, "/velocitas") || v.Command[0] == "instance")
}

// atATime is how many requests an instance of the service works on at a time, and
// what says so; 0 where nothing does.
func (v *Service) atATime() (workers int, why string) {
	words := append(slices.Clone(v.Command), strings.Fields(v.Environment["GUNICORN_CMD_ARGS"])...)
	if len(words) == 1 || slices.Contains(words, "-c") {
		words = strings.Fields(strings.Join(words, " "))
	}
	processes, threads := 0, 1
	if n, err := strconv.Atoi(v.Environment["WEB_CONCURRENCY"]); err == nil {
		processes, why = n, "WEB_CONCURRENCY"
	}
	for i, w := range words {
		flag, value, given := strings.Cut(w, "=")
		if !given && i+1 < len(words) {
			value = words[i+1]
		}
		n, err := strconv.Atoi(strings.TrimPrefix(value, ":"))
		if err != nil || n < 1 {
			continue
		}
		switch flag {
		case "-w", "--workers":
			processes, why = n, flag+" of its command"
		case "--threads":
			threads = n
			if processes == 0 {
				processes = 1
			}
			why = strings.TrimPrefix(why+" and --threads of its command", " and ")
		}
	}
	if n, err := strconv.Atoi(v.Environment["RAILS_MAX_THREADS"]); err == nil && n > 0 {
		threads, processes = n, max(1, processes)
		why = strings.TrimPrefix(why+" and RAILS_MAX_THREADS", " and ")
	}
	return processes * threads, why
}

var maxConnections = regexp.MustCompile(`max_connections=(\d+)`)

// Connections is a database's own maximum, and what says so.
func (v *Service) Connections() (n int, why string) {
	if m := maxConnections.FindStringSubmatch(strings.Join(v.Command, " ")); m != nil {
		n, _ := strconv.Atoi(m[1])
		return n, "max_connections of its command"
	}
	image := strings.ToLower(v.Image)
	switch {
	case strings.Contains(image, "postgres"):
		return 100, "PostgreSQL's default"
	case strings.Contains(image, "mysql"), strings.Contains(image, "mariadb"):
		return 151, "the default of MySQL and MariaDB"
	}
	return 0, ""
}
