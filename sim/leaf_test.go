package sim

import (
	"os/exec"
	"strings"
	"testing"
)

// The simulator needs no store, no network and no plots: nothing that it links,
// directly or not, is one.
func TestLinksNoStore(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", ".").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, path := range strings.Fields(string(out)) {
		for _, bad := range []string{"badger", "net/http", "fiber", "gonum.org/v1/plot", "velocitas/live", "velocitas/experiment"} {
			if strings.Contains(path, bad) {
				t.Errorf("sim links %s", path)
			}
		}
	}
}
