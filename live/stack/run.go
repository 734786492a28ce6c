package stack

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"sync/atomic"
)

// Every run has a name, velocitas-p<pid>-s<start>-<number>: the process that
// owns it, when that process started, and a number within it. Containers,
// networks, images, cgroups and folders of the run carry the name, so what a
// dead owner left can be found and told from what a living one uses.
var runPattern = regexp.MustCompile(`^velocitas-p([0-9]+)-s([0-9a-z]+)-[0-9]+`)

var runCount atomic.Int64

// newRun is a name for the next run of this process.
func newRun() string {
	return fmt.Sprintf("velocitas-p%d-s%s-%d", os.Getpid(), startOf(os.Getpid()), runCount.Add(1))
}

// runOf is the name of the run at the start of s.
func runOf(s string) (run string, ok bool) {
	run = runPattern.FindString(s)
	return run, run != ""
}

// orphaned is whether the process that owns a run is gone.
func orphaned(run string) bool {
	m := runPattern.FindStringSubmatch(run)
	if m == nil {
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
