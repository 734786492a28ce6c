// Package keep lets a container outlive the instance in it.
package keep

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
)

// What a keeper is told. SIGKILL and SIGSTOP cannot be told to anyone, so there
// are others for them.
const (
	Kill  = syscall.SIGUSR1 // kill the instance
	Start = syscall.SIGUSR2 // start it again
	Stop  = syscall.SIGTSTP // let it stand still, until SIGCONT
)

// Run runs a command, an instance, as its child and does to it what it is told by
// signals. In a container the keeper's life is the container's: an instance
// that was killed leaves its address, at which connections are refused, its CPU
// limit and its counters behind, and finds them again. It returns when it is told
// to end, or when the instance ended by itself, which is an error.
func Run(name string, args ...string) error {
	told := make(chan os.Signal, 16)
	signal.Notify(told, Kill, Start, Stop, syscall.SIGCONT, syscall.SIGTERM, syscall.SIGINT)
	defer signal.Stop(told)
	k := &keeper{name: name, args: args}
	if err := k.start(); err != nil {
		return err
	}
	for {
		select {
		case err := <-k.ended:
			return fmt.Errorf("the instance ended: %w", errors.Join(err, errors.New("nobody told it to")))
		case s := <-told:
			if done, err := k.do(s); done || err != nil {
				return err
			}
		}
	}
}

// keeper has a child, or none: then ended is nil.
type keeper struct {
	name  string
	args  []string
	child *exec.Cmd
	ended chan error
}

func (k *keeper) start() error {
	child := exec.Command(k.name, k.args...)
	child.Stdout, child.Stderr = os.Stdout, os.Stderr
	if err := child.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- child.Wait() }()
	k.child, k.ended = child, ended
	return nil
}

// do is what a signal asks for; done when it is to end.
func (k *keeper) do(s os.Signal) (done bool, err error) {
	switch {
	case k.ended == nil && s == Start:
		return false, k.start()
	case k.ended == nil:
		return s == syscall.SIGTERM || s == syscall.SIGINT, nil
	}
	switch s {
	case Start: // it runs
	case Kill:
		err = k.child.Process.Kill()
		<-k.ended
		k.ended = nil
	case Stop:
		err = k.child.Process.Signal(syscall.SIGSTOP)
	case syscall.SIGCONT:
		err = k.child.Process.Signal(syscall.SIGCONT)
	default:
		_ = k.child.Process.Signal(syscall.SIGTERM)
		_ = k.child.Process.Signal(syscall.SIGCONT)
		return true, <-k.ended
	}
	return false, err
}
