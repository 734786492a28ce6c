package lint

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/k9mil/velocitas/internal/needs"
)

// backend is an instance that counts requests and the connections they come on.
type backend struct {
	address               string
	requests, connections atomic.Int64
	answer                http.HandlerFunc
}

func newBackend(t *testing.T, answer http.HandlerFunc) *backend {
	b := &backend{answer: answer}
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.requests.Add(1)
		if b.answer != nil {
			b.answer(w, r)
		}
	}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			b.connections.Add(1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	b.address = s.Listener.Addr().String()
	return b
}

// closes ends the connection without an answer.
func closes(w http.ResponseWriter, _ *http.Request) {
	c, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		c.Close()
	}
}

// start runs the real nginx with a group and returns its address.
func start(t *testing.T, connections int, upstream, location string) string {
	t.Helper()
	nginx := needs.Tool(t, "nginx")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	dir := t.TempDir()
	text := fmt.Sprintf(`daemon off; master_process off; pid %[1]s/pid; error_log %[1]s/error.log;
events { worker_connections %[2]d; }
http {
	access_log off; client_body_temp_path %[1]s/b; proxy_temp_path %[1]s/p; fastcgi_temp_path %[1]s/f; uwsgi_temp_path %[1]s/u; scgi_temp_path %[1]s/s;
	upstream app { %[4]s }
	server { listen %[3]s; location / { proxy_pass http://app; %[5]s } }
}`, dir, connections, address, upstream, location)
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(nginx, "-p", dir, "-c", file)
	var said strings.Builder
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	for range 500 {
		if c, err := net.Dial("tcp", address); err == nil {
			c.Close()
			return "http://" + address + "/"
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("nginx does not listen: %s", &said)
	return ""
}

// ask asks n times, one after the other, each on a connection of its own, and
// returns how many were answered with 200.
func ask(url string, n int) (good int) {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 20 * time.Second}
	for range n {
		if r, err := client.Get(url); err == nil {
			if r.Body.Close(); r.StatusCode == 200 {
				good++
			}
		}
	}
	return good
}

func servers(parameters string, list ...*backend) string {
	var b strings.Builder
	for _, s := range list {
		fmt.Fprintf(&b, "server %s %s; ", s.address, parameters)
	}
	return b.String()
}

// keepalive-missing and keepalive-not-used: nginx opens a connection for each
// request with neither or with the directive alone, and one for all with all
// three.
func TestRealKeepalive(t *testing.T) {
	const n = 12
	for _, row := range []struct {
		upstream, location string
		want               int64
	}{{"", "proxy_http_version 1.0;", n}, {"keepalive 8;", "proxy_http_version 1.0;", n}, {"keepalive 8;", reuse, 1}} {
		b := newBackend(t, nil)
		if good := ask(start(t, 64, servers("", b)+row.upstream, row.location), n); good != n {
			t.Fatalf("%d of %d answered", good, n)
		}
		if got := b.connections.Load(); got != row.want {
			t.Errorf("%+v: %d connections for %d requests", row, got, n)
		}
	}
}

// long-ejection: one failure takes an instance out with max_fails=1, and not with 3.
func TestRealEjection(t *testing.T) {
	for _, row := range []struct {
		parameters string
		out        bool
	}{{"max_fails=1 fail_timeout=60s", true}, {"max_fails=3 fail_timeout=60s", false}} {
		var failed atomic.Bool
		bad := newBackend(t, func(w http.ResponseWriter, r *http.Request) {
			if failed.CompareAndSwap(false, true) {
				closes(w, r)
			}
		})
		good := newBackend(t, nil)
		url := start(t, 64, servers(row.parameters, bad, good), "")
		if answered := ask(url, 20); answered != 20 {
			t.Fatalf("%d of 20 answered", answered)
		}
		if got := bad.requests.Load(); (got == 1) != row.out {
			t.Errorf("%s: the one that failed once got %d of 20", row.parameters, got)
		}
	}
}

// single-peer: a server that fails always gets every request where it is alone, and
// clients see every failure; beside another it is taken out and they see none.
func TestRealSinglePeer(t *testing.T) {
	bad := newBackend(t, closes)
	if good := ask(start(t, 64, servers("", bad), ""), 10); good != 0 || bad.requests.Load() != 10 {
		t.Errorf("alone: %d answered, %d requests", good, bad.requests.Load())
	}
	bad, other := newBackend(t, closes), newBackend(t, nil)
	if good := ask(start(t, 64, servers("", bad, other), ""), 10); good != 10 || bad.requests.Load() != 1 {
		t.Errorf("with another: %d answered, %d requests to the bad one", good, bad.requests.Load())
	}
}

// worker-connections-below-load: more clients at a time than half of
// worker_connections find no connection.
func TestRealWorkerConnections(t *testing.T) {
	const clients = 24
	for _, row := range []struct {
		connections int
		all         bool
	}{{24, false}, {96, true}} {
		release := make(chan struct{})
		var inside sync.WaitGroup
		b := newBackend(t, func(http.ResponseWriter, *http.Request) { <-release })
		url := start(t, row.connections, servers("", b), "")
		var good atomic.Int64
		for range clients {
			inside.Go(func() { good.Add(int64(ask(url, 1))) })
		}
		time.AfterFunc(500*time.Millisecond, func() { close(release) })
		inside.Wait()
		if got := good.Load(); (got == clients) != row.all {
			t.Errorf("worker_connections %d: %d of %d answered", row.connections, got, clients)
		}
	}
}
