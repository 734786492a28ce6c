package stack

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// Clean removes what runs left whose process is gone: processes, cgroups,
// temporary folders and, where an engine answers, containers, networks,
// volumes and images. Runs of living processes are left alone. It returns a
// line for each run that was removed.
//
// It sees the runs of its own TMPDIR and of this host only: whether the owner of
// another host's run lives, of which there can be some where hosts share an
// engine, cannot be told.
func Clean(ctx context.Context) (removed []string, err error) {
	runs, listErr := orphans(ctx)
	var errs []error
	for _, run := range runs {
		if err := cleanRun(ctx, run); err != nil {
			errs = append(errs, err)
			continue
		}
		removed = append(removed, "removed what "+run+" had left")
	}
	return removed, errors.Join(append(errs, listErr)...)
}

// orphans are the runs without an owner, by what carries their names.
func orphans(ctx context.Context) ([]string, error) {
	found := map[string]bool{}
	add := func(names []string) {
		for _, name := range names {
			// What carries more than a run's name and is none of its images is
			// not removed, so it is none of ours.
			run, ok := runOf(name)
			if ok && orphaned(run) && (name == run || slices.Contains(imageNames(run), name)) {
				found[run] = true
			}
		}
	}
	dirs, _ := filepath.Glob(filepath.Join(os.TempDir(), "velocitas-p*"))
	for _, dir := range dirs {
		add([]string{filepath.Base(dir)})
	}
	for _, base := range groupBases() {
		add(groupsIn(base.cpu))
		add(groupsIn(base.cpuacct))
	}
	var err error
	if e, findErr := findDocker(ctx); findErr == nil {
		var names []string
		names, err = e.projects(ctx)
		add(names)
	}
	return slices.Sorted(maps.Keys(found)), err
}

// imageNames are the images that a run makes.
func imageNames(run string) []string { return []string{run + "-instance", run + "-nginx"} }

// projects are the names of all compose projects and images of runs.
func (e *engine) projects(ctx context.Context) ([]string, error) {
	const label = `{{.Label "com.docker.compose.project"}}`
	var all []string
	for _, args := range [][]string{
		{"ps", "-a", "--format", label, "--filter", "label=com.docker.compose.project"},
		{"network", "ls", "--format", label, "--filter", "label=com.docker.compose.project"},
		{"volume", "ls", "--format", label, "--filter", "label=com.docker.compose.project"},
		{"images", "--format", "{{.Repository}}", "--filter", "reference=velocitas-p*"},
	} {
		names, err := e.list(ctx, args...)
		if err != nil {
			return all, err
		}
		all = append(all, names...)
	}
	return all, nil
}

// cleanRun removes all of one run whose owner is gone.
func cleanRun(ctx context.Context, run string) error {
	dir := filepath.Join(os.TempDir(), run)
	for _, pid := range processesIn(dir) {
		_ = killProcess(pid)
	}
	var errs []error
	for _, base := range groupBases() {
		g := base.below(run)
		for _, pid := range g.processes() {
			_ = killProcess(pid)
		}
		errs = append(errs, g.remove())
	}
	if e, err := findDocker(ctx); err == nil {
		errs = append(errs, e.remove(ctx, run))
	}
	return errors.Join(append(errs, os.RemoveAll(dir))...)
}

func killProcess(pid int) error {
	p, err := os.FindProcess(pid)
	if err != nil {
		return fmt.Errorf("process %d: %w", pid, err)
	}
	return p.Signal(syscall.SIGKILL)
}

// groupBases are the groups that newCgroup would put a run's group into.
func groupBases() []cgroup {
	h, err := findHierarchy("/proc/self/mountinfo")
	if err != nil {
		return nil
	}
	own, err := h.group("/proc/self/cgroup")
	if err != nil {
		return nil
	}
	return h.bases(own)
}

// processes are those in the group and in the groups below it.
func (g cgroup) processes() []int {
	var pids []int
	for _, dir := range []string{g.cpu, g.cpuacct} {
		for _, name := range append(groupsIn(dir), "") {
			b, _ := os.ReadFile(filepath.Join(dir, name, "cgroup.procs"))
			for _, f := range strings.Fields(string(b)) {
				var pid int
				if _, err := fmt.Sscan(f, &pid); err == nil && pid > 0 {
					pids = append(pids, pid)
				}
			}
		}
	}
	return pids
}
