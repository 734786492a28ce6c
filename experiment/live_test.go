//go:build linux

package experiment_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/k9mil/velocitas/model"
)

// binary is the real command, static, so that it can be packed into an image.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "live-test-")
	if err != nil {
		return "", err
	}
	out := filepath.Join(dir, "velocitas")
	build := exec.Command("go", "build", "-o", out, "..")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if said, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w: %s", err, said)
	}
	return out, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if out, err := binary(); err == nil {
		os.RemoveAll(filepath.Dir(out))
	}
	os.Exit(code)
}

// short is a measurement of a few seconds, which does not time the store again.
var short = []string{"--profile", "testdata/store.json", "--keys", "300", "--cpus", "0.1",
	"--instances", "1,2,4", "--rounds", "2", "--duration", "2s"}

// run is one velocitas live with a temporary folder and reports of its own. All
// that it starts carries the name of the folder in its environment.
type run struct {
	t              *testing.T
	temp, out      string
	cmd            *exec.Cmd
	stdout, stderr bytes.Buffer // to be read once ended is closed
	ended          chan struct{}
}

func start(t *testing.T, args ...string) *run {
	t.Helper()
	return startAt(t, place{}, args...)
}

func startAt(t *testing.T, at place, args ...string) *run {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	r := &run{t: t, temp: t.TempDir(), out: filepath.Join(t.TempDir(), "reports"), ended: make(chan struct{})}
	line := slices.Concat(at.prefix, []string{path, "live", "--out", r.out}, args)
	r.cmd = exec.Command(line[0], line[1:]...)
	r.cmd.Env = slices.Concat(os.Environ(), []string{"TMPDIR=" + r.temp}, at.environment)
	r.cmd.Stdout, r.cmd.Stderr = &r.stdout, &r.stderr
	// Ctrl-C of a terminal would reach a whole process group.
	r.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = r.cmd.Wait() // ProcessState has what it says
		close(r.ended)
	}()
	t.Cleanup(func() {
		_ = r.cmd.Process.Kill() // an error where it has ended
		<-r.ended
	})
	return r
}

// chances is how often a run is tried that ends since this machine is busy.
const chances = 4

// busy is whether a run is over since the generator had too little of this
// machine: it fell behind its plan, or was found too slow beforehand. That is as
// it should be and not what is tested here, so such a run gets another chance.
func (r *run) busy(chance int) bool {
	select {
	case <-r.ended:
	default:
		return false
	}
	said := r.stderr.String()
	if chance >= chances || r.cmd.ProcessState.ExitCode() != 1 || !strings.Contains(said, "the generator fell behind") && !strings.Contains(said, "the generator reaches") {
		return false
	}
	r.t.Logf("chance %d: %s", chance, said)
	r.nothingLeft()
	return true
}

// measured is a run that succeeds.
func measured(t *testing.T, at place, args ...string) *run {
	t.Helper()
	for chance := 1; ; chance++ {
		r := startAt(t, at, args...)
		r.wait()
		if !r.busy(chance) {
			r.succeeds()
			return r
		}
	}
}

// wait is the exit code; one line on stderr unless it is 0.
func (r *run) wait() int {
	r.t.Helper()
	select {
	case <-r.ended:
	case <-time.After(8 * time.Minute):
		r.t.Fatal("still running after 8 minutes")
	}
	code := r.cmd.ProcessState.ExitCode()
	said := strings.TrimSpace(r.stderr.String())
	if first, rest, two := strings.Cut(said, "\n"); two && strings.Contains(first, "a second signal ends it at once") {
		said = rest // a signal is answered at once, before anything is removed
	}
	if code != 0 && (said == "" || strings.Contains(said, "\n")) {
		r.t.Errorf("exit code %d with stderr %q: want one line", code, said)
	}
	return code
}

// succeeds waits, and wants a result and nothing left behind.
func (r *run) succeeds() {
	r.t.Helper()
	if code := r.wait(); code != 0 {
		r.t.Fatalf("exit code %d: %s", code, r.stderr.String())
	}
	r.t.Log(r.stdout.String())
	r.nothingLeft()
}

// fails waits, and wants exit code 1, words, no report, and nothing left behind.
func (r *run) fails(words ...string) {
	r.t.Helper()
	r.failsWith(words...)
	r.noReport()
}

// failsWith is fails, whatever was printed.
func (r *run) failsWith(words ...string) {
	r.t.Helper()
	if code := r.wait(); code != 1 {
		r.t.Errorf("exit code %d, want 1; stdout %s; stderr %s", code, r.stdout.String(), r.stderr.String())
	}
	for _, w := range words {
		if !strings.Contains(r.stderr.String(), w) {
			r.t.Errorf("stderr %q: want %q in it", r.stderr.String(), w)
		}
	}
	r.noFiles()
	r.nothingLeft()
}

func (r *run) noReport() {
	r.t.Helper()
	if r.stdout.Len() > 0 {
		r.t.Errorf("a result was printed: %s", r.stdout.String())
	}
	r.noFiles()
}

func (r *run) noFiles() {
	r.t.Helper()
	entries, _ := os.ReadDir(r.out)
	for _, e := range entries {
		r.t.Errorf("a report was written: %s", e.Name())
	}
}

// nothingLeft looks for files, processes, cgroups and, where an engine answers,
// containers, networks, volumes and images of the run.
func (r *run) nothingLeft() {
	r.t.Helper()
	for _, left := range r.leftovers() {
		r.t.Errorf("left behind: %s", left)
	}
}

func (r *run) leftovers() []string {
	var left []string
	entries, _ := os.ReadDir(r.temp)
	for _, e := range entries {
		left = append(left, filepath.Join(r.temp, e.Name()))
	}
	for _, pid := range r.processes() {
		left = append(left, "process "+commandLine(pid))
	}
	name := fmt.Sprintf("velocitas-p%d-", r.cmd.Process.Pid)
	for _, pattern := range []string{"/sys/fs/cgroup/", "/sys/fs/cgroup/*/"} {
		groups, _ := filepath.Glob(pattern + name + "*")
		left = append(left, groups...)
	}
	for _, args := range [][]string{
		{"ps", "-a", "--format", "{{.Names}}"}, {"network", "ls", "--format", "{{.Name}}"},
		{"volume", "ls", "--format", "{{.Name}}"}, {"images", "--format", "{{.Repository}}"},
	} {
		docker := exec.Command("docker", args...)
		docker.Env = r.cmd.Env
		said, err := docker.Output()
		if err != nil {
			break // no engine, no containers
		}
		for _, line := range strings.Fields(string(said)) {
			if strings.HasPrefix(line, name) {
				left = append(left, args[0]+" "+line)
			}
		}
	}
	return left
}

// processes are those that have the run's folder in their environment or command
// line (nginx writes its title over both) or work in it, the command itself
// excluded.
func (r *run) processes() []int {
	var pids []int
	all, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, file := range all {
		environment, _ := os.ReadFile(file)
		var pid int
		_, _ = fmt.Sscanf(file, "/proc/%d/", &pid)
		cwd, _ := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid))
		if pid != r.cmd.Process.Pid && (bytes.Contains(environment, []byte(r.temp)) ||
			strings.Contains(commandLine(pid), r.temp) || strings.HasPrefix(cwd, r.temp)) {
			pids = append(pids, pid)
		}
	}
	return pids
}

func commandLine(pid int) string {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	return fmt.Sprintf("%d (%s)", pid, bytes.ReplaceAll(b, []byte{0}, []byte{' '}))
}

// await waits for what a run is to do, or fails with the words when it does not or
// ends before.
func (r *run) await(words string, done func() bool) {
	r.t.Helper()
	await(r.t, "the moment when "+words, time.Minute, func() bool {
		select {
		case <-r.ended:
			r.t.Fatalf("ended with exit code %d before %s; stderr %s", r.cmd.ProcessState.ExitCode(), words, r.stderr.String())
		default:
		}
		return done()
	})
}

// await waits for a condition, or fails with the words.
func await(t *testing.T, words string, patience time.Duration, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !done(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited %v for %s", patience, words)
		}
	}
}

// curves are the two that a run wrote.
func (r *run) curves() (measured, predicted *model.Curve) {
	r.t.Helper()
	var err error
	if measured, err = model.ReadCurve(context.Background(), filepath.Join(r.out, "first-measured.json")); err != nil {
		r.t.Fatal(err)
	}
	if predicted, err = model.ReadCurve(context.Background(), filepath.Join(r.out, "first-predicted.json")); err != nil {
		r.t.Fatal(err)
	}
	return measured, predicted
}

// checkReport wants both curves whole and plausible, and a profile that the
// simulator takes.
func (r *run) checkReport(sizes ...int) {
	r.t.Helper()
	measured, predicted := r.curves()
	if len(measured.Points) != len(sizes) || len(predicted.Points) != len(sizes) {
		r.t.Fatalf("%d points measured and %d predicted, want %d", len(measured.Points), len(predicted.Points), len(sizes))
	}
	for i, n := range sizes {
		for _, p := range []*model.Point{&measured.Points[i], &predicted.Points[i]} {
			if p.Instances != n || p.ThroughputRps.Value <= 0 || p.LatencyMs.P50.Value <= 0 || p.Errors.Rate.Value != 0 {
				r.t.Errorf("point %d: %d instances, %v requests/s, p50 %v ms, errors %v: want %d instances, answers and no errors",
					i, p.Instances, p.ThroughputRps.Value, p.LatencyMs.P50.Value, p.Errors.Rate.Value, n)
			}
		}
	}
	for _, name := range []string{"first-live-throughput.png", "first-live-latency.png", "first-records/blocks.json", fmt.Sprintf("first-records/round01-n%d.csv.gz", sizes[0])} {
		if info, err := os.Stat(filepath.Join(r.out, name)); err != nil || info.Size() == 0 {
			r.t.Errorf("%s: %v", name, err)
		}
	}
	path, _ := binary()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	sim := exec.CommandContext(ctx, path, "sim", "--profile", filepath.Join(r.out, "first-profile.json"), "--instances", "2-2", "--out", "")
	if said, err := sim.CombinedOutput(); err != nil {
		r.t.Errorf("sim with the profile: %v: %s", err, said)
	}
}
