//go:build linux

package experiment_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/k9mil/velocitas/internal/needs"
)

// place is where a run finds its engine.
type place struct {
	environment []string
	prefix      []string // of the command
}

// needEngine is where an engine answers: the one that there is, else one of the
// test's own.
func needEngine(t *testing.T) place {
	t.Helper()
	if exec.Command("docker", "version").Run() == nil {
		return place{}
	}
	return startEngine(t).place()
}

// engine is a Docker engine of a test's own, in a network namespace of its own:
// an engine changes the packet filter, which another may use.
type engine struct {
	host string // DOCKER_HOST
	dir  string
	cmd  *exec.Cmd
}

// startEngine starts one that ends with the test. Its folder's name is short,
// since a socket's path may not be long.
func startEngine(t *testing.T) *engine {
	t.Helper()
	for _, tool := range []string{"dockerd", "docker", "ip", "nsenter"} {
		needs.Tool(t, tool)
	}
	if os.Geteuid() != 0 {
		t.Skip("NOT TESTED: only root may start an engine")
	}
	dir, err := os.MkdirTemp("", "dockerd-")
	if err != nil {
		t.Fatal(err)
	}
	e := &engine{host: "unix://" + filepath.Join(dir, "socket"), dir: dir}
	e.start(t)
	t.Cleanup(func() {
		e.stop()
		for _, mount := range mountsBelow(dir) {
			_ = syscall.Unmount(mount, syscall.MNT_DETACH)
		}
		os.RemoveAll(dir)
	})
	return e
}

// start starts the engine, again or for the first time.
func (e *engine) start(t *testing.T) {
	t.Helper()
	log, err := os.Create(filepath.Join(e.dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	e.cmd = exec.Command("sh", "-c", `ip link set lo up && exec dockerd "$@"`, "dockerd", "--userland-proxy=false", "-H", e.host,
		"--data-root", filepath.Join(e.dir, "data"), "--exec-root", filepath.Join(e.dir, "exec"), "--pidfile", filepath.Join(e.dir, "pid"))
	e.cmd.Stdout, e.cmd.Stderr = log, log
	e.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM, Cloneflags: syscall.CLONE_NEWNET}
	if err := e.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	await(t, "dockerd", 30*time.Second, func() bool {
		ask := exec.Command("docker", "version")
		ask.Env = append(os.Environ(), "DOCKER_HOST="+e.host)
		return ask.Run() == nil
	})
}

// stop stops the engine and what it runs.
func (e *engine) stop() {
	if e.cmd.ProcessState == nil {
		_ = e.cmd.Process.Signal(syscall.SIGTERM)
		_ = e.cmd.Wait()
	}
}

// place is that of the engine. nsenter becomes the command that it is given.
func (e *engine) place() place {
	return place{
		environment: []string{"DOCKER_HOST=" + e.host},
		prefix:      []string{"nsenter", fmt.Sprintf("--net=/proc/%d/ns/net", e.cmd.Process.Pid)},
	}
}

func needNginx(t *testing.T) {
	t.Helper()
	needs.Tool(t, "nginx", "/usr/sbin/nginx")
}
