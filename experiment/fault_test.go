//go:build linux

package experiment_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/k9mil/velocitas/internal/needs"
)

// mountsBelow are the mounts in a folder, the innermost first.
func mountsBelow(dir string) []string {
	b, _ := os.ReadFile("/proc/self/mounts")
	var mounts []string
	for line := range strings.Lines(string(b)) {
		if f := strings.Fields(line); len(f) > 1 && strings.HasPrefix(f[1], dir+"/") {
			mounts = append([]string{f[1]}, mounts...)
		}
	}
	return mounts
}

// four waits for the processes of four instances, or the end of the run.
func (r *run) four() (pids []int) {
	r.t.Helper()
	await(r.t, "four instances, or the end", time.Minute, func() bool {
		select {
		case <-r.ended:
			return true
		default:
		}
		pids = nil
		for _, pid := range r.processes() {
			if strings.Contains(commandLine(pid), "velocitas instance") {
				pids = append(pids, pid)
			}
		}
		return len(pids) == 4
	})
	return pids
}

func kill(t *testing.T, pid int, s syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(pid, s); err != nil {
		t.Fatal(err)
	}
}

// faultRun has all four instances in use all of the time, and load when it
// returns. The second is the process of one of them.
func faultRun(t *testing.T) (*run, int) {
	t.Helper()
	needNginx(t)
	for chance := 1; ; chance++ {
		r := start(t, "--profile", "testdata/store.json", "--keys", "300", "--cpus", "0.1",
			"--instances", "4-4", "--rounds", "4", "--duration", "2s", "--stack", "local")
		r.four()
		// Checks, what is asked beforehand and the first settling time are over after
		// this; the light load's instance is gone by then.
		time.Sleep(9 * time.Second)
		pids := r.four() // the four before may have been those of the checks
		if r.busy(chance) {
			continue
		}
		if len(pids) != 4 {
			r.t.Fatalf("ended with exit code %d: %s", r.wait(), r.stderr.String())
		}
		return r, pids[1]
	}
}

// nginx asks the next instance, so every request is answered; what is measured
// is not four instances all the same.
func TestInstanceKilled(t *testing.T) {
	t.Parallel()
	r, pid := faultRun(t)
	kill(t, pid, syscall.SIGKILL)
	r.fails("instance")
}

func TestInstancePaused(t *testing.T) {
	t.Parallel()
	r, pid := faultRun(t)
	kill(t, pid, syscall.SIGSTOP)
	// Three blocks in a row would end the run, and begin two seconds apart.
	time.AfterFunc(2*time.Second, func() { _ = syscall.Kill(pid, syscall.SIGCONT) })
	// The other blocks count.
	r.succeeds()
	if !strings.Contains(r.stdout.String(), "stands still") {
		t.Errorf("the output does not say that an instance stood still: %s", r.stdout.String())
	}
}

// A reload loses nothing.
func TestNginxReloaded(t *testing.T) {
	t.Parallel()
	r, _ := faultRun(t)
	reloaded := 0
	for _, pid := range r.processes() {
		if line := commandLine(pid); strings.Contains(line, "nginx: master") {
			kill(t, pid, syscall.SIGHUP)
			reloaded++
		}
	}
	if reloaded != 1 {
		t.Errorf("%d nginx masters, want one", reloaded)
	}
	r.succeeds()
	r.checkReport(4)
}

func TestPortTaken(t *testing.T) {
	t.Parallel()
	needNginx(t)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	port := fmt.Sprint(taken.Addr().(*net.TCPAddr).Port)
	r := start(t, append(short, "--stack", "local", "--port", port)...)
	r.fails("address already in use", port)
}

// A report that does not fit is no report.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	needNginx(t)
	small := t.TempDir()
	if err := syscall.Mount("tmpfs", small, "tmpfs", 0, "size=32k"); err != nil {
		t.Skipf("NOT TESTED: a small file system cannot be mounted: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(small, 0) })
	r := start(t, "--out", small, "--profile", "testdata/store.json", "--keys", "300", "--cpus", "0.1",
		"--instances", "1-2", "--rounds", "2", "--duration", "1s", "--stack", "local")
	r.out = small
	r.failsWith("no space left on device")
	if r.stdout.Len() == 0 {
		t.Error("what was measured is lost, since it could not be written")
	}
}

// Ctrl-C, SIGTERM or a closed terminal at any moment once the command runs: words,
// exit code 1, no report, nothing left. Six runs: each signal, local and in
// containers, one of them in the middle of timing the store; the first two stand
// for them but in the full run. Two at a time: more would starve each other's
// generators, which ends a run by itself.
func TestInterrupted(t *testing.T) {
	needNginx(t)
	at := needEngine(t)
	// Where the tests run under nohup, what they start does not.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	var pair []*run
	runs, seed := 2, uint64(1)
	if needs.All() {
		runs, seed = 6, uint64(time.Now().UnixNano())
	}
	random := rand.New(rand.NewPCG(1, seed))
	for i := range runs {
		after := 200*time.Millisecond + time.Duration(random.Float64()*float64(12*time.Second))
		how := []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP}[i%3]
		args := append(short[:len(short):len(short)], "--rounds", "100", "--stack", "local")
		if i%2 == 1 {
			args = append(short[:len(short):len(short)], "--rounds", "100", "--stack", "compose", "--nginx-from-host")
		}
		if i == 4 {
			args = args[2:] // without the profile
		}
		t.Logf("%v after %v: %v", how, after.Round(time.Millisecond), args)
		r := startAt(t, at, args...)
		time.AfterFunc(after, func() {
			_ = syscall.Kill(r.cmd.Process.Pid, how)
			if how == syscall.SIGHUP { // comes from the shell and from the kernel
				time.Sleep(50 * time.Millisecond)
				_ = syscall.Kill(r.cmd.Process.Pid, how)
			}
		})
		if pair = append(pair, r); i%2 == 0 {
			continue
		}
		for _, r := range pair {
			r.fails("interrupted; nothing was reported")
		}
		pair = nil
	}
}

// What kill -9 leaves, --down removes.
func TestDown(t *testing.T) {
	t.Parallel()
	needs.Alone(t, "orphans")
	r, _ := faultRun(t)
	_ = r.cmd.Process.Kill()
	<-r.ended
	path, _ := binary()
	down := exec.Command(path, "live", "--down")
	down.Env = r.cmd.Env
	said, err := down.CombinedOutput()
	if err != nil || !bytes.Contains(said, []byte("removed what velocitas-p")) {
		t.Errorf("%v: %s", err, said)
	}
	r.nothingLeft()
}

// The engine goes away in the middle: words, no report, and once it is back
// --down removes what nobody could remove before.
func TestEngineStopped(t *testing.T) {
	needs.Full(t)
	needNginx(t)
	needs.Alone(t, "orphans")
	e := startEngine(t)
	r := startAt(t, e.place(), append(short, "--rounds", "20", "--stack", "compose", "--nginx-from-host")...)
	r.await("nginx was seen", func() bool {
		ps := exec.Command("docker", "ps", "--format", "{{.Names}}")
		ps.Env = r.cmd.Env
		said, _ := ps.Output()
		return bytes.Contains(said, []byte("nginx"))
	})
	time.Sleep(9 * time.Second)
	e.stop()
	if code := r.wait(); code != 1 {
		t.Errorf("exit code %d, want 1: %s", code, r.stderr.String())
	}
	t.Log(r.stderr.String())
	if !strings.Contains(r.stderr.String(), "velocitas live --down") {
		t.Errorf("stderr %q: want it to say what to do", r.stderr.String())
	}
	r.noReport()
	e.start(t)
	path, _ := binary()
	down := exec.Command(path, "live", "--down")
	down.Env = r.cmd.Env
	if said, err := down.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, said)
	}
	r.nothingLeft()
}

// A wrong profile, a scenario that cannot be done and the like are refused
// before anything is started; see also cmd's scripts.
func TestRefusedBeforeStart(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		why, text, want string
	}{
		{"a slow instance without a limit", "instances: 2\nload: {clients: 2}\ninstance: {cpus: 0}\noverrides: [{instances: 1, slow: 3}]\n", "overrides[0].slow"},
		{"lost packets", "instances: 2\nload: {clients: 2}\nevents: [{at: 5s, instance: 1, do: vanish}]\n", "events[0].do"},
		{"two hosts", "instances: 2\nload: {clients: 2}\nhost: {count: 2}\n", "host.count"},
		{"a hash of addresses", "instances: 2\nload: {clients: 2}\nbalancer: {policy: hash_consistent}\n", "balancer.policy"},
		{"a stated demand", "instances: 2\nload: {clients: 2}\ninstance: {demand: 5ms}\n", "instance.demand"},
	} {
		file := filepath.Join(t.TempDir(), "scenario.yaml")
		if err := os.WriteFile(file, []byte("name: bad\n"+row.text), 0o644); err != nil {
			t.Fatal(err)
		}
		r := start(t, "--scenario", file)
		if code := r.wait(); code != 2 || !strings.Contains(r.stderr.String(), row.want) {
			t.Errorf("%s: exit code %d, stderr %q: want 2 and %q", row.why, code, r.stderr.String(), row.want)
		}
		r.noReport()
		r.nothingLeft()
	}
}
