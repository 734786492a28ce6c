//go:build unix

package stack

import (
	"os"
	"path/filepath"
	"testing"
)

// Somebody else's project: here the one of this repository, which is as good
// as any other.
func TestForeign(t *testing.T) {
	e := needEngine(t)
	needNginx(t)
	self, _ := os.Executable()
	run := newRun()
	images := []struct {
		variable string
		pack     error
	}{
		{"VELOCITAS_IMAGE", PackInstance(t.Context(), self, run+"-instance")},
		{"NGINX_IMAGE", PackHostNginx(t.Context(), run+"-nginx")},
	}
	t.Cleanup(func() { e.remove(t.Context(), run) })
	for i, name := range []string{run + "-instance", run + "-nginx"} {
		if images[i].pack != nil {
			t.Fatal(images[i].pack)
		}
		t.Setenv(images[i].variable, name)
	}
	t.Setenv("VELOCITAS_PORT", "")
	t.Setenv("VELOCITAS_HEALTH_INTERVAL", "1s")
	dir := t.TempDir()
	file := write(t, dir, "compose.yaml", string(composeFile))
	write(t, dir, "nginx.conf", byHand().String())

	s, err := NewForeign(t.Context(), ForeignSpec{File: file, Service: "velocitas", Proxy: "nginx", Instances: 3})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { down(t, s) })
	if err := s.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{3, 1, 2} {
		if err := s.Use(t.Context(), n); err != nil {
			t.Fatal(err)
		}
		if got := len(s.Instances()); got != n {
			t.Fatalf("%d instances, want %d", got, n)
		}
		checkTurns(t, s, n, 4)
	}
	c, err := s.Counters(t.Context())
	if err != nil || len(c.Instances) != 2 || c.Instances[0].CPUNs == 0 || c.Balancer.CPUNs == 0 {
		t.Errorf("counters: %+v %v", c, err)
	}
	t.Log(s.Fingerprint(), s.Notes())
}

func write(t *testing.T, dir, name, content string) string {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestForeignWrong(t *testing.T) {
	const good = `
services:
  web: {image: web}
  fixed: {image: web, ports: ["8080:80"]}
  named: {image: web, container_name: me}
  proxy: {image: nginx, ports: ["127.0.0.1::80"]}
`
	for _, tt := range []struct{ name, file, service, proxy, want string }{
		{"a service that is not there", good, "wed", "proxy", `there is no service "wed"; want one of fixed, named, proxy, web`},
		{"a proxy that is not there", good, "web", "nginx", `there is no service "nginx"`},
		{"a proxy without a port", good, "web", "named", "services.named publishes no port"},
		{"a port of its own", good, "fixed", "proxy", "services.fixed.ports publishes port 8080, which only one container can have"},
		{"a name of its own", good, "named", "proxy", "services.named.container_name allows only one container"},
		{"an unknown key", "services: {web: {image: web, cpu: 1}}", "web", "web", "services.web.cpu is not a key of compose files"},
		{"no YAML", "services: [", "web", "web", "compose.yaml"},
		{"empty", "", "web", "web", "empty"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := write(t, t.TempDir(), "compose.yaml", tt.file)
			_, err := NewForeign(t.Context(), ForeignSpec{File: file, Service: tt.service, Proxy: tt.proxy, Instances: 2})
			checkError(t, err, file, tt.want)
		})
	}
	_, err := NewForeign(t.Context(), ForeignSpec{File: "/no/such/file", Service: "web", Proxy: "proxy", Instances: 2})
	checkError(t, err, "/no/such/file: no such file or directory")
}
