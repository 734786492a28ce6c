package stack

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// clockTick is USER_HZ, the unit of times in /proc, the same on all platforms
// that Go runs on.
const clockTick = 10 * time.Millisecond

// sigcont lets a stopped process go on.
const sigcont = syscall.SIGCONT

// spawner starts processes from one thread that lives as long as this process:
// a parent death signal is sent when the thread that forked ends, not only
// when its process does.
var spawner = sync.OnceValue(func() chan<- func() {
	work := make(chan func())
	go func() {
		runtime.LockOSThread()
		for f := range work {
			f()
		}
	}()
	return work
})

// start starts cmd as the leader of a process group of its own, so that Ctrl-C
// reaches only this process; death is what cmd gets when this process dies.
func start(cmd *exec.Cmd, death syscall.Signal) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: death}
	started := make(chan error)
	spawner() <- func() { started <- cmd.Start() }
	return <-started
}

// signalGroup signals a process and all that it started.
func signalGroup(pid int, signal syscall.Signal) error { return syscall.Kill(-pid, signal) }

// stat is the fields of /proc/PID/stat from the third (state) on.
func stat(pid int) []string {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil
	}
	// The second field is the command in brackets and may hold anything.
	s := string(b)
	return strings.Fields(s[strings.LastIndexByte(s, ')')+1:])
}

// startOf is when a process started, in ticks since boot in base 36; empty
// when there is no such process.
func startOf(pid int) string {
	f := stat(pid)
	if len(f) < 20 || f[0] == "Z" {
		return ""
	}
	ticks, err := strconv.ParseUint(f[19], 10, 64)
	if err != nil {
		return ""
	}
	return strconv.FormatUint(ticks, 36)
}

// stopped is whether a signal made a process stand still.
func stopped(pid int) bool {
	f := stat(pid)
	return len(f) > 0 && f[0] == "T"
}

// children are the processes that pid started and that still run.
func children(pid int) []int {
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	var pids []int
	for _, task := range tasks {
		b, _ := os.ReadFile(task)
		for _, f := range strings.Fields(string(b)) {
			if child, err := strconv.Atoi(f); err == nil {
				pids = append(pids, child)
			}
		}
	}
	return pids
}

// title is a process's command line, arguments joined by spaces.
func title(pid int) string {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	return strings.TrimSpace(strings.ReplaceAll(string(b), "\x00", " "))
}

// processes are the ids of all processes that can be seen.
func processes() []int {
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	var pids []int
	for _, dir := range dirs {
		if pid, err := strconv.Atoi(filepath.Base(dir)); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// processesIn are the processes whose working folder is dir or was, before it
// was removed.
func processesIn(dir string) []int {
	var pids []int
	for _, pid := range processes() {
		cwd, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid))
		if err == nil && strings.TrimSuffix(cwd, " (deleted)") == dir && pid != os.Getpid() {
			pids = append(pids, pid)
		}
	}
	return pids
}

// cpuTime is the CPU time of a process in nanoseconds, and of its children
// that ended (to 10 ms).
func cpuTime(pid int) (int64, error) {
	// The clock of another process, as clock_getcpuclockid(3) makes its id:
	// all threads, ended ones too, to the nanosecond.
	const schedClock = 2
	var t unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|schedClock), &t); err != nil {
		return 0, fmt.Errorf("CPU time of process %d: %w", pid, err)
	}
	ns := t.Nano()
	if f := stat(pid); len(f) > 14 {
		for _, ticks := range f[13:15] {
			n, _ := strconv.ParseInt(ticks, 10, 64)
			ns += n * clockTick.Nanoseconds()
		}
	}
	return ns, nil
}
