package nginxconf

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Read reads a configuration, whole or a file that one includes. upstream names
// the group that counts, "" is the one that / is passed to, or else the first.
// The error is one line with the place of what is wrong.
func Read(file, upstream string) (*Config, error) {
	var t tree
	list, err := t.parse(file)
	if err != nil {
		return nil, err
	}
	all, named := ways(list), groups(list)
	w := choose(all, upstream)
	if w == nil {
		return nil, nowhere(file, all, named, upstream)
	}
	c := defaults()
	c.Files, c.Stream = t.files, w.stream
	c.Place = Place{w.pass.File, w.pass.Line}
	for _, path := range t.missing {
		c.Notes = append(c.Notes, Note{Place{file, 0}, "include", path + " is not here: what it says is not known"})
	}
	r := reader{&c, w, passes[w.pass.Directive]}
	if strings.HasPrefix(w.pass.Args[0], "https://") || strings.HasPrefix(w.pass.Args[0], "grpcs://") {
		r.note(w.pass, "what encryption towards the instances costs is not modelled")
	}
	r.main(list)
	r.http()
	if err := r.group(named); err != nil {
		return nil, err
	}
	r.others(all)
	r.notes(list)
	return &c, nil
}

// nowhere is the error of a configuration that passes nothing on, or not to
// what is asked for.
func nowhere(file string, all []way, named map[string]*directive, asked string) error {
	if asked == "" && len(all) == 0 {
		if len(named) > 0 {
			return fmt.Errorf("%s: has an upstream group, but no proxy_pass to it; give the file of its server as well, or the nginx.conf that includes both", file)
		}
		return fmt.Errorf("%s: nothing is passed on: there is no proxy_pass, grpc_pass, fastcgi_pass, uwsgi_pass or scgi_pass", file)
	}
	var to []string
	for i := range all {
		if t := all[i].target(); !slices.Contains(to, t) {
			to = append(to, t)
		}
	}
	if len(to) == 0 {
		return fmt.Errorf("%s: nothing is passed on to %q, or to anything else", file, asked)
	}
	return fmt.Errorf("%s: nothing is passed on to %q; there is %s", file, asked, strings.Join(to, ", "))
}

// reader fills in a configuration from a way and the blocks around it.
type reader struct {
	*Config
	way    *way
	prefix string // of the directives that say how requests are passed on
}

func (r *reader) note(d *directive, why string) {
	r.Notes = append(r.Notes, Note{Place{d.File, d.Line}, d.Directive, why})
}

func (r *reader) at(d *directive) { r.At[d.Directive] = Place{d.File, d.Line} }

// main reads workers, connections and log formats.
func (r *reader) main(list directives) {
	for _, d := range list {
		switch d.Directive {
		case "worker_processes":
			r.at(d)
			if r.Workers = 0; len(d.Args) == 1 && d.Args[0] != "auto" {
				r.Workers = max(1, number(d.Args[0], 1))
			}
		case "events":
			for _, e := range d.Block {
				if e.Directive == "worker_connections" && len(e.Args) == 1 {
					r.at(e)
					r.WorkerConnections = number(e.Args[0], r.WorkerConnections)
				}
			}
		}
	}
	for _, f := range formats(list) {
		r.LogFormats[f.Name] = f.Text
	}
}

// http reads how requests are passed on.
func (r *reader) http() {
	for _, d := range r.way.given(r.prefix + "next_upstream") {
		r.at(d)
		r.NextUpstream = d.Args
		if r.Stream && slices.Equal(d.Args, []string{"on"}) {
			r.NextUpstream = []string{"error", "timeout"}
		}
	}
	for _, d := range r.way.given(r.prefix + "next_upstream_tries") {
		r.at(d)
		r.NextUpstreamTries = number(first(d), 0)
	}
	r.duration(r.prefix+"next_upstream_timeout", &r.NextUpstreamTimeout)
	r.duration(r.prefix+"connect_timeout", &r.ConnectTimeout)
	if r.Stream {
		r.ReadTimeout = 10 * time.Minute
		r.duration("proxy_timeout", &r.ReadTimeout)
		r.LogFormat = ""
	} else {
		r.duration(r.prefix+"read_timeout", &r.ReadTimeout)
	}
	for _, d := range r.way.given("access_log") {
		switch {
		case first(d) == "off":
			r.LogFormat = ""
		case len(d.Args) > 1 && !strings.Contains(d.Args[1], "="):
			r.LogFormat = d.Args[1]
		}
	}
	for i := len(r.way.blocks) - 1; i >= 0; i-- {
		for _, d := range r.way.blocks[i] {
			if d.Directive == "listen" {
				r.listen(d)
			}
		}
	}
	r.Reused = r.connectionsReused()
}

func (r *reader) listen(d *directive) {
	for _, a := range d.Args {
		if v, ok := strings.CutPrefix(a, "backlog="); ok {
			r.Backlog = number(v, r.Backlog)
		}
		switch a {
		case "reuseport":
			r.Reuseport = true
		case "ssl", "quic", "http2":
			r.note(d, a+": what encryption and HTTP/2 or 3 cost is not modelled; state it as balancer.cost if you have measured it")
		}
	}
}

// connectionsReused tells whether requests are sent so that their connection can
// be used again: HTTP/1.1 and no Connection header.
func (r *reader) connectionsReused() bool {
	if r.prefix != "proxy_" {
		return true // fastcgi_keep_conn and the like are looked at below
	}
	http11, free := false, false
	for _, d := range r.way.given("proxy_http_version") {
		http11 = first(d) == "1.1"
	}
	for _, d := range r.way.given("proxy_set_header") {
		if len(d.Args) == 2 && strings.EqualFold(d.Args[0], "Connection") && d.Args[1] == "" {
			free = true
		}
	}
	return http11 && free
}

func (r *reader) duration(name string, to *time.Duration) {
	for _, d := range r.way.given(name) {
		if v, ok := duration(first(d)); ok {
			r.at(d)
			*to = v
		}
	}
}

// group reads the servers that requests are passed to.
func (r *reader) group(named map[string]*directive) error {
	to := r.way.target()
	g := named[to]
	if g == nil {
		r.Group = to
		if strings.Contains(to, "$") || strings.HasPrefix(r.way.pass.Args[0], "$") || strings.Contains(r.way.pass.Args[0], "://$") {
			r.Policy = "resolve"
			r.at(r.way.pass)
		}
		r.Servers = []Server{server(to, Place{r.way.pass.File, r.way.pass.Line})}
		return nil
	}
	r.Group, r.Explicit = to, true
	for _, d := range g.Block {
		r.directive(d)
	}
	if len(r.Servers) == 0 {
		return fmt.Errorf("%s:%d: upstream %s has no server", g.File, g.Line, to)
	}
	return nil
}

// directive reads one of an upstream block.
func (r *reader) directive(d *directive) {
	switch d.Directive {
	case "server":
		r.server(d)
	case "least_conn", "ip_hash":
		r.at(d)
		r.Policy = d.Directive
	case "random":
		r.at(d)
		if r.Policy = "random"; first(d) == "two" {
			r.Policy = "random_two"
			if len(d.Args) > 1 && d.Args[1] != "least_conn" {
				r.note(d, "of the two that are drawn the one with fewer connections is taken, not by "+d.Args[1])
			}
		}
	case "hash":
		r.at(d)
		r.Policy, r.Key = "hash", first(d)
		if len(d.Args) > 1 && d.Args[1] == "consistent" {
			r.Policy = "hash_consistent"
		}
		r.note(d, "how many different values "+r.Key+" has is not known; state it as load.hash_keys")
	case "zone":
		r.at(d)
		r.Zone = true
	case "keepalive":
		r.at(d)
		r.Keepalive = number(first(d), 0)
	case "least_time":
		r.note(d, "least_time is of NGINX Plus; least_conn is taken for it")
		r.Policy = "least_conn"
	default:
		r.note(d, reason(d.Directive, "is not modelled"))
	}
}

func (r *reader) server(d *directive) {
	s := server(first(d), Place{d.File, d.Line})
	for _, a := range d.Args[min(1, len(d.Args)):] {
		name, value, _ := strings.Cut(a, "=")
		switch name {
		case "weight":
			s.Weight = number(value, 1)
		case "max_fails":
			s.MaxFails = number(value, 1)
		case "max_conns":
			s.MaxConns = number(value, 0)
		case "fail_timeout":
			if v, ok := duration(value); ok {
				s.FailTimeout = v
			}
		case "backup":
			s.Backup = true
		case "down":
			s.Down = true
		case "resolve":
			s.Resolve = true
			r.note(d, reason(name, ""))
		default:
			r.note(d, reason(name, name+" is not modelled"))
		}
	}
	r.Servers = append(r.Servers, s)
}

// server is one with nginx's defaults.
func server(address string, at Place) Server {
	s := Server{Place: at, Host: address, Weight: 1, MaxFails: 1, FailTimeout: 10 * time.Second}
	if host, port, err := net.SplitHostPort(address); err == nil && !strings.HasPrefix(address, "unix:") {
		s.Host, s.Port = host, port
	}
	return s
}

// others names where other requests go.
func (r *reader) others(all []way) {
	for i := range all {
		w := &all[i]
		if w.pass == r.way.pass {
			continue
		}
		if t := w.target(); t != r.Group {
			if !slices.Contains(r.Others, t) {
				r.Others = append(r.Others, t)
			}
			where := "another server"
			if w.path != "" {
				where = "location " + w.path
			}
			r.note(w.pass, fmt.Sprintf("%s passes requests to %s, which are left out here; --upstream %s reads those", where, t, t))
		}
	}
}

func first(d *directive) string {
	if len(d.Args) == 0 {
		return ""
	}
	return d.Args[0]
}

func number(text string, otherwise int) int {
	if n, err := strconv.Atoi(text); err == nil && n >= 0 {
		return n
	}
	return otherwise
}

// duration reads nginx's way to write a time, such as 30, 10s, 1m30s or 500ms.
func duration(text string) (time.Duration, bool) {
	units := map[string]time.Duration{"ms": time.Millisecond, "s": time.Second, "": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour}
	if text == "" {
		return 0, false
	}
	var sum time.Duration
	for text != "" {
		digits := strings.TrimLeft(text, "0123456789")
		n, err := strconv.Atoi(text[:len(text)-len(digits)])
		if err != nil || n > 1e9 {
			return 0, false
		}
		unit := digits[:len(digits)-len(strings.TrimLeft(digits, "mshdw"))]
		scale, ok := units[unit]
		if !ok {
			return 0, false
		}
		sum += time.Duration(n) * scale
		text = strings.TrimLeft(digits[len(unit):], " ")
	}
	return sum, true
}
