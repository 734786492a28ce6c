//go:build unix

package stack

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
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

	s, err := NewForeign(t.Context(), ForeignSpec{File: file, Binary: self, Service: "velocitas", Proxy: "nginx", Instances: 3})
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
	self, _ := os.Executable()
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
			_, err := NewForeign(t.Context(), ForeignSpec{File: file, Binary: self, Service: tt.service, Proxy: tt.proxy, Instances: 2})
			checkError(t, err, file, tt.want)
		})
	}
	_, err := NewForeign(t.Context(), ForeignSpec{File: "/no/such/file", Binary: self, Service: "web", Proxy: "proxy", Instances: 2})
	checkError(t, err, "/no/such/file: no such file or directory")
}

// What no one reads to its end is refused with a line, whether it is the file
// itself or one that it names, and however little ends by itself.
func TestForeignEndless(t *testing.T) {
	self, _ := os.Executable()
	dir := t.TempDir()
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	sparse := write(t, dir, "sparse.yaml", "services: {}\n")
	if err := os.Truncate(sparse, 1<<33); err != nil {
		t.Fatal(err)
	}
	for i, file := range []string{fifo, "/dev/zero", dir, sparse} {
		want := []string{"is a pipe or a device", "is a pipe or a device", "is a folder", "has 8192 MB"}[i]
		_, err := readProject(t.Context(), self, file)
		checkError(t, err, file, want)
	}
	const web = "services: {web: {image: web"
	for name, content := range map[string]string{
		"an include of a device":  "include: [/dev/zero]\n" + web + "}}\n",
		"an include of a sparse":  "include: [sparse.yaml]\n" + web + "}}\n",
		"an extension of one":     web + ", extends: {file: /dev/zero, service: web}}}\n",
		"an environment from one": web + ", env_file: /dev/zero}}\n",
		"an alias of itself":      "services:\n  web: &web\n    image: web\n    labels:\n      <<: *web\n",
		"aliases of aliases": "x-a: &a [x,x,x,x,x,x,x,x,x]\nx-b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nx-c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n" +
			"x-d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\nx-e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nx-f: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n" +
			"x-g: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f]\nx-h: [*g,*g,*g,*g,*g,*g,*g,*g,*g]\n" + web + "}}\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := write(t, dir, strings.ReplaceAll(name, " ", "-")+".yaml", content)
			_, err := readProject(t.Context(), self, file)
			checkError(t, err, file)
		})
	}
	t.Run("interrupted", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		begin := time.Now()
		_, err := readProject(ctx, self, write(t, dir, "waits.yaml", web+", env_file: fifo}}\n"))
		if took := time.Since(begin); !errors.Is(err, context.DeadlineExceeded) || took > patience {
			t.Errorf("after %v: %v", took, err)
		}
	})
}
