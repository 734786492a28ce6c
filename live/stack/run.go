package stack

import (
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// Every run has a name, velocitas-p<pid>-s<start>-h<host>-<number>: the process
// that owns it, when that process started, where process ids have that meaning,
// since hosts can share a Docker engine, and a number within it. Containers,
// networks, images, cgroups and folders of the run carry the name, so what a
// dead owner left can be found and told from what a living one uses.
var runPattern = regexp.MustCompile(`^velocitas-p([0-9]+)-s([0-9a-z]+)-h([0-9a-f]+)-[0-9]+`)

var runCount atomic.Int64

// newRun is a name for the next run of this process.
func newRun() string {
	return fmt.Sprintf("velocitas-p%d-s%s-h%s-%d", os.Getpid(), startOf(os.Getpid()), thisHost(), runCount.Add(1))
}

// thisHost tells hosts, and containers with process ids of their own, apart. It
// stays over a restart of the host.
var thisHost = sync.OnceValue(func() string {
	id, _ := os.ReadFile("/etc/machine-id")
	name, _ := os.Hostname()
	pids, _ := os.Readlink("/proc/self/ns/pid")
	hash := fnv.New32a()
	fmt.Fprintf(hash, "%s|%s|%s", id, name, pids)
	return fmt.Sprintf("%08x", hash.Sum32())
})

// runOf is the name of the run that a thing belongs to by its name: the run's,
// or the run's and more after a dash or an underscore.
func runOf(s string) (run string, ok bool) {
	run = runPattern.FindString(s)
	if run == "" || len(s) > len(run) && !strings.ContainsRune("-_", rune(s[len(run)])) {
		return "", false
	}
	return run, true
}

// orphaned is whether the process that owns a run is gone. Only runs of this
// host can be told to be.
func orphaned(run string) bool {
	m := runPattern.FindStringSubmatch(run)
	if m == nil || m[3] != thisHost() {
		return false
	}
	pid, err := strconv.Atoi(m[1])
	return err == nil && startOf(pid) != m[2]
}

// makeDir makes a run's private folder. Its name is the run's.
func makeDir(run string) (string, error) {
	dir := filepath.Join(os.TempDir(), run)
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", fmt.Errorf("temporary folder: %w", err)
	}
	return dir, nil
}
