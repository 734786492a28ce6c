package instance

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// A cgroup is where this process' CPU limit and counters are. The file names
// and units are those of the kernel's documents, Documentation/admin-guide/
// cgroup-v2.rst and cgroup-v1/cpuacct.rst, scheduler/sched-bwc.rst.
type cgroup struct {
	v2 bool
	// cpu has the process' own directory of the CPU controller first, then its
	// parents up to where the hierarchy is mounted: a limit on any of them counts.
	// Empty where there is none.
	cpu []string
	// acct is where the CPU time is counted; in version 1 it can be elsewhere.
	acct string
}

// findCgroup finds the cgroup of this process below root, which is "/" outside
// of tests. A controller of version 1 goes before version 2, since it can be in
// one of them only and the version 2 hierarchy is there in both cases.
func findCgroup(root string) cgroup {
	mounts := cgroupMounts(root)
	paths := cgroupPaths(root)
	if path, ok := paths["cpu"]; ok {
		cg := cgroup{cpu: directories(root, mounts["cpu"], path)}
		if dirs := directories(root, mounts["cpuacct"], paths["cpuacct"]); len(dirs) > 0 {
			cg.acct = dirs[0]
		}
		if len(cg.cpu) > 0 {
			return cg
		}
	}
	if path, ok := paths[""]; ok {
		if dirs := directories(root, mounts[""], path); len(dirs) > 0 {
			return cgroup{v2: true, cpu: dirs, acct: dirs[0]}
		}
	}
	return cgroup{}
}

// A cgroupMount shows the part of a hierarchy below from at the directory at.
type cgroupMount struct{ from, at string }

// cgroupMounts returns the mounts by controller, version 2 as "".
// Form: proc_pid_mountinfo(5).
func cgroupMounts(root string) map[string]cgroupMount {
	mounts := map[string]cgroupMount{}
	for _, line := range readLines(filepath.Join(root, "proc/self/mountinfo")) {
		before, after, ok := strings.Cut(line, " - ")
		place, kind := strings.Fields(before), strings.Fields(after)
		if !ok || len(place) < 5 || len(kind) < 3 {
			continue
		}
		mount := cgroupMount{from: place[3], at: place[4]}
		switch kind[0] {
		case "cgroup2":
			mounts[""] = mount
		case "cgroup":
			for _, option := range strings.Split(kind[2], ",") {
				mounts[option] = mount
			}
		}
	}
	return mounts
}

// cgroupPaths returns this process' path in each hierarchy, by controller,
// version 2 as "". Form: cgroups(7).
func cgroupPaths(root string) map[string]string {
	paths := map[string]string{}
	for _, line := range readLines(filepath.Join(root, "proc/self/cgroup")) {
		fields := strings.SplitN(line, ":", 3)
		if len(fields) != 3 {
			continue
		}
		for _, controller := range strings.Split(fields[1], ",") {
			paths[controller] = fields[2]
		}
	}
	return paths
}

// directories returns the directory that shows path and those above it, up to
// the mount.
func directories(root string, mount cgroupMount, path string) []string {
	if mount.at == "" {
		return nil
	}
	// A container may see only its own part of the hierarchy, mounted as if it
	// were all, while the path still counts from the host's root.
	below := path
	if mount.from != "/" {
		below = strings.TrimPrefix(path, mount.from)
	}
	top := filepath.Join(root, mount.at)
	dir := filepath.Join(top, below)
	if _, err := os.Stat(dir); err != nil {
		dir = top
	}
	dirs := []string{dir}
	for dir != top {
		dir = filepath.Dir(dir)
		dirs = append(dirs, dir)
	}
	return dirs
}

// cpuLimit returns the tightest limit in cores and the file it is from.
func (cg cgroup) cpuLimit() (cores float64, file string, ok bool) {
	for _, dir := range cg.cpu {
		limit, from, has := cg.limitOf(dir)
		if has && (!ok || limit < cores) {
			cores, file, ok = limit, from, true
		}
	}
	return cores, file, ok
}

// limitOf reads quota over period of one directory.
func (cg cgroup) limitOf(dir string) (cores float64, file string, ok bool) {
	var quota, period string
	if cg.v2 {
		file = filepath.Join(dir, "cpu.max")
		if fields := strings.Fields(readText(file)); len(fields) == 2 {
			quota, period = fields[0], fields[1]
		}
	} else {
		file = filepath.Join(dir, "cpu.cfs_quota_us")
		quota, period = readText(file), readText(filepath.Join(dir, "cpu.cfs_period_us"))
	}
	q, errQ := strconv.ParseFloat(quota, 64)
	p, errP := strconv.ParseFloat(period, 64)
	if errQ != nil || errP != nil || q <= 0 || p <= 0 { // "max" and -1 mean none
		return 0, "", false
	}
	return q / p, file, true
}

// cpuSeconds returns the CPU time that the cgroup has used.
func (cg cgroup) cpuSeconds() (seconds float64, ok bool) {
	if cg.acct == "" {
		return 0, false
	}
	if cg.v2 {
		us, ok := readStat(cg.acct)["usage_usec"]
		return us / 1e6, ok
	}
	ns, err := strconv.ParseFloat(readText(filepath.Join(cg.acct, "cpuacct.usage")), 64)
	return ns / 1e9, err == nil
}

// throttling is how often and for how long a limit stopped a cgroup.
type throttling struct{ periods, throttledPeriods, throttledSeconds float64 }

func (cg cgroup) throttling() (t throttling, ok bool) {
	if len(cg.cpu) == 0 {
		return t, false
	}
	stat := readStat(cg.cpu[0])
	t.periods, ok = stat["nr_periods"]
	t.throttledPeriods = stat["nr_throttled"]
	t.throttledSeconds = stat["throttled_time"] / 1e9 // ns
	if cg.v2 {
		t.throttledSeconds = stat["throttled_usec"] / 1e6
	}
	return t, ok
}

// readStat reads a directory's cpu.stat: a name and a number per line.
func readStat(dir string) map[string]float64 {
	stat := map[string]float64{}
	for _, line := range readLines(filepath.Join(dir, "cpu.stat")) {
		name, number, _ := strings.Cut(line, " ")
		if value, err := strconv.ParseFloat(number, 64); err == nil {
			stat[name] = value
		}
	}
	return stat
}

// readText returns a small file's text without the space around it, nothing
// where it cannot be read.
func readText(file string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}

func readLines(file string) []string {
	return strings.Split(readText(file), "\n")
}
