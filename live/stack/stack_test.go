//go:build unix

package stack

import (
	"context"
	"errors"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/k9mil/velocitas/internal/needs"
	"github.com/k9mil/velocitas/scenarios"
)

// kinds are the stacks that this host can run.
func eachKind(t *testing.T, test func(t *testing.T, spec func(instances int) Spec)) {
	for _, kind := range []string{"local", "local without nginx", "compose"} {
		t.Run(kind, func(t *testing.T) {
			if kind != "local without nginx" {
				needNginx(t)
			}
			if kind == KindCompose {
				needEngine(t)
			}
			test(t, func(instances int) Spec {
				spec := testSpec(t, strings.Fields(kind)[0], instances)
				spec.NoNginx = kind == "local without nginx"
				return spec
			})
		})
	}
}

func TestRoundRobinIsSeen(t *testing.T) {
	eachKind(t, func(t *testing.T, spec func(int) Spec) {
		s := up(t, spec(4))
		checkTurns(t, s, 4, 5)
		for _, n := range []int{1, 3, 2, 4} {
			begin := time.Now()
			if err := s.Use(t.Context(), n); err != nil {
				t.Fatal(err)
			}
			t.Logf("use %d: %s", n, time.Since(begin).Round(time.Millisecond))
			checkTurns(t, s, n, 5)
		}
		for _, n := range []int{0, 5, -1} {
			if err := s.Use(t.Context(), n); err == nil {
				t.Errorf("use %d of 4 instances: no error", n)
			}
		}
		t.Log(s.Fingerprint(), s.Notes())
	})
}

// The limit is seen from outside: over a second of asking for more, an
// instance gets its quota at most, plus that of two periods, since the window
// does not begin with one. How much less it gets depends on who else wants this
// machine, so the limit is small.
func TestLimitAndCounters(t *testing.T) {
	eachKind(t, func(t *testing.T, spec func(int) Spec) {
		const cpus = 0.05
		sp := spec(2)
		sp.CPUs = cpus
		s := up(t, sp)
		if s.Instances()[0].CPUs == 0 {
			t.Skipf("NOT TESTED: no CPU limit here: %v", s.Notes())
		}
		if err := s.Use(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		before, err := s.Counters(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		ask(t, s.URL()+"/?burn=1s")
		after, err := s.Counters(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		used := after.Sub(before)
		busy, idle := used.Instances[0], used.Instances[1]
		wall := after.At.Sub(before.At).Seconds()
		share := float64(busy.CPUNs) / 1e9
		if low, high := cpus*wall/4, cpus*(wall+0.2); share < low || share > high {
			t.Errorf("CPU %.3f s in %.3f s under a limit of %g cores", share, wall, cpus)
		}
		if busy.Periods < 8 || busy.ThrottledPeriods < 3 || busy.ThrottledNs < 5e7 {
			t.Errorf("hardly throttled: %+v", busy)
		}
		if still := float64(busy.ThrottledNs) / 1e9; still > float64(runtime.NumCPU())*(wall+0.2) {
			t.Errorf("stood still %.3f s on %d cores within %.3f s", still, runtime.NumCPU(), wall)
		}
		if idle.CPUNs > busy.CPUNs/4 {
			t.Errorf("the idle instance used %d ns beside %d", idle.CPUNs, busy.CPUNs)
		}
		nginx := strings.HasPrefix(s.Fingerprint()["balancer"], "nginx")
		if nginx != (used.Balancer.CPUNs > 0) || used.Balancer.CPUNs > busy.CPUNs {
			t.Errorf("the balancer used %d ns", used.Balancer.CPUNs)
		}
	})
}

func TestFaults(t *testing.T) {
	eachKind(t, func(t *testing.T, spec func(int) Spec) {
		s := up(t, spec(3))
		if err := s.Signal(t.Context(), 1, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		for range 6 {
			// nginx and the balancer go on to the next instance.
			if name, _ := ask(t, s.URL()); name == s.Instances()[1].Name {
				t.Fatalf("%s answers although it was killed", name)
			}
		}
		if _, err := s.Counters(t.Context()); err != nil {
			t.Errorf("counters beside a dead instance: %v", err)
		}
		if err := s.Restart(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		// A reload forgets that the instance had failed.
		if err := s.Use(t.Context(), 3); err != nil {
			t.Fatal(err)
		}
		checkTurns(t, s, 3, 3)
		if err := s.Signal(t.Context(), 2, syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		if err := s.Use(t.Context(), 2); err != nil {
			t.Fatal(err)
		}
		checkTurns(t, s, 2, 3)
		if err := s.Signal(t.Context(), 7, syscall.SIGSTOP); err == nil {
			t.Error("a signal to an instance that is not there: no error")
		}
		// Down has to cope with an instance that stands still.
	})
}

// A killable instance that was killed refuses connections at its address, and
// comes back there; its limit can be changed in any state.
func TestKillable(t *testing.T) {
	eachKind(t, func(t *testing.T, spec func(int) Spec) {
		sp := spec(2)
		sp.Killable = true
		s := up(t, sp)
		before := s.Instances()[1]
		do := func(what string, err error) {
			t.Helper()
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
		}
		await := func(what string, is func(Member) bool) {
			t.Helper()
			for range 100 {
				if is(s.Instances()[1]) {
					return
				}
				time.Sleep(20 * time.Millisecond)
			}
			t.Fatalf("%s: not within 2 s: %+v", what, s.Instances()[1])
		}
		do("pause", s.Signal(t.Context(), 1, syscall.SIGSTOP))
		await("pause", func(m Member) bool { return m.Stopped })
		do("go on", s.Signal(t.Context(), 1, syscall.SIGCONT))
		await("go on", func(m Member) bool { return !m.Stopped })
		do("kill", s.Signal(t.Context(), 1, syscall.SIGKILL))
		await("kill", func(m Member) bool { return m.PID == 0 })
		c, err := net.DialTimeout("tcp", before.Address, 2*time.Second)
		if !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("a connection to a killed instance: %v, %v: want it to be refused", c, err)
		}
		limited := before.CPUs > 0
		if limited {
			do("limit", s.Limit(t.Context(), 1, 0.1/3))
		}
		do("start", s.Restart(t.Context(), 1))
		now := s.Instances()[1]
		if now.Address != before.Address || now.Name != before.Name || now.PID == 0 || now.PID == before.PID {
			t.Errorf("came back as %+v, was %+v", now, before)
		}
		if limited && math.Abs(now.CPUs-0.1/3) > 1e-6 {
			t.Errorf("a limit of %g cores, want 0.0333", now.CPUs)
		}
		if err := s.Limit(t.Context(), 2, 1); err == nil {
			t.Error("a limit of an instance that is not there: no error")
		}
	})
}

func TestInstanceEnvironment(t *testing.T) {
	eachKind(t, func(t *testing.T, spec func(int) Spec) {
		s := up(t, spec(1))
		_, body := ask(t, s.URL())
		f := strings.Fields(body)
		if f[0] != "1" || f[1] != "60397974" {
			t.Errorf("GOMAXPROCS and GOMEMLIMIT are %q", body)
		}
		if s.Kind() == KindCompose && f[2] != "65534" {
			t.Errorf("the instance runs as user %s", f[2])
		}
	})
}

// Instances may differ in limit and weight.
func TestOverrides(t *testing.T) {
	eachKind(t, func(t *testing.T, spec func(int) Spec) {
		sp := spec(2)
		half := 0.5
		sp.Overrides = []scenarios.Override{{Instances: scenarios.Numbers{2}, CPUs: &half, Weight: 3}}
		if sp.NoNginx {
			s, _ := New(t.Context(), sp)
			defer down(t, s)
			checkError(t, s.Up(t.Context()), "instance 2 differs in nginx's eyes (server 127.0.0.1:", "weight=3", "needs nginx")
			return
		}
		s := up(t, sp)
		got := map[string]int{}
		for range 8 {
			name, _ := ask(t, s.URL())
			got[name]++
		}
		m := s.Instances()
		if got[m[0].Name] != 2 || got[m[1].Name] != 6 {
			t.Errorf("weights 1 and 3 gave %v", got)
		}
		if m[0].CPUs != 0.25 && m[0].CPUs != 0 || m[1].CPUs != 2*m[0].CPUs {
			t.Errorf("limits are %g and %g", m[0].CPUs, m[1].CPUs)
		}
	})
}

// What goes wrong at the start is said in one line, and leaves nothing.
func TestUpFails(t *testing.T) {
	eachKind(t, func(t *testing.T, spec func(int) Spec) {
		taken, err := newBalancer(0, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer taken.close()
		for _, tt := range []struct {
			name   string
			change func(*Spec)
			want   []string
		}{
			{"instance dies", func(s *Spec) { s.Binary = "/bin/ls" }, []string{"does not start: exit status 2", "--listen"}},
			{"no such program", func(s *Spec) { s.Binary = "/no/such/program" }, []string{"/no/such/program", "no such file"}},
			{"port taken", func(s *Spec) { s.Port = portOf(taken.url()) }, []string{"address already in use"}},
		} {
			t.Run(tt.name, func(t *testing.T) {
				sp := spec(2)
				if tt.name == "port taken" && sp.Kind == KindCompose {
					needs.Full(t) // what compose says of it seldom changes
				}
				tt.change(&sp)
				s, err := New(t.Context(), sp)
				if err != nil {
					t.Fatal(err)
				}
				defer down(t, s)
				checkError(t, s.Up(t.Context()), tt.want...)
			})
		}
	})
}

// Interrupted at any moment, nothing stays.
func TestInterrupted(t *testing.T) {
	eachKind(t, func(t *testing.T, spec func(int) Spec) {
		moments := []time.Duration{0, 5 * time.Millisecond, 20 * time.Millisecond, 60 * time.Millisecond, 300 * time.Millisecond, 900 * time.Millisecond, 1700 * time.Millisecond}
		if spec(1).Kind == KindCompose && !needs.All() {
			moments = moments[4:6] // while the images are made, and the containers
		}
		for _, after := range moments {
			ctx, cancel := context.WithTimeout(t.Context(), after)
			s, err := New(t.Context(), spec(2))
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("after %s: %v", after, s.Up(ctx))
			cancel()
			down(t, s)
		}
	})
}

func checkError(t *testing.T, err error, want ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("no error, want %q", want)
		return
	}
	t.Log(err)
	for _, w := range want {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q does not say %q", err, w)
		}
	}
	if strings.Contains(strings.TrimSpace(err.Error()), "\n") {
		t.Errorf("%q has more than one line", err)
	}
}

// Clean finds what is left when the owner is killed. The owner is a test
// process of its own, which brings a stack up and waits.
func TestClean(t *testing.T) {
	if kind := os.Getenv("VELOCITAS_TEST_OWNER"); kind != "" {
		spec := testSpec(t, strings.Fields(kind)[0], 2)
		spec.NoNginx = strings.Contains(kind, "without")
		s, err := New(t.Context(), spec)
		if err == nil {
			err = s.Up(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
		os.WriteFile(os.Getenv("VELOCITAS_TEST_READY"), []byte(runName(s)), 0o644)
		time.Sleep(time.Minute)
	}
	eachKind(t, func(t *testing.T, spec func(int) Spec) {
		needs.Alone(t, "orphans")
		ready := filepath.Join(t.TempDir(), "ready")
		owner := exec.Command(spec(1).Binary, "-test.run=^TestClean$")
		kind := strings.ReplaceAll(t.Name()[len("TestClean/"):], "_", " ")
		owner.Env = append(os.Environ(), "VELOCITAS_TEST_OWNER="+kind, "VELOCITAS_TEST_READY="+ready)
		if err := owner.Start(); err != nil {
			t.Fatal(err)
		}
		defer owner.Process.Kill()
		var run string
		for deadline := time.Now().Add(patience); run == ""; time.Sleep(20 * time.Millisecond) {
			b, _ := os.ReadFile(ready)
			if run = string(b); time.Now().After(deadline) {
				t.Fatal("the owner does not get its stack up")
			}
		}
		removed, err := Clean(t.Context())
		if err != nil || strings.Contains(strings.Join(removed, " "), run) {
			t.Fatalf("with the owner alive: %v %v", removed, err)
		}
		if len(leftovers(t, run)) == 0 {
			t.Fatal("nothing of the stack is seen while it is up")
		}
		owner.Process.Kill()
		owner.Wait()
		// Child processes die with their owner without any help.
		if strings.Contains(t.Name(), "local") {
			await(t, "children die with their owner", func() bool { return len(processesIn(filepath.Join(os.TempDir(), run))) == 0 })
		}
		if len(leftovers(t, run)) == 0 {
			t.Fatal("kill -9 left nothing to clean")
		}
		removed, err = Clean(t.Context())
		if err != nil || !strings.Contains(strings.Join(removed, " "), run) {
			t.Errorf("clean: %v %v", removed, err)
		}
		if left := leftovers(t, run); len(left) > 0 {
			t.Errorf("still there: %v", left)
		}
	})
}

// patience is what tests wait for something that takes a moment: so long that
// a machine that is busy with something else does not fail them.
const patience = 2 * time.Minute

func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !done(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not so after %s: %s", patience, what)
		}
	}
}

// An instance that finds its port taken by another instance gets another
// port, although the other answers for it meanwhile.
func TestPortGivenTwice(t *testing.T) {
	spec := testSpec(t, KindLocal, 2)
	spec.NoNginx = true
	s := up(t, spec)
	l := s.(*local)
	first, second := l.children[0], l.children[1]
	second.stop(0)
	second.port = first.port
	if err := l.launch(second); err != nil {
		t.Fatal(err)
	}
	if err := l.settle(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	if err := s.Use(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	checkTurns(t, s, 2, 5)
}
