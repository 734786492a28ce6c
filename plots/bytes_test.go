package plots

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/k9mil/velocitas/internal/needs"
)

// TestBytes: the same curve, the same bytes, for any GOMAXPROCS.
func TestBytes(t *testing.T) {
	first, again := t.TempDir(), t.TempDir()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	files, err := drawAll(first)
	if err != nil {
		t.Fatal(err)
	}
	runtime.GOMAXPROCS(2)
	if _, err := drawAll(again); err != nil {
		t.Fatal(err)
	}
	same(t, first, again, files)
}

// TestBytesArm64 builds this test for arm64, whose compiler fuses products
// with sums, lets it draw all charts, and compares.
func TestBytesArm64(t *testing.T) {
	qemu := needs.Tool(t, "qemu-aarch64-static", "qemu-aarch64")
	here, there := t.TempDir(), t.TempDir()
	files, err := drawAll(here)
	if err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(t.TempDir(), "plots.arm64")
	build := exec.Command("go", "test", "-c", "-o", binary, ".")
	build.Env = append(os.Environ(), "GOOS=linux", "GOARCH=arm64", "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building for arm64: %v\n%s", err, out)
	}
	draw := exec.Command(qemu, binary)
	draw.Env = append(os.Environ(), drawTo+"="+there)
	if out, err := draw.CombinedOutput(); err != nil {
		t.Fatalf("drawing on arm64: %v\n%s", err, out)
	}
	same(t, here, there, files)
}
