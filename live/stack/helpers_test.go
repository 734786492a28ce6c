//go:build unix

package stack

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/k9mil/velocitas/internal/needs"
	"github.com/k9mil/velocitas/scenarios"
)

// burn uses CPU until that much wall time has gone.
func burn(duration string) {
	d, _ := time.ParseDuration(duration)
	for end := time.Now().Add(d); time.Now().Before(end); {
	}
}

func needNginx(t *testing.T) string {
	t.Helper()
	path := findNginx()
	if path == "" {
		needs.Missing(t, "this host has no nginx")
	}
	return path
}

func needEngine(t *testing.T) *engine {
	t.Helper()
	e, err := findEngine(t.Context())
	if err != nil {
		needs.Missing(t, "%v", err)
	}
	return e
}

// testSpec is a small stack whose instances are this test's own executable.
func testSpec(t *testing.T, kind string, instances int) Spec {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return Spec{
		Kind: kind, Instances: instances, CPUs: 0.25, Threads: 1, MemoryBytes: 64 << 20,
		Balancer: scenarios.Default().Balancer, Binary: self, NginxFromHost: kind == KindCompose,
	}
}

// up brings a stack up and down again with the test, and checks that nothing
// is left.
func up(t *testing.T, spec Spec) Stack {
	t.Helper()
	s, err := New(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { down(t, s) })
	begin := time.Now()
	if err := s.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Logf("%s: up with %d instances after %s", s.Kind(), spec.Instances, time.Since(begin).Round(time.Millisecond))
	return s
}

func down(t *testing.T, s Stack) {
	t.Helper()
	begin := time.Now()
	if err := s.Down(context.Background()); err != nil {
		t.Errorf("down: %v", err)
	}
	t.Logf("down after %s", time.Since(begin).Round(time.Millisecond))
	if err := s.Down(context.Background()); err != nil {
		t.Errorf("down again: %v", err)
	}
	if left := leftovers(t, runName(s)); len(left) > 0 {
		t.Errorf("left behind: %s", strings.Join(left, ", "))
	}
}

func runName(s Stack) string {
	switch s := s.(type) {
	case *local:
		return s.run
	case *compose:
		return s.run
	case *foreign:
		return s.run
	}
	panic("unknown stack")
}

// leftovers looks for all that carries a run's name, by other means than the
// code under test where there are any.
func leftovers(t *testing.T, run string) []string {
	t.Helper()
	if run == "" {
		return nil
	}
	var left []string
	dir := filepath.Join(os.TempDir(), run)
	if _, err := os.Stat(dir); err == nil {
		left = append(left, dir)
	}
	for _, pid := range processes() {
		cwd, _ := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid))
		if strings.Contains(cwd, run) || strings.Contains(title(pid), run) {
			left = append(left, fmt.Sprintf("process %d (%s)", pid, title(pid)))
		}
	}
	groups, _ := filepath.Glob("/sys/fs/cgroup/*/" + run)
	left = append(left, groups...)
	if exec.Command("docker", "version").Run() != nil {
		return left
	}
	for _, args := range [][]string{
		{"ps", "-a", "--format", "{{.Names}}"},
		{"network", "ls", "--format", "{{.Name}}"},
		{"volume", "ls", "--format", "{{.Name}}"},
		{"images", "--format", "{{.Repository}}"},
	} {
		out, err := exec.Command("docker", args...).Output()
		if err != nil {
			t.Error(err)
		}
		for _, name := range strings.Fields(string(out)) {
			if strings.HasPrefix(name, run) {
				left = append(left, args[0]+" "+name)
			}
		}
	}
	return left
}

// patient is a client that outlasts nginx's attempt to reach a container that
// is gone: its address is unreachable only after three seconds.
var patient = &http.Client{Timeout: 15 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}

// ask is one request on a connection of its own: who answered, and what.
func ask(t *testing.T, url string) (instance, body string) {
	t.Helper()
	resp, err := patient.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %v", url, resp.Status, err)
	}
	return resp.Header.Get("X-Instance"), string(b)
}

// checkTurns sends rounds requests for each of the first n instances, one
// after the other, and wants each to get exactly its share.
func checkTurns(t *testing.T, s Stack, n, rounds int) {
	t.Helper()
	got := map[string]int{}
	for range n * rounds {
		name, _ := ask(t, s.URL())
		got[name]++
	}
	for i, m := range s.Instances()[:n] {
		if got[m.Name] != rounds {
			t.Errorf("instance %d (%s) answered %d of %d requests, want %d; all: %v", i+1, m.Name, got[m.Name], n*rounds, rounds, got)
		}
	}
}

// portOf is the port in http://host:port.
func portOf(url string) int {
	port, _ := strconv.Atoi(url[strings.LastIndexByte(url, ':')+1:])
	return port
}
