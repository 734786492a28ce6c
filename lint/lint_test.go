package lint

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/k9mil/velocitas/evidence/nginxconf"
	"github.com/k9mil/velocitas/evidence/system"
)

// conf is a configuration with some parts put in.
func conf(t *testing.T, main, upstream, location string) *nginxconf.Config {
	t.Helper()
	if upstream == "" {
		upstream = "server 10.0.0.1:80; server 10.0.0.2:80;"
	}
	text := main + "\nevents {}\nhttp {\n upstream app { " + upstream + " }\n server { location / { proxy_pass http://app; " + location + " } }\n}\n"
	file := filepath.Join(t.TempDir(), "nginx.conf")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	c, err := nginxconf.Read(file, "")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const reuse = `proxy_http_version 1.1; proxy_set_header Connection "";`

// Each rule has a configuration in which it finds something and one in which it
// does not.
func TestRules(t *testing.T) {
	service := func(s system.Service) []system.Service { return []system.Service{s} }
	nginx := func(cpus float64) []system.Service {
		return service(system.Service{Name: "nginx", Image: "nginx", CPUs: cpus})
	}
	plain := conf(t, "", "", "")
	for name, row := range map[string]struct{ finds, not Input }{
		"auto-workers-under-limit": {
			Input{Nginx: conf(t, "worker_processes auto;", "", ""), Services: nginx(0.5)},
			Input{Nginx: conf(t, "worker_processes 1;", "", ""), Services: nginx(0.5)}},
		"cpu-limit-above-host": {
			Input{Services: service(system.Service{Name: "api", CPUs: 80}), ComposeFiles: []string{"c"}},
			Input{Services: service(system.Service{Name: "api", CPUs: 4}), Cores: 4, ComposeFiles: []string{"c"}}},
		"gomaxprocs-above-limit": {
			Input{Services: service(system.Service{Name: "api", CPUs: 0.4, Environment: map[string]string{"GOMAXPROCS": "4"}})},
			Input{Services: service(system.Service{Name: "api", CPUs: 0.4, Environment: map[string]string{"GOMAXPROCS": "1"}})}},
		"keepalive-missing": {Input{Nginx: plain}, Input{Nginx: conf(t, "", "server a; server b; keepalive 32;", reuse)}},
		"keepalive-not-used": {
			Input{Nginx: conf(t, "", "server a; server b; keepalive 32;", "")},
			Input{Nginx: conf(t, "", "server a; server b; keepalive 32;", reuse)}},
		"long-ejection": {
			Input{Nginx: conf(t, "", "server a fail_timeout=60s; server b;", "")},
			Input{Nginx: conf(t, "", "server a fail_timeout=60s max_fails=3; server b;", "")}},
		"names-resolved-once": {
			Input{Nginx: conf(t, "", "server api:80;", "")},
			Input{Nginx: conf(t, "", "zone app 64k; server api:80 resolve;", "")}},
		"pools-above-connections": {
			Input{Nginx: plain, Pool: 60, Services: service(system.Service{Name: "db", Image: "postgres"})},
			Input{Nginx: plain, Pool: 50, Services: service(system.Service{Name: "db", Image: "postgres"})}},
		"proxy-without-limit": {Input{Services: nginx(0)}, Input{Services: nginx(0.5)}},
		"read-timeout-above-client": {
			Input{Nginx: plain, Timeout: 5},
			Input{Nginx: conf(t, "", "", "proxy_read_timeout 4s;"), Timeout: 5}},
		"round-robin-per-worker": {
			Input{Nginx: conf(t, "worker_processes 4;", "", "")},
			Input{Nginx: conf(t, "worker_processes 4;", "zone app 64k; server a; server b;", "")}},
		"single-peer": {Input{Nginx: conf(t, "", "server a;", "")}, Input{Nginx: plain}},
		"worker-connections-below-load": {
			Input{Nginx: plain, Clients: 257}, // 512 by default, two for each request
			Input{Nginx: plain, Clients: 256}},
	} {
		has := func(in Input) bool {
			return slices.ContainsFunc(Run(in), func(f Finding) bool { return f.Rule == name && f.Message != "" && f.Why != "" && f.Remedy != "" })
		}
		if !has(row.finds) {
			t.Errorf("%s finds nothing in what it is about", name)
		}
		if has(row.not) {
			t.Errorf("%s finds something in what is right", name)
		}
	}
	for image, keeps := range map[string]bool{"nginx": false, "nginx:latest": false, "nginx:1.28": false, "nginx:1.29.6": false, "nginx:1.29.7-alpine": true, "nginx:1.30": true, "nginx:1.29": true} {
		if v := newView(Input{Services: service(system.Service{Name: "proxy", Image: image})}); v.keepsByDefault() != keeps {
			t.Errorf("%s: %v, want %v", image, !keeps, keeps)
		}
	}
	for _, r := range Rules() {
		if !slices.Contains(Levels, r.Level) {
			t.Errorf("%s has the level %q", r.Name, r.Level)
		}
	}
	if len(Rules()) != 13 {
		t.Errorf("%d rules, of which 13 are tested", len(Rules()))
	}
}

// Findings are there in the formats that programs read, with their places.
func TestFormats(t *testing.T) {
	found := Run(Input{Nginx: conf(t, "worker_processes 4;", "", "")})
	for name, write := range map[string]func(*bytes.Buffer) error{
		"JSON":  func(b *bytes.Buffer) error { return WriteJSON(b, found) },
		"SARIF": func(b *bytes.Buffer) error { return WriteSARIF(b, "1", found) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		var any map[string]any
		if err := json.Unmarshal(b.Bytes(), &any); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, want := range []string{"round-robin-per-worker", "nginx.conf", "4 workers, 2 instances and no zone"} {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%s lacks %q:\n%s", name, want, &b)
			}
		}
	}
}
