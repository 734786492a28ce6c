package keep

import (
	"bufio"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestMain is the keeper when it is run with a command.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "keep" {
		if Run(os.Args[2], os.Args[3:]...) != nil {
			os.Exit(3)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// A keeper outlives the child that it is told to kill, starts another, and ends
// with one that nobody killed.
func TestRun(t *testing.T) {
	keeper := exec.Command(os.Args[0], "keep", "/bin/sh", "-c", "echo $$; exec sleep 20")
	out, err := keeper.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := keeper.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = keeper.Process.Kill() }()
	lines := bufio.NewScanner(out)
	born := func() int {
		lines.Scan()
		pid, err := strconv.Atoi(strings.TrimSpace(lines.Text()))
		if err != nil {
			t.Fatal(err)
		}
		return pid
	}
	tell := func(s syscall.Signal) {
		if err := keeper.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond) // two signals at once may arrive in any order
	}
	await := func(what string, is func() bool) {
		for range 200 {
			if is() {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
		t.Fatalf("%s: not within 2 s", what)
	}
	gone := func(pid int) func() bool { return func() bool { return syscall.Kill(pid, 0) != nil } }

	first := born()
	tell(Start) // it runs: nothing changes
	tell(Kill)
	await("the first is killed", gone(first))
	tell(Kill) // there is none: nothing changes
	tell(Start)
	second := born()
	state := func(want string) func() bool {
		return func() bool {
			b, _ := os.ReadFile("/proc/" + strconv.Itoa(second) + "/stat")
			return strings.Contains(string(b), ") "+want)
		}
	}
	if _, err := os.Stat("/proc/self/stat"); err == nil {
		tell(Stop)
		await("it stands still", state("T"))
		tell(syscall.SIGCONT)
		await("it goes on", state("S"))
	}
	_ = syscall.Kill(second, syscall.SIGKILL) // by somebody else
	if err := keeper.Wait(); keeper.ProcessState.ExitCode() != 3 {
		t.Errorf("%v: want the keeper to end with an error", err)
	}
}
