package stack

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Linux limits the CPU of a group of processes to a quota in each period
// (cpu.cfs_quota_us in version 1 of cgroups, cpu.max in version 2).
const (
	periodUs = 100_000
	// minCPUs is the kernel's least quota, a millisecond, in this period.
	minCPUs = 0.01
)

// cgroup is one group's folders. In version 2 there is only cpu.
type cgroup struct {
	v2      bool
	cpu     string // limit and throttling
	cpuacct string // CPU time
}

// hierarchy is where this machine's groups are.
type hierarchy struct {
	v2           bool
	cpu, cpuacct mount
}

// mount is a mounted hierarchy: path shows the groups below root.
type mount struct{ path, root string }

// findHierarchy reads the mounts of the hierarchy that limits CPU.
func findHierarchy(mountinfo string) (hierarchy, error) {
	b, err := os.ReadFile(mountinfo)
	if err != nil {
		return hierarchy{}, fmt.Errorf("no cgroups: %w", err)
	}
	var h, unified hierarchy
	for _, line := range strings.Split(string(b), "\n") {
		// proc_pid_mountinfo(5): id parent dev root point options - type source super-options
		before, after, _ := strings.Cut(line, " - ")
		f, g := strings.Fields(before), strings.Fields(after)
		if len(f) < 5 || len(g) < 3 {
			continue
		}
		m := mount{path: f[4], root: f[3]}
		switch g[0] {
		case "cgroup2":
			unified = hierarchy{v2: true, cpu: m, cpuacct: m}
		case "cgroup":
			for _, controller := range strings.Split(g[2], ",") {
				switch controller {
				case "cpu":
					h.cpu = m
				case "cpuacct":
					h.cpuacct = m
				}
			}
		}
	}
	if h.cpu.path != "" && h.cpuacct.path != "" {
		return h, nil
	}
	if unified.v2 {
		return unified, nil
	}
	return hierarchy{}, errors.New("no cgroup hierarchy for the CPU is mounted")
}

// group is the group that a process's cgroup file (/proc/PID/cgroup) names.
func (h hierarchy) group(file string) (cgroup, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return cgroup{}, fmt.Errorf("cgroup: %w", err)
	}
	g := cgroup{v2: h.v2}
	for _, line := range strings.Split(string(b), "\n") {
		f := strings.SplitN(line, ":", 3) // id:controllers:path
		if len(f) < 3 {
			continue
		}
		if h.v2 && f[0] == "0" {
			g.cpu, g.cpuacct = h.cpu.folder(f[2]), h.cpuacct.folder(f[2])
		}
		for _, controller := range strings.Split(f[1], ",") {
			switch {
			case h.v2:
			case controller == "cpu":
				g.cpu = h.cpu.folder(f[2])
			case controller == "cpuacct":
				g.cpuacct = h.cpuacct.folder(f[2])
			}
		}
	}
	if g.cpu == "" || g.cpuacct == "" {
		return cgroup{}, fmt.Errorf("%s names no group of the CPU hierarchy", file)
	}
	return g, nil
}

// folder is the folder of the group at path.
func (m mount) folder(path string) string {
	return filepath.Join(m.path, strings.TrimPrefix(path, strings.TrimSuffix(m.root, "/")))
}

// cgroupOf is the group of a running process.
func cgroupOf(pid int) (cgroup, error) {
	h, err := findHierarchy("/proc/self/mountinfo")
	if err != nil {
		return cgroup{}, err
	}
	return h.group(fmt.Sprintf("/proc/%d/cgroup", pid))
}

// usage reads the group's counters.
func (g cgroup) usage() (Usage, error) {
	stat, err := os.ReadFile(filepath.Join(g.cpu, "cpu.stat"))
	if err != nil {
		return Usage{}, fmt.Errorf("CPU counters: %w", err)
	}
	var u Usage
	for _, line := range strings.Split(string(stat), "\n") {
		key, value, _ := strings.Cut(line, " ")
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			continue
		}
		switch key {
		case "usage_usec":
			u.CPUNs = n * 1000
		case "nr_periods":
			u.Periods = n
		case "nr_throttled":
			u.ThrottledPeriods = n
		case "throttled_time":
			u.ThrottledNs = n
		case "throttled_usec":
			u.ThrottledNs = n * 1000
		}
	}
	if !g.v2 {
		b, err := os.ReadFile(filepath.Join(g.cpuacct, "cpuacct.usage"))
		if err != nil {
			return Usage{}, fmt.Errorf("CPU counters: %w", err)
		}
		if u.CPUNs, err = strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64); err != nil {
			return Usage{}, fmt.Errorf("CPU counters: %w", err)
		}
	}
	return u, nil
}

// newCgroup makes a group for a run, where version and rights allow it. Its children hold the run's processes.
func newCgroup(run string) (cgroup, error) {
	h, err := findHierarchy("/proc/self/mountinfo")
	if err != nil {
		return cgroup{}, err
	}
	own, err := h.group("/proc/self/cgroup")
	if err != nil {
		return cgroup{}, err
	}
	for _, base := range h.bases(own) {
		var g cgroup
		if g, err = base.child(run); err == nil {
			return g, nil
		}
	}
	return cgroup{}, err
}

// bases are the groups that a run's group may go into, the first choice first.
func (h hierarchy) bases(own cgroup) []cgroup {
	if !h.v2 {
		return []cgroup{own}
	}
	// In version 2 a group with processes cannot share out the CPU among
	// groups below it, so the run's group goes beside this process's own.
	bases := []cgroup{{v2: true, cpu: h.cpu.path, cpuacct: h.cpu.path}}
	if beside := filepath.Dir(own.cpu); beside != h.cpu.path && strings.HasPrefix(beside, h.cpu.path) {
		bases = append([]cgroup{{v2: true, cpu: beside, cpuacct: beside}}, bases...)
	}
	return bases
}

// below is the group name in g, there or not.
func (g cgroup) below(name string) cgroup {
	return cgroup{v2: g.v2, cpu: filepath.Join(g.cpu, name), cpuacct: filepath.Join(g.cpuacct, name)}
}

// child makes a group below g.
func (g cgroup) child(name string) (cgroup, error) {
	c := g.below(name)
	if g.v2 {
		if err := os.WriteFile(filepath.Join(g.cpu, "cgroup.subtree_control"), []byte("+cpu"), 0); err != nil {
			return cgroup{}, fmt.Errorf("cgroup: %w", err)
		}
	}
	for _, dir := range []string{c.cpu, c.cpuacct} {
		if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
			_ = c.remove()
			return cgroup{}, fmt.Errorf("cgroup: %w", err)
		}
	}
	return c, nil
}

// limit gives the group at most so many cores; 0 is no limit.
func (g cgroup) limit(cpus float64) error {
	quota := strconv.FormatFloat(cpus*periodUs, 'f', 0, 64)
	if g.v2 {
		if cpus == 0 {
			quota = "max"
		}
		return g.write(g.cpu, "cpu.max", fmt.Sprintf("%s %d", quota, periodUs))
	}
	if cpus == 0 {
		quota = "-1"
	}
	if err := g.write(g.cpu, "cpu.cfs_period_us", strconv.Itoa(periodUs)); err != nil {
		return err
	}
	return g.write(g.cpu, "cpu.cfs_quota_us", quota)
}

// add moves a process with all its threads into the group.
func (g cgroup) add(pid int) error {
	if err := g.write(g.cpu, "cgroup.procs", strconv.Itoa(pid)); err != nil {
		return err
	}
	return g.write(g.cpuacct, "cgroup.procs", strconv.Itoa(pid))
}

// adopt moves a process and those that it started into the group. Those that
// it starts once it is in the group are born there, so they come second.
func (g cgroup) adopt(pid int) error {
	if err := g.add(pid); err != nil && startOf(pid) != "" {
		return err
	}
	for _, child := range children(pid) {
		if err := g.add(child); err != nil && startOf(child) != "" {
			return err
		}
	}
	return nil
}

func (g cgroup) write(dir, file, value string) error {
	if err := os.WriteFile(filepath.Join(dir, file), []byte(value), 0); err != nil {
		return fmt.Errorf("cgroup: %w", err)
	}
	return nil
}

// remove removes the group and those below it. The kernel keeps a group for a
// moment after its last process ended, hence the patience.
func (g cgroup) remove() error {
	var errs error
	for _, dir := range []string{g.cpu, g.cpuacct} {
		for _, name := range groupsIn(dir) {
			errs = errors.Join(errs, removeGroup(filepath.Join(dir, name)))
		}
		errs = errors.Join(errs, removeGroup(dir))
	}
	return errs
}

// groupsIn are the names of the groups directly below dir.
func groupsIn(dir string) []string {
	entries, _ := os.ReadDir(dir)
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names
}

func removeGroup(dir string) error {
	var err error
	for range 40 {
		if err = os.Remove(dir); err == nil || errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		time.Sleep(25 * time.Millisecond)
	}
	return fmt.Errorf("cgroup: %w", err)
}

// version names the kind of cgroup.
func (g cgroup) version() string {
	if g.v2 {
		return "v2"
	}
	return "v1"
}
