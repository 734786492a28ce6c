//go:build !linux

package stack

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
)

// Only Linux tells a child that its parent died, and shows other processes
// under /proc. Elsewhere a stack starts and stops; what kill -9 leaves and
// what the parts used is not found.

const sigcont = syscall.SIGTERM

func start(cmd *exec.Cmd, _ syscall.Signal) error { return cmd.Start() }

func signalGroup(pid int, signal syscall.Signal) error {
	p, err := os.FindProcess(pid)
	if err != nil {
		return err
	}
	return p.Signal(signal)
}

func startOf(int) string       { return "0" }
func stopped(int) bool         { return false }
func children(int) []int       { return nil }
func title(int) string         { return "" }
func processes() []int         { return nil }
func processesIn(string) []int { return nil }
func cpuTime(int) (int64, error) {
	return 0, errors.New("CPU time of other processes is read on Linux only")
}
