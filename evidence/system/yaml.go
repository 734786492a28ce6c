package system

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/k9mil/velocitas/evidence/nginxconf"
)

// page is a scenario file that is being written, line by line.
type page struct{ strings.Builder }

// line writes a line, with a comment in its column if there is one.
func (p *page) line(text, comment string) {
	if comment != "" {
		text = fmt.Sprintf("%-34s# %s", text, comment)
		if !strings.Contains(text, "  #") && !strings.Contains(text, " #") {
			text = strings.Replace(text, "#", "  #", 1)
		}
	}
	p.WriteString(strings.TrimRight(text, " ") + "\n")
}

func (p *page) blank() { p.WriteByte('\n') }

const unknown = "UNKNOWN: "

// YAML is the scenario, commented, ready to be changed. Unknown tells how many values
// are still to be filled in: they are written as unknown, which no command takes.
func (s *System) YAML() (text string, unknowns int) {
	var p page
	p.line("# What can be told from "+strings.Join(s.Files, ", ")+", as a scenario of velocitas.", "")
	p.line("# What cannot be told is \"unknown\": put in what you know or have measured.", "")
	p.line("name: "+s.Name, "")
	if s.cluster != nil {
		p.line(s.cluster.instances())
	} else if why := s.countUnknown(); why != "" {
		p.line("instances: unknown", unknown+why)
	} else {
		p.line(fmt.Sprintf("instances: %d-%d", len(s.instances), len(s.instances)), "as many as the files have; 1-12 shows how it scales")
	}
	p.blank()
	s.load(&p)
	p.blank()
	s.balancer(&p)
	p.blank()
	s.does(&p)
	s.overrides(&p)
	p.blank()
	s.host(&p)
	s.leftOut(&p)
	text = p.String()
	return text, strings.Count(text, "# "+unknown)
}

// countUnknown says why the number of instances is not known, "" if it is.
func (s *System) countUnknown() string {
	if s.Nginx == nil || s.service != nil || s.Nginx.Explicit || strings.HasPrefix(s.Nginx.Group, "unix:") {
		return ""
	}
	if strings.Trim(s.Nginx.Servers[0].Host, "0123456789.") == "" {
		return ""
	}
	return "how many addresses " + s.Nginx.Servers[0].Host + " has"
}

func (s *System) load(p *page) {
	p.line("load:", "")
	switch {
	case s.Known.ClientsPerInstance > 0:
		p.line(fmt.Sprintf("  clients_per_instance: %d", s.Known.ClientsPerInstance), "")
	case s.Known.Rate > 0:
		p.line("  rate: "+plain(s.Known.Rate), "requests a second, all instances together")
	default:
		p.line("  rate: unknown", unknown+"requests a second, all instances together")
	}
	if s.cluster != nil && s.cluster.hashKey != "" {
		p.line("  hash_keys: 1000", "different values of "+s.cluster.hashKey+"; put in how many there are")
	}
	if s.Nginx != nil && strings.HasPrefix(s.Nginx.Policy, "hash") {
		p.line("  hash_keys: 1000", "different values of "+s.Nginx.Key+"; put in how many there are")
	}
}

func (s *System) balancer(p *page) {
	n := s.Nginx
	cost := s.Known.BalancerMs
	if n == nil && s.cluster != nil && s.cluster.balancer != nil {
		s.clusterBalancer(p)
		return
	}
	if n == nil {
		p.line("# No nginx.conf was given: the balancer is nginx by its defaults.", "")
		if cost > 0 {
			p.line(fmt.Sprintf("balancer: {policy: round_robin, cost: %.3gms}", cost), "CPU time of nginx for a request")
		} else {
			p.line("balancer: {policy: round_robin}", "")
		}
		return
	}
	p.line("balancer:", "")
	if cost > 0 {
		p.line(fmt.Sprintf("  cost: %.3gms", cost), "CPU time of nginx for a request")
	}
	p.line("  policy: "+n.Policy, s.at("least_conn", "ip_hash", "random", "hash", "least_time", "proxy_pass"))
	switch {
	case n.Workers > 0:
		p.line(fmt.Sprintf("  workers: %d", n.Workers), s.at("worker_processes"))
	case s.Known.Workers > 0:
		p.line(fmt.Sprintf("  workers: %d", s.Known.Workers), s.at("worker_processes"))
	default:
		p.line("  workers: unknown", unknown+"auto is one for each core that nginx sees, whatever its CPU limit")
	}
	p.line(fmt.Sprintf("  worker_connections: %d", n.WorkerConnections), s.at("worker_connections"))
	if n.Zone {
		p.line("  zone: true", s.at("zone"))
	}
	if n.Reuseport {
		p.line("  accept: reuseport", "")
	}
	if n.Keepalive > 0 && n.Reused {
		p.line(fmt.Sprintf("  keepalive: %d", n.Keepalive), s.at("keepalive"))
	}
	same := n.Servers[0]
	p.line(fmt.Sprintf("  max_fails: %d", same.MaxFails), "")
	p.line("  fail_timeout: "+same.FailTimeout.String(), "")
	if same.MaxConns > 0 && s.allBound() {
		p.line(fmt.Sprintf("  max_conns: %d", same.MaxConns), "")
	}
	conditions, left := knownConditions(n.NextUpstream)
	p.line("  next_upstream: ["+strings.Join(conditions, ", ")+"]", left)
	if n.NextUpstreamTries > 0 {
		p.line(fmt.Sprintf("  next_upstream_tries: %d", n.NextUpstreamTries), "")
	}
	if n.NextUpstreamTimeout > 0 {
		p.line("  next_upstream_timeout: "+n.NextUpstreamTimeout.String(), "")
	}
	p.line("  connect_timeout: "+n.ConnectTimeout.String(), "")
	p.line("  read_timeout: "+n.ReadTimeout.String(), "")
	if n.Backlog != 511 {
		p.line(fmt.Sprintf("  backlog: %d", n.Backlog), "")
	}
}

// allBound tells whether all servers have the same max_conns: an override cannot
// take a bound away, so it is the balancer's only then.
func (s *System) allBound() bool {
	for _, server := range s.Nginx.Servers {
		if server.MaxConns != s.Nginx.Servers[0].MaxConns {
			return false
		}
	}
	return true
}

// knownConditions are those of proxy_next_upstream that a scenario has.
func knownConditions(list []string) (known []string, left string) {
	can := []string{"error", "timeout", "http_500", "http_502", "http_503", "http_504", "non_idempotent", "off"}
	var others []string
	for _, c := range list {
		if slices.Contains(can, c) {
			known = append(known, c)
		} else {
			others = append(others, c)
		}
	}
	if len(others) > 0 {
		left = "also " + strings.Join(others, ", ") + ", which no simulated instance gives"
	}
	if known == nil {
		known = []string{"off"}
	}
	return known, left
}

// at is the first place at which one of the directives is given.
func (s *System) at(names ...string) string {
	for _, name := range names {
		if p, ok := s.Nginx.At[name]; ok {
			return fmt.Sprintf("%s:%d", p.File, p.Line)
		}
	}
	return "nginx's default"
}

// does is what an instance does with a request.
func (s *System) does(p *page) {
	v := s.service
	p.line("instance:", "")
	if v.isDemo() {
		p.line("  keys: 10000", "velocitas's own demo service: what a request costs is in the profile")
	}
	limit := 0.0
	if v != nil {
		limit = v.CPUs
		if limit == 0 {
			p.line("  cpus: 0", "no CPU limit in the "+s.from())
		} else {
			p.line("  cpus: "+plain(limit), "CPU limit of "+v.Name+s.cluster.limitAt())
		}
	} else if limit = s.Known.CPUs; limit > 0 {
		p.line("  cpus: "+plain(limit), "CPU limit of an instance")
	} else {
		p.line("  cpus: unknown", unknown+"CPU limit of an instance in cores, 0 for none")
	}
	threads := s.threads()
	workers, why := 0, ""
	if v != nil && !v.isDemo() {
		workers, why = v.atATime()
	}
	if v.isDemo() {
		p.line("  threads: "+strconv.Itoa(max(1, threads)), "GOMAXPROCS")
		return
	}
	if len(s.Known.Requests) > 0 {
		s.measured(p, workers, why, threads)
		return
	}
	if len(s.tiers) == 0 && workers == 0 {
		if threads > 0 {
			p.line("  threads: "+strconv.Itoa(threads), "GOMAXPROCS")
		}
		p.line("  demand: {distribution: exponential, mean: "+s.cpuMs()+"}", s.cpuComment())
		return
	}
	p.blank()
	p.line("service:", "")
	if workers > 0 {
		p.line(fmt.Sprintf("  workers: %d", workers), why)
	}
	if threads > 0 {
		p.line(fmt.Sprintf("  threads: %d", threads), "GOMAXPROCS")
	}
	p.line("  requests:", "")
	p.line("    any:", "name the kinds of requests that differ, each with its share")
	p.line("      steps:", "")
	p.line("        - cpu: "+s.cpuMs(), s.cpuComment())
	for _, t := range s.tiers {
		p.line("        - call: "+name(t.Name)+".query", "if a request of this kind does; times: how often")
	}
	if len(s.tiers) == 0 {
		return
	}
	p.blank()
	p.line("tiers:", "")
	for _, t := range s.tiers {
		p.line("  "+name(t.Name)+":", "")
		p.line("    cpus: "+plain(t.CPUs), "CPU limit, 0 for none")
		if t.Replicas > 1 {
			p.line(fmt.Sprintf("    instances: %d", t.Replicas), "")
		}
		if n, why := t.Connections(); n > 0 {
			p.line(fmt.Sprintf("    connections: %d", n), why)
		}
		p.line("    # pool: 10", "connections that an instance has to it, if it has a pool")
		p.line("    operations: {query: unknown}", unknown+"CPU time of a call, such as 2ms: its CPU seconds over calls made")
	}
}

// measured is a service whose classes of requests were measured.
func (s *System) measured(p *page, workers int, why string, threads int) {
	p.blank()
	p.line("service:", "")
	if workers > 0 {
		p.line(fmt.Sprintf("  workers: %d", workers), why)
	}
	if threads > 0 {
		p.line(fmt.Sprintf("  threads: %d", threads), "GOMAXPROCS")
	}
	p.line("  requests:", "")
	for _, r := range s.Known.Requests {
		p.line(fmt.Sprintf("    %s:", r.Name), "")
		p.line("      share: "+plain(r.Share), "")
		if r.Method != "" && r.Method != "GET" {
			p.line("      method: "+r.Method, "")
		}
		p.line("      steps:", "")
		if r.CPU.Time != "" {
			p.line("        - cpu: "+r.CPU.Time, r.CPU.Comment)
		}
		for _, t := range s.tiers {
			if r.Tiers[t.Name].Time != "" {
				p.line("        - call: "+name(t.Name)+"."+r.Name, "")
			}
		}
		if r.Wait.Time != "" {
			p.line("        - wait: "+r.Wait.Time, r.Wait.Comment)
		}
	}
	s.measuredTiers(p)
}

func (s *System) measuredTiers(p *page) {
	began := false
	for _, t := range s.tiers {
		var lines []Request
		for _, r := range s.Known.Requests {
			if r.Tiers[t.Name].Time != "" {
				lines = append(lines, r)
			}
		}
		if len(lines) == 0 {
			continue
		}
		if !began {
			began = true
			p.blank()
			p.line("tiers:", "")
		}
		p.line("  "+name(t.Name)+":", "")
		p.line("    cpus: "+plain(t.CPUs), "CPU limit, 0 for none")
		if s.oneHost() {
			p.line("    host: shared", "the compose file's, with the instances")
		}
		if t.CPUs == 0 {
			p.line("    threads: 64", "no limit is known: as many as call; put in the cores that it has")
		}
		if t.Replicas > 1 {
			p.line(fmt.Sprintf("    instances: %d", t.Replicas), "")
		}
		if n, why := t.Connections(); n > 0 {
			p.line(fmt.Sprintf("    connections: %d", n), why)
		}
		p.line("    # pool: 10", "connections that an instance has to it, if it has a pool")
		p.line("    operations:", "")
		for _, r := range lines {
			p.line("      "+r.Name+": "+r.Tiers[t.Name].Time, r.Tiers[t.Name].Comment)
		}
	}
}

func (s *System) threads() int {
	if s.service == nil {
		return 0
	}
	n, err := strconv.Atoi(s.service.Environment["GOMAXPROCS"])
	if err != nil || n < 1 {
		return 0
	}
	return n
}

func (s *System) cpuMs() string {
	if s.Known.CPUMs > 0 {
		return time.Duration(s.Known.CPUMs * float64(time.Millisecond)).String()
	}
	return "unknown"
}

func (s *System) cpuComment() string {
	if s.Known.CPUMs > 0 {
		return "CPU time of a request"
	}
	return unknown + "CPU time of a request, such as 20ms: CPU seconds of all instances over requests served"
}

// overrides are the instances that differ from the first.
func (s *System) overrides(p *page) {
	began := false
	for i := 0; i < len(s.instances); {
		j := i + 1
		for j < len(s.instances) && s.differs(i) == s.differs(j) {
			j++
		}
		if what := s.differs(i); what != "" {
			if !began {
				p.blank()
				p.line("overrides:", "")
				began = true
			}
			at := ""
			if in := s.instances[i]; in.server.File != "" {
				at = fmt.Sprintf("%s:%d", in.server.File, in.server.Line)
			}
			p.line(fmt.Sprintf("  - {instances: %s, %s}", span(i+1, j), what), at)
		}
		i = j
	}
}

// differs is what of an instance is not as the balancer and the first instance
// have it.
func (s *System) differs(i int) string {
	if s.Nginx == nil {
		return ""
	}
	in, same := s.instances[i], s.instances[0]
	var parts []string
	add := func(differs bool, format string, value any) {
		if differs {
			parts = append(parts, fmt.Sprintf(format, value))
		}
	}
	add(in.server.Weight > 1, "weight: %v", in.server.Weight)
	add(in.server.MaxFails != same.server.MaxFails, "max_fails: %v", in.server.MaxFails)
	add(in.server.FailTimeout != same.server.FailTimeout, "fail_timeout: %v", in.server.FailTimeout)
	add(in.server.MaxConns > 0 && !s.allBound(), "max_conns: %v", in.server.MaxConns)
	add(in.server.Backup, "backup: %v", true)
	add(in.server.Down, "down: %v", true)
	if in.service != nil && same.service != nil {
		add(in.service.CPUs != same.service.CPUs, "cpus: %v", plain(in.service.CPUs))
	}
	return strings.Join(parts, ", ")
}

func span(from, to int) string {
	if from == to {
		return fmt.Sprintf("%d-%d", from, from)
	}
	return fmt.Sprintf("%d-%d", from, to)
}

// oneHost tells whether all was measured on a host whose cores are known.
func (s *System) oneHost() bool {
	return s.Known.Cores > 0 && len(s.Known.Requests) > 0 && s.Known.OneHost
}

func (s *System) host(p *page) {
	p.line("host:", "")
	if s.Known.Cores > 0 {
		p.line("  cores: "+plain(s.Known.Cores), "")
	} else if s.Known.AnyCores {
		p.line("  cores: 0", "not known: as many as anyone wants; put in the host's if instances and tiers share it")
	} else {
		p.line("  cores: unknown", unknown+"of the host that the instances share; 0 is as many as anyone wants")
	}
	if s.oneHost() && s.Known.BalancerMs > 0 {
		p.line("  balancer: shared", "nginx has an account beside the instances'")
	} else if s.service != nil {
		p.line("  # balancer: shared", "if nginx runs on that host, too, and takes its cores")
	}
}

// leftOut lists what the files say and the scenario does not.
func (s *System) leftOut(p *page) {
	if len(s.Notes) == 0 {
		return
	}
	p.blank()
	p.line("# Not modelled:", "")
	for _, n := range s.Notes {
		p.line("#   "+noted(n), "")
	}
}

func noted(n nginxconf.Note) string {
	at := n.File
	if n.Line > 0 {
		at = fmt.Sprintf("%s:%d", n.File, n.Line)
	}
	return fmt.Sprintf("%s: %s: %s", at, n.Directive, n.Why)
}

func plain(v float64) string { return strconv.FormatFloat(v, 'f', -1, 32) }
