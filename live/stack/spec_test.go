//go:build unix

package stack

import (
	"os"
	"testing"
)

func TestSpecWrong(t *testing.T) {
	for _, tt := range []struct {
		change func(*Spec)
		want   string
	}{
		{func(s *Spec) { s.Kind = "swarm" }, `stack "swarm": want compose or local`},
		{func(s *Spec) { s.Instances = 0 }, "0 instances: a stack has 1 to 100"},
		{func(s *Spec) { s.Instances = 101 }, "101 instances: a stack has 1 to 100"},
		{func(s *Spec) { s.CPUs = -1 }, "cpus -1: want 0 for no limit, or 0.01 and more"},
		{func(s *Spec) { s.CPUs = 0.001 }, "cpus 0.001: want"},
		{func(s *Spec) { s.Threads = -1 }, "threads -1: want"},
		{func(s *Spec) { s.MemoryBytes = 1000 }, "memory of 1000 bytes: want"},
		{func(s *Spec) { s.Port = 70000 }, "port 70000: want"},
		{func(s *Spec) { s.Binary = "" }, "no executable"},
		{func(s *Spec) { s.NginxImage, s.NginxFromHost = "nginx", true }, "want one of them"},
		{func(s *Spec) { s.Balancer.Policy = "fastest" }, `policy "fastest": want`},
	} {
		spec := testSpec(t, KindLocal, 2)
		tt.change(&spec)
		_, err := New(t.Context(), spec)
		checkError(t, err, tt.want)
	}
}

// A run's name tells whether its owner lives.
func TestRunNames(t *testing.T) {
	mine := newRun()
	if got, ok := runOf(mine + "_default"); !ok || got != mine {
		t.Errorf("%q is not found in its network's name: %q", mine, got)
	}
	if orphaned(mine) {
		t.Errorf("%s is an orphan while this process runs", mine)
	}
	for _, tt := range []struct {
		name string
		run  bool
	}{
		{"velocitas-p1-s0-h" + thisHost() + "-1", true}, // the first process started at no such time
		{"velocitas-p4194304999-sabc-h" + thisHost() + "-1", true},
		{"velocitas-p1-s0-h" + thisHost() + "-1-instance", true},
		{"velocitas-p1-s0-h" + thisHost() + "-1st", false}, // somebody's, that begins alike
		{"velocitas", false},
		{"velocitas-web-1", false},
		{"my-velocitas-p1-s0-1", false},
	} {
		run, ok := runOf(tt.name)
		if ok != tt.run || ok && !orphaned(run) {
			t.Errorf("%s: run %v, orphaned %v", tt.name, ok, orphaned(run))
		}
	}
	if run := "velocitas-p1-s0-h0-1"; orphaned(run) {
		t.Errorf("%s of another host is called an orphan", run)
	}
	if startOf(os.Getpid()) == "" {
		t.Error("this process has no start")
	}
}
