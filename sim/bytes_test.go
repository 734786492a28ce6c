package sim

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/k9mil/velocitas/internal/needs"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
)

// builtin is a built-in scenario, shortened so that a test takes little time.
func builtin(t testing.TB, name string, settings ...scenarios.Setting) *scenarios.Scenario {
	t.Helper()
	s, err := scenarios.Read(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	s.Replications, s.MaxReplications = 3, 3
	s.Instances = s.Instances[:min(2, len(s.Instances))]
	s.Duration = min(s.Duration, 50*second)
	if err := s.Set(settings...); err != nil {
		t.Fatal(err)
	}
	return s
}

// curveOf predicts and encodes.
func curveOf(t testing.TB, s *scenarios.Scenario) []byte {
	t.Helper()
	c, err := Run(context.Background(), Input{Scenario: s, Profile: referenceProfile(t), Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	data, err := model.Encode(c)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func decoded(t testing.TB, data []byte) *model.Curve {
	t.Helper()
	var c model.Curve
	if err := json.Unmarshal(data, &c); err != nil {
		t.Fatal(err)
	}
	return &c
}

// The same seed gives the same bytes, on one processor and on two; another seed
// gives others.
func TestSameBytes(t *testing.T) {
	for _, name := range scenarios.Names() {
		t.Run(name, func(t *testing.T) {
			first := curveOf(t, builtin(t, name))
			if again := curveOf(t, builtin(t, name)); !bytes.Equal(first, again) {
				t.Error("the second run differs from the first")
			}
			for _, n := range []int{1, 2, 7} {
				before := runtime.GOMAXPROCS(n)
				other := curveOf(t, builtin(t, name))
				runtime.GOMAXPROCS(before)
				if !bytes.Equal(first, other) {
					t.Errorf("on %d processors it differs", n)
				}
			}
			s := builtin(t, name)
			s.Seed++
			if bytes.Equal(pointsOf(t, first), pointsOf(t, curveOf(t, s))) {
				t.Error("another seed gives the same points")
			}
		})
	}
}

// pointsOf are the bytes of a curve's points alone.
func pointsOf(t testing.TB, curve []byte) []byte {
	t.Helper()
	data, err := model.Encode(&model.Curve{Points: decoded(t, curve).Points})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// A point is the same alone and in a sweep.
func TestPointAlone(t *testing.T) {
	for _, name := range []string{"first", "textbook", "one-host-knee", "instance-dies"} {
		s := builtin(t, name)
		sweep := decoded(t, curveOf(t, s))
		for i, n := range s.Instances {
			alone := builtin(t, name)
			alone.Instances = scenarios.Sizes{n}
			got := decoded(t, curveOf(t, alone))
			a, _ := json.Marshal(sweep.Points[i])
			b, _ := json.Marshal(got.Points[0])
			if !bytes.Equal(a, b) {
				t.Errorf("%s: the point of %d instances differs when it is alone", name, n)
			}
		}
	}
}

// Built for arm64 the program writes the same bytes, curve and plots.
func TestSameBytesArm64(t *testing.T) {
	qemu := needs.Tool(t, "qemu-aarch64-static", "qemu-aarch64")
	if runtime.GOARCH != "amd64" {
		t.Skipf("this machine is %s: the comparison is from amd64", runtime.GOARCH)
	}
	dir := t.TempDir()
	native, arm := filepath.Join(dir, "amd64"), filepath.Join(dir, "arm64")
	buildFor(t, "amd64", native)
	buildFor(t, "arm64", arm)
	for _, args := range [][]string{
		{"first", "--instances", "1-2", "--duration", "10s"},
		{"textbook", "--instances", "1,2", "--duration", "20s", "--svg"},
		{"one-host-knee", "--instances", "2,3", "--duration", "10s"},
		{"instance-dies", "--instances", "2-2"},
		{"retry-storm", "--instances", "1-1", "--duration", "40s"},
		{"many-workers", "--instances", "4-4", "--duration", "10s"},
		{"flash-crowd", "--instances", "2-2", "--duration", "40s"},
	} {
		t.Run(args[0], func(t *testing.T) {
			one, other := filepath.Join(t.TempDir(), "amd64"), filepath.Join(t.TempDir(), "arm64")
			args = append([]string{"sim"}, append(args, "--work", "none", "--replications", "2", "--precision", "0", "--quiet", "--out")...)
			run(t, append([]string{native}, append(args, one)...))
			run(t, append([]string{qemu, arm}, append(args, other)...))
			sameFiles(t, one, other)
		})
	}
}

func buildFor(t *testing.T, arch, file string) {
	t.Helper()
	c := exec.Command("go", "build", "-o", file, "..")
	c.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+arch, "CGO_ENABLED=0")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

func run(t *testing.T, args []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Minute)
	defer cancel()
	if out, err := exec.CommandContext(ctx, args[0], args[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %v: %s", args, err, out)
	}
}

// sameFiles wants two folders to hold the same files: a curve and some plots.
func sameFiles(t *testing.T, one, other string) {
	t.Helper()
	entries, err := os.ReadDir(one)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	for _, e := range entries {
		kinds[filepath.Ext(e.Name())]++
		a, err := os.ReadFile(filepath.Join(one, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join(other, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(a, b) {
			t.Errorf("%s differs", e.Name())
		}
	}
	if kinds[".json"] != 1 || kinds[".png"] < 2 {
		t.Errorf("the files are %v, want a curve and its plots", kinds)
	}
}
