//go:build linux

package live_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// engine is a Docker engine of a test's own.
type engine struct {
	host string // DOCKER_HOST
	dir  string
	cmd  *exec.Cmd
}

// needEngine is the environment in which an engine answers: the one that there
// is, else one of the test's own.
func needEngine(t *testing.T) []string {
	t.Helper()
	if exec.Command("docker", "version").Run() == nil {
		return nil
	}
	return startEngine(t).environment()
}

// startEngine starts one that ends with the test. Its folder's name is short,
// since a socket's path may not be long.
func startEngine(t *testing.T) *engine {
	t.Helper()
	dockerd, err := exec.LookPath("dockerd")
	if err != nil || os.Geteuid() != 0 {
		t.Skip("NOT TESTED: needs dockerd, and root to start it")
	}
	dir, err := os.MkdirTemp("", "dockerd-")
	if err != nil {
		t.Fatal(err)
	}
	e := &engine{host: "unix://" + filepath.Join(dir, "socket"), dir: dir}
	e.start(t, dockerd)
	t.Cleanup(func() {
		e.stop()
		for _, mount := range mountsBelow(dir) {
			_ = syscall.Unmount(mount, syscall.MNT_DETACH)
		}
		os.RemoveAll(dir)
	})
	return e
}

// start starts the engine, again or for the first time. It leaves the host's
// packet filter alone, which another engine may use: ports are published by
// Docker's proxy then.
func (e *engine) start(t *testing.T, dockerd string) {
	t.Helper()
	log, err := os.Create(filepath.Join(e.dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	e.cmd = exec.Command(dockerd, "--iptables=false", "--bridge=none", "-H", e.host,
		"--data-root", filepath.Join(e.dir, "data"), "--exec-root", filepath.Join(e.dir, "exec"), "--pidfile", filepath.Join(e.dir, "pid"))
	e.cmd.Stdout, e.cmd.Stderr = log, log
	e.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
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

// environment makes a command talk to the engine.
func (e *engine) environment() []string { return []string{"DOCKER_HOST=" + e.host} }

func needNginx(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("nginx"); err == nil {
		return
	}
	if _, err := os.Stat("/usr/sbin/nginx"); err != nil {
		t.Skip("NOT TESTED: this host has no nginx")
	}
}
