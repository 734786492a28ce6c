package nginxconf

import (
	"slices"
	"strings"
)

// plain are the directives that change nothing of how long a request takes or
// where it goes, or whose effect is read elsewhere, or that only group others.
var plain = []string{
	"http", "server", "location", "upstream", "events", "stream", "include", "worker_processes", "worker_connections", "pid", "user", "daemon", "master_process",
	"error_log", "log_format", "access_log", "types", "default_type", "server_name", "server_tokens", "charset", "root", "index", "listen", "set", "load_module",
	"proxy_pass", "grpc_pass", "fastcgi_pass", "uwsgi_pass", "scgi_pass", "memcached_pass", "proxy_http_version", "proxy_set_header", "proxy_hide_header",
	"proxy_pass_header", "proxy_redirect", "proxy_pass_request_headers", "proxy_pass_request_body", "fastcgi_param", "fastcgi_index", "fastcgi_split_path_info",
	"uwsgi_param", "scgi_param", "grpc_set_header", "add_header", "client_max_body_size", "client_body_temp_path", "proxy_temp_path", "fastcgi_temp_path",
	"uwsgi_temp_path", "scgi_temp_path", "worker_rlimit_nofile", "worker_priority", "worker_shutdown_timeout", "env", "tcp_nopush", "tcp_nodelay",
	"large_client_header_buffers", "client_header_buffer_size", "client_body_buffer_size", "proxy_buffer_size", "proxy_buffers", "proxy_busy_buffers_size",
	"proxy_headers_hash_max_size", "proxy_headers_hash_bucket_size", "types_hash_max_size", "types_hash_bucket_size", "server_names_hash_bucket_size",
	"server_names_hash_max_size", "variables_hash_max_size", "map_hash_max_size", "map_hash_bucket_size", "underscores_in_headers", "ignore_invalid_headers", "log_not_found", "internal",
	"real_ip_header", "set_real_ip_from", "real_ip_recursive", "map", "geo", "if_modified_since", "etag", "expires", "chunked_transfer_encoding", "use", "debug_connection",
	"proxy_timeout", "status_zone", "server_name_in_redirect", "port_in_redirect", "absolute_redirect", "merge_slashes", "disable_symlinks", "reset_timedout_connection",
}

// suffixes are those of directives that are read, with any of the prefixes.
var suffixes = []string{"next_upstream", "next_upstream_tries", "next_upstream_timeout", "connect_timeout", "read_timeout"}

// companions begin the names of directives that only say how another, which is
// listed, does its work.
var companions = []string{"gzip_", "brotli_", "ssl_", "proxy_ssl_", "grpc_ssl_", "proxy_cache_", "fastcgi_cache_", "uwsgi_cache_", "scgi_cache_", "limit_req_", "limit_conn_", "open_file_cache", "resolver_timeout"}

// reasons say of a directive what is left out, in the words of who wonders.
var reasons = map[string]string{
	"gzip":                    "compression costs nginx CPU time, which is not modelled; state it as balancer.cost if you have measured it",
	"brotli":                  "compression costs nginx CPU time, which is not modelled; state it as balancer.cost if you have measured it",
	"ssl_certificate":         "what encryption costs is not modelled; state it as balancer.cost if you have measured it",
	"limit_req":               "requests that it delays or refuses are taken to reach the instances",
	"limit_conn":              "requests that it refuses are taken to reach the instances",
	"proxy_cache":             "answers from the cache are not modelled: state the rate of what misses it",
	"fastcgi_cache":           "answers from the cache are not modelled: state the rate of what misses it",
	"uwsgi_cache":             "answers from the cache are not modelled: state the rate of what misses it",
	"auth_request":            "the request that it makes before each is not modelled",
	"mirror":                  "the copy that it sends is not modelled",
	"split_clients":           "requests that go elsewhere are not told apart",
	"resolver":                "names are taken to be looked up once; what changes in between is not modelled",
	"resolve":                 "names are taken to be looked up once; what changes in between is not modelled",
	"slow_start":              "a server that comes back gets all of its share at once",
	"sticky":                  "requests are not kept with a server",
	"queue":                   "a request that finds no server free fails at once",
	"keepalive_timeout":       "connections are kept for as long as they are used",
	"keepalive_requests":      "connections are kept for as long as they are used",
	"keepalive_time":          "connections are kept for as long as they are used",
	"proxy_buffering":         "nginx is taken to read answers as they come",
	"proxy_request_buffering": "requests are taken to be there at once",
	"proxy_send_timeout":      "requests are taken to be sent at once",
	"client_body_timeout":     "clients are taken to send at once",
	"client_header_timeout":   "clients are taken to send at once",
	"send_timeout":            "clients are taken to read at once",
	"if":                      "requests are taken to pass it as the rest says",
	"rewrite":                 "requests are taken to pass it as the rest says",
	"return":                  "what nginx answers by itself is not modelled",
	"try_files":               "what nginx answers by itself is not modelled",
	"error_page":              "what nginx answers instead of an error is not modelled",
	"proxy_intercept_errors":  "what nginx answers instead of an error is not modelled",
	"accept_mutex":            "workers take connections as by its default, off",
	"multi_accept":            "workers take connections as by its default, off",
	"worker_cpu_affinity":     "workers run on any core of their host",
	"aio":                     "files are not modelled",
	"sendfile":                "files are not modelled",
	"health_check":            "instances are known to be dead by max_fails alone",
	"proxy_bind":              "it is taken to change nothing",
	"proxy_socket_keepalive":  "it is taken to change nothing",
	"proxy_next_upstream":     "",
}

// reason is why a directive counts as not modelled.
func reason(directive, otherwise string) string {
	if why := reasons[directive]; why != "" {
		return why
	}
	return otherwise
}

// notes lists what is said around the way, and not modelled.
func (r *reader) notes(list directives) {
	on := map[*directive]bool{}
	for _, block := range r.way.blocks {
		for _, d := range block {
			on[d] = true
		}
	}
	var walk func(ds directives)
	walk = func(ds directives) {
		for _, d := range ds {
			if !on[d] || d.InMap {
				continue
			}
			if !slices.Contains(plain, d.Directive) && !r.isRead(d.Directive) && !accompanies(d.Directive) {
				r.note(d, reason(d.Directive, "is not modelled"))
			}
			if d.IsBlock() {
				walk(d.Block)
			}
		}
	}
	walk(list)
	if r.Keepalive > 0 && !r.Reused {
		p := r.At["keepalive"]
		r.Notes = append(r.Notes, Note{p, "keepalive", "no connection is reused: that needs proxy_http_version 1.1 and proxy_set_header Connection \"\" (since nginx 1.29.7 both are the default)"})
	}
	if r.Stream {
		r.Notes = append(r.Notes, Note{r.Place, "stream", "connections are balanced, not requests: the same where clients open one for each request"})
	}
	slices.SortStableFunc(r.Notes, func(a, b Note) int {
		ia, ib := slices.Index(r.Files, a.File), slices.Index(r.Files, b.File)
		if ia != ib {
			return ia - ib
		}
		return a.Line - b.Line
	})
	r.Notes = slices.Compact(r.Notes)
}

// accompanies tells whether a directive is a companion of one with a reason of its
// own.
func accompanies(name string) bool {
	return reasons[name] == "" && slices.ContainsFunc(companions, func(c string) bool { return strings.HasPrefix(name, c) })
}

// isRead tells whether a directive's effect is part of the configuration.
func (r *reader) isRead(name string) bool {
	for _, s := range suffixes {
		if name == r.prefix+s {
			return true
		}
	}
	return false
}
