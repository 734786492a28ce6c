package stack

import (
	"context"
	"fmt"
	"syscall"
	"time"
)

// Stack is nginx in front of N instances, running.
//
// Up comes first and Down last; Down may be called at any time, more than
// once, and after a failed Up. Counters may be called at any time between
// them, from any goroutine; the other methods are for one goroutine.
type Stack interface {
	// Kind is compose, local or foreign.
	Kind() string
	// Up starts everything and returns when all instances are ready and
	// nginx answers, with all instances in use.
	Up(ctx context.Context) error
	// URL is where nginx listens, on loopback, without a slash at the end.
	URL() string
	// Use gives nginx the first n instances, 1 to len(Instances()), and
	// returns when no new request can reach another one. Requests in flight
	// still end where they are.
	Use(ctx context.Context, n int) error
	// Instances are all instances, in the order in which Use takes them.
	Instances() []Member
	// Counters reads what has been used since each part's start.
	Counters(ctx context.Context) (Counters, error)
	// Fingerprint names versions and limits, for the curve file.
	Fingerprint() map[string]string
	// Notes says in whole sentences where this stack is less than asked for.
	Notes() []string
	// Signal sends a signal to instance i, counted from 0.
	Signal(ctx context.Context, i int, signal syscall.Signal) error
	// Restart stops instance i if it runs, starts it again and returns when
	// it is ready and nginx knows where it is. Signal, Restart and Limit may be
	// called while another goroutine asks for Instances.
	Restart(ctx context.Context, i int) error
	// Limit lets instance i use so many cores from now on, more or less than it
	// was started with.
	Limit(ctx context.Context, i int, cpus float64) error
	// Down removes all that Up made. It works on when ctx ends, for a bounded
	// time, so that an interrupted run leaves nothing behind.
	Down(ctx context.Context) error
}

// Member is one instance of a stack.
type Member struct {
	// Name is what the instance answers in the header X-Instance.
	Name string
	// Address is host:port, as nginx connects to it.
	Address string
	// PID is the instance's process on the host, 0 when it does not run.
	PID int
	// Stopped is whether it stands still since somebody sent SIGSTOP.
	Stopped bool
	// Container is the container's id, empty for a process without one.
	Container string
	// CPUs is the limit in cores that is in force; 0 is none.
	CPUs float64
}

// Usage is what one part has used since it started. A restarted container
// starts from zero again.
type Usage struct {
	CPUNs int64
	// Periods are those in which the part ran under its limit, Throttled those
	// of them in which it used its quota up; ThrottledNs is how long it stood
	// still for that, summed over its cores.
	Periods, ThrottledPeriods, ThrottledNs int64
}

// Counters is what all parts have used.
type Counters struct {
	At time.Time
	// Instances are in the order of Stack.Instances.
	Instances []Usage
	// Balancer is nginx, all of its processes. It is zero when the balancer is
	// a part of this process (Notes says so).
	Balancer Usage
	// ProxyCPUNs is the CPU time of Docker's userland proxy in front of nginx,
	// 0 where there is none.
	ProxyCPUNs int64
}

// Sub is what was used between earlier and c.
func (c Counters) Sub(earlier Counters) Counters {
	d := Counters{
		At:         c.At,
		Balancer:   c.Balancer.sub(earlier.Balancer),
		ProxyCPUNs: c.ProxyCPUNs - earlier.ProxyCPUNs,
	}
	for i, u := range c.Instances {
		if i < len(earlier.Instances) {
			u = u.sub(earlier.Instances[i])
		}
		d.Instances = append(d.Instances, u)
	}
	return d
}

// Add is u and v together.
func (u Usage) Add(v Usage) Usage {
	return Usage{
		CPUNs:            u.CPUNs + v.CPUNs,
		Periods:          u.Periods + v.Periods,
		ThrottledPeriods: u.ThrottledPeriods + v.ThrottledPeriods,
		ThrottledNs:      u.ThrottledNs + v.ThrottledNs,
	}
}

// sub is u less earlier; a part that restarted between them counts from zero.
func (u Usage) sub(earlier Usage) Usage {
	if u.CPUNs < earlier.CPUNs {
		return u
	}
	return Usage{
		CPUNs:            u.CPUNs - earlier.CPUNs,
		Periods:          u.Periods - earlier.Periods,
		ThrottledPeriods: u.ThrottledPeriods - earlier.ThrottledPeriods,
		ThrottledNs:      u.ThrottledNs - earlier.ThrottledNs,
	}
}

// New is the stack that spec asks for, not yet up. Without a kind it is
// compose where a Docker engine and a compose command answer, else local.
func New(ctx context.Context, spec Spec) (Stack, error) {
	if err := spec.validate(); err != nil {
		return nil, err
	}
	switch spec.Kind {
	case KindLocal:
		return newLocal(spec), nil
	case KindCompose:
		engine, err := findEngine(ctx)
		if err != nil {
			return nil, err
		}
		return newCompose(spec, engine), nil
	}
	engine, err := findEngine(ctx)
	if err != nil {
		s := newLocal(spec)
		s.note("Instances are processes, not containers: %v.", err)
		return s, nil
	}
	return newCompose(spec, engine), nil
}

// checkUse refuses a number of instances that there is not.
func checkUse(n, all int) error {
	if n < 1 || n > all {
		return fmt.Errorf("use %d instances: there are %d", n, all)
	}
	return nil
}

// checkMember refuses the number of an instance that there is not.
func checkMember(i, all int) error {
	if i < 0 || i >= all {
		return fmt.Errorf("instance number %d, counted from 0: there are %d", i, all)
	}
	return nil
}
