package lint

import (
	"fmt"
	"math"
	"net"
	"strconv"
	"strings"
	"time"
)

// The rules of nginx that these rest on are those of its documentation and of
// sim/nginx, which is held to recordings of the real one.
var rules = []Rule{
	{"auto-workers-under-limit", Warning, "worker_processes auto counts the cores of the machine, not those of the container's limit: more workers than the limit has cores share it, and each has a view of its own of the instances", autoWorkers},
	{"cpu-limit-above-host", Error, "a limit above the cores of the host limits nothing", limitsAboveHost},
	{"gomaxprocs-above-limit", Warning, "threads beyond the CPU limit use up the quota of a period sooner, and then all of them stand still until the next", gomaxprocs},
	{"keepalive-missing", Note, "before nginx 1.29.7, and without an upstream block in any version, each request opens a connection to its instance, which costs a round trip and CPU time on both sides", keepaliveMissing},
	{"keepalive-not-used", Warning, "nginx asks in HTTP/1.0 with Connection: close unless told otherwise (before 1.29.7), so no connection of the cache is ever used", keepaliveNotUsed},
	{"long-ejection", Warning, "one failed request of one client, such as a time-out by chance, takes an instance out for all of fail_timeout, and its share goes to the others", longEjection},
	{"names-resolved-once", Warning, "nginx looks a name up when it starts: instances that are added later are not asked, and those that come back at another address are lost, until it is reloaded", resolvedOnce},
	{"pools-above-connections", Error, "connections beyond what the database allows are refused, and which instances go without depends on who came first", pools},
	{"proxy-without-limit", Note, "without a limit nginx competes with the instances for the cores of the host when all is busy, and a measurement on one host says little about another", proxyLimit},
	{"read-timeout-above-client", Warning, "the client has given up and may ask again while the instance still works on the first attempt, and nginx counts no failure", readTimeout},
	{"round-robin-per-worker", Warning, "without a zone each worker goes through the instances by itself, so several requests in a row may meet the same one; with few instances queues get uneven", perWorker},
	{"single-peer", Warning, "with one server nginx has nobody to pass a failed request on to, and never takes it out of use", singlePeer},
	{"worker-connections-below-load", Error, "each proxied request takes two connections of a worker; those that find none are closed without an answer", workerConnections},
}

func autoWorkers(v *view) []Finding {
	if v.Nginx == nil || v.Nginx.Workers != 0 || v.proxy == nil || v.proxy.CPUs == 0 {
		return nil
	}
	f := v.at("worker_processes")
	f.Message = fmt.Sprintf("worker_processes auto, and %s has a CPU limit of %s", v.proxy.Name, number(v.proxy.CPUs))
	f.Remedy = fmt.Sprintf("worker_processes %d;", int(math.Max(1, math.Ceil(v.proxy.CPUs))))
	return []Finding{f}
}

func limitsAboveHost(v *view) (found []Finding) {
	const fewHave = 64 // cores, where the host's are not known
	for _, s := range v.Services {
		f := v.inCompose()
		switch {
		case v.Cores > 0 && s.CPUs > v.Cores:
			f.Message = fmt.Sprintf("%s has a CPU limit of %s cores, and the host has %s", s.Name, number(s.CPUs), number(v.Cores))
		case v.Cores == 0 && s.CPUs > fewHave:
			f.Message = fmt.Sprintf("%s has a CPU limit of %s cores, more than most hosts have", s.Name, number(s.CPUs))
		default:
			continue
		}
		f.Remedy = "a limit below the host's cores, or none"
		if s.CPUs > fewHave { // as a percentage would be
			f.Remedy = fmt.Sprintf("a limit in cores: is %s meant?", number(s.CPUs/100))
		}
		found = append(found, f)
	}
	return found
}

func gomaxprocs(v *view) (found []Finding) {
	for _, s := range v.Services {
		n, err := strconv.Atoi(s.Environment["GOMAXPROCS"])
		if err != nil || s.CPUs == 0 || float64(n) <= math.Ceil(s.CPUs) {
			continue
		}
		f := v.inCompose()
		f.Message = fmt.Sprintf("%s has GOMAXPROCS=%d and a CPU limit of %s", s.Name, n, number(s.CPUs))
		f.Remedy = fmt.Sprintf("GOMAXPROCS=%d, or leave it out: Go from 1.25 on takes it from the limit", int(math.Ceil(s.CPUs)))
		found = append(found, f)
	}
	return found
}

func keepaliveMissing(v *view) []Finding {
	if v.Nginx == nil || v.Nginx.Stream || v.Nginx.Keepalive > 0 || v.keepsByDefault() && v.Nginx.Explicit {
		return nil
	}
	f := v.at("")
	f.Message = "connections to the instances are not kept"
	f.Remedy = `keepalive 32; in the upstream block, proxy_http_version 1.1; and proxy_set_header Connection "";`
	if !v.Nginx.Explicit {
		f.Remedy = "an upstream block with it: " + f.Remedy
	}
	return []Finding{f}
}

func keepaliveNotUsed(v *view) []Finding {
	if v.Nginx == nil || v.Nginx.Keepalive == 0 || v.Nginx.Reused || v.keepsByDefault() {
		return nil
	}
	f := v.at("keepalive")
	f.Message = fmt.Sprintf("keepalive %d has no effect", v.Nginx.Keepalive)
	f.Remedy = `proxy_http_version 1.1; and proxy_set_header Connection "";`
	return []Finding{f}
}

func longEjection(v *view) (found []Finding) {
	const long = 30 * time.Second
	if v.Nginx == nil || len(v.Nginx.Servers) < 2 {
		return nil
	}
	for _, s := range v.Nginx.Servers {
		if s.MaxFails == 1 && s.FailTimeout >= long {
			found = append(found, Finding{File: s.File, Line: s.Line,
				Message: fmt.Sprintf("max_fails=1 fail_timeout=%s", s.FailTimeout),
				Remedy:  "max_fails=3, or a fail_timeout of 10s"})
		}
	}
	return found
}

func resolvedOnce(v *view) []Finding {
	if v.Nginx == nil || v.Nginx.Policy == "resolve" {
		return nil
	}
	var names []string
	first := Finding{}
	for _, s := range v.Nginx.Servers {
		if strings.HasPrefix(s.Host, "unix:") || net.ParseIP(s.Host) != nil || s.Host == "localhost" || s.Resolve {
			continue
		}
		if names == nil {
			first = Finding{File: s.File, Line: s.Line}
		}
		names = append(names, s.Host)
	}
	if names == nil {
		return nil
	}
	first.Message = strings.Join(names, ", ") + " looked up once, when nginx starts"
	first.Remedy = "server NAME resolve; with a zone and a resolver (nginx 1.27.3 and later), or reload nginx whenever instances change"
	return []Finding{first}
}

func pools(v *view) (found []Finding) {
	if v.Pool == 0 {
		return nil
	}
	for _, s := range v.stores {
		most, why := s.Connections()
		if all := v.Pool * max(1, v.instances); most > 0 && all > most {
			f := v.inCompose()
			f.Message = fmt.Sprintf("%d instances with pools of %d want %d connections, and %s allows %d (%s)", v.instances, v.Pool, all, s.Name, most, why)
			f.Remedy = fmt.Sprintf("pools of %d, or more connections there", most/max(1, v.instances))
			found = append(found, f)
		}
	}
	return found
}

func proxyLimit(v *view) []Finding {
	if v.proxy == nil || v.proxy.CPUs > 0 {
		return nil
	}
	f := v.inCompose()
	f.Message = v.proxy.Name + " has no CPU limit"
	f.Remedy = "deploy.resources.limits.cpus, as much as it needs at the highest rate and half as much again"
	return []Finding{f}
}

func readTimeout(v *view) []Finding {
	if v.Nginx == nil || v.Timeout == 0 || v.Nginx.ReadTimeout.Seconds() <= v.Timeout {
		return nil
	}
	f := v.at("proxy_read_timeout")
	f.Message = fmt.Sprintf("nginx waits %s for an answer, and clients %s", v.Nginx.ReadTimeout, time.Duration(v.Timeout*float64(time.Second)))
	f.Remedy = "a proxy_read_timeout a little below the clients'"
	return []Finding{f}
}

func perWorker(v *view) []Finding {
	const few = 8 // instances for each worker, from which on it matters little
	if v.Nginx == nil || v.Nginx.Zone || v.Nginx.Workers == 1 || v.instances < 2 {
		return nil
	}
	if v.Nginx.Policy != "round_robin" && v.Nginx.Policy != "least_conn" {
		return nil
	}
	workers := v.Nginx.Workers
	if workers > 1 && v.instances >= few*workers {
		return nil
	}
	f := v.at("worker_processes")
	many := "as many workers as cores"
	if workers > 1 {
		many = fmt.Sprintf("%d workers", workers)
	}
	f.Message = fmt.Sprintf("%s, %d instances and no zone", many, v.instances)
	f.Remedy = "zone " + v.Nginx.Group + " 64k; in the upstream block"
	return []Finding{f}
}

func singlePeer(v *view) []Finding {
	if v.Nginx == nil || !v.Nginx.Explicit && len(v.services) == 0 || v.instances != 1 {
		return nil
	}
	s := v.Nginx.Servers[0]
	return []Finding{{File: s.File, Line: s.Line, Message: "one server only: " + s.Host, Remedy: "a second instance"}}
}

func workerConnections(v *view) []Finding {
	if v.Nginx == nil || v.Clients == 0 {
		return nil
	}
	workers := v.Nginx.Workers
	if workers == 0 { // auto: one for each core
		workers = int(v.Cores)
	}
	if workers == 0 {
		return nil
	}
	most := workers * v.Nginx.WorkerConnections / 2
	if v.Clients <= most {
		return nil
	}
	f := v.at("worker_connections")
	if _, ok := v.Nginx.At["worker_connections"]; !ok {
		f = Finding{File: v.Nginx.Files[0]}
	}
	f.Message = fmt.Sprintf("%d clients at a time, and connections for %d", v.Clients, most)
	f.Remedy = fmt.Sprintf("worker_connections %d;", 2*int(math.Ceil(float64(v.Clients)/float64(workers)*1.25)))
	return []Finding{f}
}

func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 32) }
