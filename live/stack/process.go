package stack

import (
	"errors"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// process is a child of the local stack: an instance or nginx.
type process struct {
	cmd    *exec.Cmd
	output *tail
	done   chan struct{} // closed when it has ended
	err    error         // how it ended; read after done
	once   sync.Once     // for stop: a group's id may be another's later
}

// run starts a child in folder dir. The folder is also the mark by which Clean
// finds the child should it outlive this process.
func run(dir string, env []string, death syscall.Signal, name string, args ...string) (*process, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Env = env
	p := &process{cmd: cmd, output: &tail{}, done: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = p.output, p.output
	// A grandchild that keeps the pipe open must not keep Wait from returning.
	cmd.WaitDelay = time.Second
	if err := start(cmd, death); err != nil {
		return nil, err
	}
	go func() {
		p.err = cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// ended is whether the child is gone.
func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// lastWords says how a child that has ended did so.
func (p *process) lastWords() string {
	how := "it ended"
	var exit *exec.ExitError
	if errors.As(p.err, &exit) {
		how = exit.Error()
	}
	if said := oneLine(p.output.String(), 3); said != "" {
		return how + ", its last output: " + said
	}
	return how + " without a word"
}

// stop asks the child to end, then kills what is left of its group.
func (p *process) stop(grace time.Duration) { p.once.Do(func() { p.end(grace) }) }

func (p *process) end(grace time.Duration) {
	pid := p.pid()
	if !p.ended() && grace > 0 {
		// A stopped child does not hear SIGTERM.
		_ = signalGroup(pid, syscall.SIGTERM)
		_ = signalGroup(pid, sigcont)
		select {
		case <-p.done:
		case <-time.After(grace):
		}
	}
	_ = signalGroup(pid, syscall.SIGKILL)
	<-p.done
}

// tail keeps the last kilobytes that were written to it.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

const tailBytes = 4096

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, p...)
	if extra := len(t.buf) - tailBytes; extra > 0 {
		t.buf = append(t.buf[:0], t.buf[extra:]...)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.buf)
}
