//go:build unix

package stack

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// An engine that no longer answers bounds the removal: it ends, and says what may
// be left and how that is removed later.
func TestRemovalIsBounded(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "docker"), []byte("#!/bin/sh\nexec sleep 300\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	old := removePatience
	removePatience = 300 * time.Millisecond
	t.Cleanup(func() { removePatience = old })
	began := time.Now()
	err := (&engine{}).remove(t.Context(), "velocitas-p1-s1-h1-1")
	checkError(t, err, "velocitas-p1-s1-h1-1 may be left", "velocitas live --down")
	if took := time.Since(began); took > patience {
		t.Errorf("it took %v", took)
	}
}
