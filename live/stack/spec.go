package stack

import (
	"fmt"
	"slices"
	"strings"

	"github.com/k9mil/velocitas/scenarios"
)

// The kinds of stack. An empty kind in a Spec chooses.
const (
	KindCompose = "compose"
	KindLocal   = "local"
	KindForeign = "foreign"
)

// DefaultNginxImage is nginx's official image, of one stable branch.
const DefaultNginxImage = "nginx:1.28"

// MaxInstances bounds a stack, which has a single host.
const MaxInstances = 100

// Spec is what a stack should be.
type Spec struct {
	// Kind is compose, local or, to choose, empty.
	Kind string
	// Instances is how many are started, 1 to MaxInstances.
	Instances int
	// CPUs limits each instance, in cores; 0 is no limit.
	CPUs float64
	// Threads is GOMAXPROCS of each instance; 0 leaves it to Go.
	Threads int
	// MemoryBytes limits each instance; 0 is no limit. Go is asked to keep to
	// nine tenths of it (GOMEMLIMIT). Without containers that is all.
	MemoryBytes int64
	// Balancer is that of a resolved scenario.
	Balancer scenarios.Balancer
	// Overrides change single instances; Slow is left to whoever measures, see
	// Stack.Limit.
	Overrides []scenarios.Override
	// Killable instances in containers may be killed by Signal and started again
	// by Restart without a change of address: meanwhile connections are refused.
	// Without it, a container that ends takes its address along. Processes are so
	// anyway.
	Killable bool
	// Binary is the executable that has the command instance.
	Binary string
	// Port that nginx listens on; 0 takes a free one.
	Port int
	// NginxImage is used by compose; empty is DefaultNginxImage.
	NginxImage string
	// NginxFromHost packs the host's nginx into an image instead.
	NginxFromHost bool
	// NoNginx makes the local stack use its own balancer even where there is
	// an nginx.
	NoNginx bool
}

// instanceCommand is the command of Binary that is one instance. It takes
// --listen host:port and --name NAME and, instead of these, --health URL, which
// exits with 0 when the URL answers 200.
const instanceCommand = "instance"

// minMemoryBytes is what an instance needs for its store and its threads.
const minMemoryBytes = 48 << 20

func (s Spec) validate() error {
	switch {
	case !slices.Contains([]string{"", KindCompose, KindLocal}, s.Kind):
		return fmt.Errorf("stack %q: want compose or local", s.Kind)
	case s.Instances < 1 || s.Instances > MaxInstances:
		return fmt.Errorf("%d instances: a stack has 1 to %d", s.Instances, MaxInstances)
	case s.CPUs != 0 && !(s.CPUs >= minCPUs && s.CPUs <= 1024):
		return fmt.Errorf("cpus %g: want 0 for no limit, or %g and more", s.CPUs, minCPUs)
	case s.Threads < 0 || s.Threads > 1024:
		return fmt.Errorf("threads %d: want 0 for Go's choice, or 1 to 1024", s.Threads)
	case s.MemoryBytes != 0 && s.MemoryBytes < minMemoryBytes:
		return fmt.Errorf("memory of %d bytes: want 0 for no limit, or at least %d (48 MiB)", s.MemoryBytes, minMemoryBytes)
	case s.Port < 0 || s.Port > 65535:
		return fmt.Errorf("port %d: want 1 to 65535, or 0 for a free one", s.Port)
	case s.Binary == "":
		return fmt.Errorf("no executable for the instances is given")
	case s.NginxFromHost && s.NginxImage != "":
		return fmt.Errorf("an nginx image and the host's nginx are both asked for: want one of them")
	}
	_, err := policyDirective(s.Balancer.Policy)
	return err
}

// instance is instance i, counted from 0.
func (s Spec) instance(i int) scenarios.EffectiveInstance {
	return scenarios.Overridden(s.CPUs, s.Balancer, s.Overrides, i+1)
}

// environment is what an instance's Go runtime is told.
func (s Spec) environment() []string {
	var env []string
	if s.Threads > 0 {
		env = append(env, fmt.Sprintf("GOMAXPROCS=%d", s.Threads))
	}
	if s.MemoryBytes > 0 {
		env = append(env, fmt.Sprintf("GOMEMLIMIT=%d", s.MemoryBytes/10*9))
	}
	return env
}

// peers are the instances at addresses, as nginx is to see them.
func (s Spec) peers(addresses []string) []Peer {
	peers := make([]Peer, len(addresses))
	for i, address := range addresses {
		it := s.instance(i)
		peers[i] = Peer{
			Address:     address,
			Weight:      it.Weight,
			MaxFails:    it.MaxFails,
			FailTimeout: it.FailTimeout.Std(),
			MaxConns:    it.MaxConns,
			Backup:      it.Backup,
			Down:        it.Down,
		}
	}
	return peers
}

// fingerprint is the part of a stack's fingerprint that is as asked for.
func (s Spec) fingerprint() map[string]string {
	limit := func(v float64, format string) string {
		if v == 0 {
			return "none"
		}
		return fmt.Sprintf(format, v)
	}
	f := map[string]string{
		"instances":       fmt.Sprint(s.Instances),
		"cpus":            limit(s.CPUs, "%g"),
		"memory_bytes":    limit(float64(s.MemoryBytes), "%.0f"),
		"gomaxprocs":      limit(float64(s.Threads), "%.0f"),
		"policy":          s.Balancer.Policy,
		"nginx_workers":   fmt.Sprint(max(1, s.Balancer.Workers)),
		"nginx_zone":      fmt.Sprint(s.Balancer.Zone),
		"nginx_keepalive": fmt.Sprint(s.Balancer.Keepalive),
	}
	if f["policy"] == "" {
		f["policy"] = "round_robin"
	}
	if s.Threads == 0 {
		f["gomaxprocs"] = "go's choice"
	}
	for k, v := range binaryFingerprint(s.Binary) {
		f[k] = v
	}
	return f
}

// oneLine is the last words of a program's output, for an error of one line.
func oneLine(output string, lines int) string {
	var kept []string
	for _, line := range strings.Split(output, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			kept = append(kept, line)
		}
	}
	if len(kept) > lines {
		kept = kept[len(kept)-lines:]
	}
	return strings.Join(kept, " | ")
}
