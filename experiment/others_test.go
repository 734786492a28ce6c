//go:build linux

package experiment_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/k9mil/velocitas/live/stack"
	"github.com/k9mil/velocitas/model"
)

// A service that runs already is measured and not predicted. Two clients that
// wait 20 ms for each answer get at most 100 a second.
func TestURL(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RequestURI() != "/slow?x=1" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		time.Sleep(20 * time.Millisecond)
		w.Header().Set("X-Instance", fmt.Sprint("unknown-", time.Now().UnixNano()%2))
	}))
	defer server.Close()
	r := measured(t, place{}, "--url", server.URL+"/slow?x=1", "--clients", "2", "--rounds", "2", "--duration", "1s")
	measured, err := model.ReadCurve(t.Context(), filepath.Join(r.out, "first-measured.json"))
	if err != nil {
		t.Fatal(err)
	}
	if p := measured.Points[0]; len(measured.Points) != 1 || p.LatencyMs.P50.Value < 20 || p.ThroughputRps.Value > 100 || p.ThroughputRps.Value < 10 {
		t.Errorf("%v requests/s, p50 %v ms: want at most 100/s, at least 20 ms", p.ThroughputRps.Value, p.LatencyMs.P50.Value)
	}
	for _, name := range []string{"first-predicted.json", "first-profile.json"} {
		if _, err := os.Stat(filepath.Join(r.out, name)); err == nil {
			t.Errorf("%s was written although nothing is known of the service", name)
		}
	}

	r = start(t, "--url", server.URL+"/elsewhere", "--clients", "2", "--rounds", "2", "--duration", "1s")
	r.fails("404")
}

const foreignCompose = `
services:
  web:
    image: foreign-web
    command: ["instance", "--listen", "0.0.0.0:9000"]
    cpus: 0.1
    environment: {GOMAXPROCS: "1"}
  front:
    image: foreign-front
    entrypoint: ["/usr/sbin/nginx", "-c", "/etc/nginx/nginx.conf"]
    depends_on: [web]
    ports: ["127.0.0.1::8080"]
    volumes: ["./front.conf:/etc/nginx/nginx.conf:ro"]
`

const foreignConf = `daemon off;
pid /tmp/nginx.pid;
error_log stderr;
events {}
http {
    access_log off;
    upstream web { server web:9000; }
    server {
        listen 8080;
        location / { proxy_pass http://web; }
    }
}
`

// Somebody else's compose project: scaled, measured, and predicted from what its
// requests cost.
func TestForeign(t *testing.T) {
	needNginx(t)
	at := needEngine(t)
	for _, variable := range at.environment {
		name, value, _ := strings.Cut(variable, "=")
		t.Setenv(name, value)
	}
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	if err := stack.PackInstance(t.Context(), path, "foreign-web"); err != nil {
		t.Fatal(err)
	}
	if err := stack.PackHostNginx(t.Context(), "foreign-front"); err != nil {
		t.Fatal(err)
	}
	defer exec.Command("docker", "rmi", "-f", "foreign-web", "foreign-front").Run()
	dir := t.TempDir()
	for name, text := range map[string]string{"project.yml": foreignCompose, "front.conf": foreignConf} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	r := measured(t, at, "--compose", filepath.Join(dir, "project.yml"), "--service", "web", "--proxy", "front", "--path", "/?keys=300",
		"--instances", "1,2,3", "--rounds", "2", "--duration", "2s")
	r.checkReport(1, 2, 3)
	if !strings.Contains(r.stdout.String(), "exponential") {
		t.Error("the output does not say what is assumed of the service")
	}
}
