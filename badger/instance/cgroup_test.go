package instance

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// trees are the files of cgroups as processes see them in the places that
// matter, cut to what is read. Form: a file's name after "> ", then its text.
var trees = map[string]string{
	// Docker under version 1: the container sees its own part of each hierarchy,
	// the paths count from the host's root.
	"v1-docker": `
> proc/self/cgroup
11:cpuset:/docker/5f0c
4:cpu,cpuacct:/docker/5f0c
1:name=systemd:/docker/5f0c
0::/docker/5f0c
> proc/self/mountinfo
1057 1056 0:29 /docker/5f0c /sys/fs/cgroup/cpu,cpuacct ro,nosuid,nodev,noexec,relatime master:11 - cgroup cgroup rw,cpu,cpuacct
1058 1056 0:41 /docker/5f0c /sys/fs/cgroup/unified ro,nosuid,nodev,noexec,relatime - cgroup2 cgroup2 rw
> sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us
25000
> sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us
100000
> sys/fs/cgroup/cpu,cpuacct/cpu.stat
nr_periods 1200
nr_throttled 300
throttled_time 4500000000
> sys/fs/cgroup/cpu,cpuacct/cpuacct.usage
7250000000
`,
	// A process on a host with version 1, CPU time counted in another hierarchy,
	// the limit set on the parent.
	"v1-host": `
> proc/self/cgroup
3:cpuacct:/velocitas/1
2:cpu:/velocitas/1
> proc/self/mountinfo
32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
33 31 0:30 / /sys/fs/cgroup/cpuacct rw,relatime - cgroup cgroup rw,cpuacct
> sys/fs/cgroup/cpu/velocitas/1/cpu.cfs_quota_us
-1
> sys/fs/cgroup/cpu/velocitas/1/cpu.cfs_period_us
100000
> sys/fs/cgroup/cpu/velocitas/1/cpu.stat
nr_periods 0
nr_throttled 0
throttled_time 0
> sys/fs/cgroup/cpu/velocitas/cpu.cfs_quota_us
150000
> sys/fs/cgroup/cpu/velocitas/cpu.cfs_period_us
100000
> sys/fs/cgroup/cpuacct/velocitas/1/cpuacct.usage
1500000000
`,
	// Docker under version 2: a cgroup namespace makes the container's own group
	// look like the root.
	"v2-docker": `
> proc/self/cgroup
0::/
> proc/self/mountinfo
1057 1056 0:28 / /sys/fs/cgroup ro,nosuid,nodev,noexec,relatime - cgroup2 cgroup rw,nsdelegate
> sys/fs/cgroup/cpu.max
25000 100000
> sys/fs/cgroup/cpu.stat
usage_usec 7250000
user_usec 6000000
system_usec 1250000
nr_periods 1200
nr_throttled 300
throttled_usec 4500000
`,
	// A process on a host with version 2: no limit of its own, two above it.
	"v2-host": `
> proc/self/cgroup
0::/user.slice/velocitas/1
> proc/self/mountinfo
26 23 0:22 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:4 - cgroup2 cgroup2 rw
> sys/fs/cgroup/user.slice/velocitas/1/cpu.max
max 100000
> sys/fs/cgroup/user.slice/velocitas/1/cpu.stat
usage_usec 1500000
nr_periods 0
nr_throttled 0
throttled_usec 0
> sys/fs/cgroup/user.slice/velocitas/cpu.max
150000 100000
> sys/fs/cgroup/user.slice/cpu.max
1000000 100000
`,
	// The root of version 2 has neither limit nor throttling.
	"v2-root": `
> proc/self/cgroup
0::/
> proc/self/mountinfo
26 23 0:22 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw
> sys/fs/cgroup/cpu.stat
usage_usec 900000000
user_usec 600000000
system_usec 300000000
`,
	"none": ``,
	"nonsense": `
> proc/self/cgroup
what is this
0:
> proc/self/mountinfo
- - -
 - cgroup2
26 23 0:22 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw
`,
}

// unpack writes a tree to a directory that stands for the root.
func unpack(t *testing.T, name string) string {
	t.Helper()
	root := t.TempDir()
	for _, file := range strings.Split(trees[name], "\n> ")[1:] {
		path, text, _ := strings.Cut(file, "\n")
		path = filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestCgroup(t *testing.T) {
	none := -1.0
	for _, c := range []struct {
		tree             string
		limit            float64
		from             string
		cpuSeconds       float64
		throttledSeconds float64
	}{
		{"v1-docker", 0.25, "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", 7.25, 4.5},
		{"v1-host", 1.5, "sys/fs/cgroup/cpu/velocitas/cpu.cfs_quota_us", 1.5, 0},
		{"v2-docker", 0.25, "sys/fs/cgroup/cpu.max", 7.25, 4.5},
		{"v2-host", 1.5, "sys/fs/cgroup/user.slice/velocitas/cpu.max", 1.5, 0},
		{"v2-root", none, "", 900, none},
		{"none", none, "", none, none},
		{"nonsense", none, "", none, none},
	} {
		root := unpack(t, c.tree)
		cg := findCgroup(root)
		limit, from, ok := cg.cpuLimit()
		if ok {
			from, _ = filepath.Rel(root, from)
		}
		if got := orNone(limit, ok); got != c.limit || from != c.from {
			t.Errorf("%s: limit %g from %q, want %g from %q", c.tree, got, from, c.limit, c.from)
		}
		if got := orNone(cg.cpuSeconds()); got != c.cpuSeconds {
			t.Errorf("%s: CPU time %g s, want %g", c.tree, got, c.cpuSeconds)
		}
		throttled, ok := cg.throttling()
		if got := orNone(throttled.throttledSeconds, ok); got != c.throttledSeconds {
			t.Errorf("%s: throttled %g s, want %g", c.tree, got, c.throttledSeconds)
		}
		if c.throttledSeconds > 0 && (throttled.periods != 1200 || throttled.throttledPeriods != 300) {
			t.Errorf("%s: got %+v", c.tree, throttled)
		}
	}
}

func orNone(value float64, ok bool) float64 {
	if !ok {
		return -1
	}
	return value
}
