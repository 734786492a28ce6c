//go:build unix

package stack

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// layout is a machine's cgroups as files: mountinfo as its kernel writes it,
// with TMP for the folder that the hierarchies are mounted in.
type layout struct {
	name, mountinfo, own string
	files                map[string]string // below TMP
	want                 Usage
	v2                   bool
}

var layouts = []layout{
	{
		// Debian without systemd: a hierarchy for each controller.
		name: "v1 apart",
		mountinfo: `27 26 0:23 / TMP/cpu rw,relatime - cgroup cgroup rw,cpu
28 26 0:24 / TMP/cpuacct rw,relatime - cgroup cgroup rw,cpuacct
29 26 0:25 / TMP/unified rw,relatime - cgroup2 none rw
`,
		own: "3:cpuacct:/docker/abc\n2:cpu:/docker/abc\n0::/\n",
		files: map[string]string{
			"cpu/docker/abc/cpu.stat":          "nr_periods 110\nnr_throttled 90\nthrottled_time 3544540220\n",
			"cpuacct/docker/abc/cpuacct.usage": "260872562\n",
		},
		want: Usage{CPUNs: 260872562, Periods: 110, ThrottledPeriods: 90, ThrottledNs: 3544540220},
	},
	{
		// systemd: both controllers together; more in cpu.stat since 5.18.
		name:      "v1 together",
		mountinfo: "30 25 0:26 / TMP/cpu,cpuacct rw,nosuid - cgroup cgroup rw,cpu,cpuacct\n",
		own:       "5:cpu,cpuacct:/system.slice/docker-abc.scope\n",
		files: map[string]string{
			"cpu,cpuacct/system.slice/docker-abc.scope/cpu.stat":      "nr_periods 7\nnr_throttled 2\nthrottled_time 5000000\nnr_bursts 0\nburst_time 0\n",
			"cpu,cpuacct/system.slice/docker-abc.scope/cpuacct.usage": "12345\n",
		},
		want: Usage{CPUNs: 12345, Periods: 7, ThrottledPeriods: 2, ThrottledNs: 5000000},
	},
	{
		// The one hierarchy of version 2; times are in microseconds.
		name:      "v2",
		mountinfo: "31 25 0:27 / TMP rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n",
		own:       "0::/system.slice/docker-abc.scope\n",
		files: map[string]string{
			"system.slice/docker-abc.scope/cpu.stat": "usage_usec 260872\nuser_usec 200000\nsystem_usec 60872\nnr_periods 110\nnr_throttled 90\nthrottled_usec 3544540\nnr_bursts 0\nburst_usec 0\n",
		},
		want: Usage{CPUNs: 260872000, Periods: 110, ThrottledPeriods: 90, ThrottledNs: 3544540000},
		v2:   true,
	},
	{
		// In a container with the host's cgroup paths: the mount shows only
		// what is below the container's own group.
		name:      "v2 mounted from within",
		mountinfo: "31 25 0:27 /docker/abc TMP ro,nosuid - cgroup2 cgroup2 rw\n",
		own:       "0::/docker/abc/worker\n",
		files:     map[string]string{"worker/cpu.stat": "usage_usec 5\n"},
		want:      Usage{CPUNs: 5000},
		v2:        true,
	},
}

func TestCgroupLayouts(t *testing.T) {
	for _, tt := range layouts {
		t.Run(tt.name, func(t *testing.T) {
			tmp := t.TempDir()
			for name, content := range tt.files {
				os.MkdirAll(filepath.Dir(filepath.Join(tmp, name)), 0o755)
				write(t, tmp, name, content)
			}
			h, err := findHierarchy(write(t, t.TempDir(), "mountinfo", strings.ReplaceAll(tt.mountinfo, "TMP", tmp)))
			if err != nil {
				t.Fatal(err)
			}
			g, err := h.group(write(t, t.TempDir(), "cgroup", tt.own))
			if err != nil {
				t.Fatal(err)
			}
			got, err := g.usage()
			if err != nil || got != tt.want || g.v2 != tt.v2 {
				t.Errorf("%+v %v, want %+v", got, err, tt.want)
			}
		})
	}
}

// Version 2's files are written as cgroup-v2.rst of the kernel has them. A
// kernel would make the files of a new group; here a folder stands for it.
func TestCgroupLimitV2(t *testing.T) {
	tmp := t.TempDir()
	h := hierarchy{v2: true, cpu: mount{path: tmp, root: "/"}, cpuacct: mount{path: tmp, root: "/"}}
	own := cgroup{v2: true, cpu: filepath.Join(tmp, "user.slice", "own.scope"), cpuacct: filepath.Join(tmp, "user.slice", "own.scope")}
	os.MkdirAll(own.cpu, 0o755)
	bases := h.bases(own)
	if len(bases) != 2 || bases[0].cpu != filepath.Join(tmp, "user.slice") || bases[1].cpu != tmp {
		t.Fatalf("bases %v, want the group beside this process's own, then the top", bases)
	}
	for _, file := range []string{"user.slice/cgroup.subtree_control", "user.slice/run/cpu.max", "user.slice/run/cgroup.procs"} {
		os.MkdirAll(filepath.Dir(filepath.Join(tmp, file)), 0o755)
		write(t, tmp, file, "")
	}
	g, err := bases[0].child("run")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		cpus float64
		want string
	}{{0.25, "25000 100000"}, {0, "max 100000"}, {1.5, "150000 100000"}} {
		os.WriteFile(filepath.Join(g.cpu, "cpu.max"), nil, 0o644)
		if err := g.limit(tt.cpus); err != nil {
			t.Fatal(err)
		}
		if b, _ := os.ReadFile(filepath.Join(g.cpu, "cpu.max")); string(b) != tt.want {
			t.Errorf("limit %g writes %q, want %q", tt.cpus, b, tt.want)
		}
	}
	if b, _ := os.ReadFile(filepath.Join(tmp, "user.slice", "cgroup.subtree_control")); string(b) != "+cpu" {
		t.Errorf("subtree_control has %q, want +cpu", b)
	}
}

func TestCountersSub(t *testing.T) {
	a := Counters{Instances: []Usage{{CPUNs: 10, Periods: 1}, {CPUNs: 50}}, Balancer: Usage{CPUNs: 1}, ProxyCPUNs: 2}
	b := Counters{Instances: []Usage{{CPUNs: 15, Periods: 3}, {CPUNs: 7}, {CPUNs: 9}}, Balancer: Usage{CPUNs: 4}, ProxyCPUNs: 9}
	d := b.Sub(a)
	// The second restarted in between, the third was not there.
	want := []Usage{{CPUNs: 5, Periods: 2}, {CPUNs: 7}, {CPUNs: 9}}
	for i, u := range want {
		if d.Instances[i] != u {
			t.Errorf("instance %d: %+v, want %+v", i+1, d.Instances[i], u)
		}
	}
	if d.Balancer.CPUNs != 3 || d.ProxyCPUNs != 7 {
		t.Errorf("balancer %d, proxy %d", d.Balancer.CPUNs, d.ProxyCPUNs)
	}
}
