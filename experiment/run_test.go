//go:build linux

package experiment_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/k9mil/velocitas/internal/needs"
	"github.com/k9mil/velocitas/model"
)

// Each stack ends with a measured and a predicted curve, and leaves nothing.
func TestCompose(t *testing.T) {
	t.Parallel()
	needNginx(t)
	r := measured(t, needEngine(t), append(short, "--stack", "compose", "--nginx-from-host")...)
	r.checkReport(1, 2, 4)
	r.checkShares()
}

func TestLocal(t *testing.T) {
	t.Parallel()
	needNginx(t)
	r := measured(t, place{}, append(short, "--stack", "local")...)
	r.checkReport(1, 2, 4)
	r.checkShares()
}

func TestLocalWithoutNginx(t *testing.T) {
	t.Parallel()
	r := measured(t, place{}, append(short, "--stack", "local", "--no-nginx")...)
	r.checkReport(1, 2, 4)
	if !strings.Contains(r.stdout.String(), "nginx is not used") {
		t.Error("the output does not say that no nginx was there")
	}
}

// checkShares wants the same number of requests for every instance, but for
// those at the ends of the windows: round robin.
func (r *run) checkShares() {
	r.t.Helper()
	measured, _ := r.curves()
	for _, p := range measured.Points {
		least, most := p.Share[0], p.Share[0]
		for _, n := range p.Share {
			least, most = min(least, n), max(most, n)
		}
		// At each end of each of two windows a turn may be cut.
		if most-least > 4 {
			r.t.Errorf("%d instances: shares %v are no round robin", p.Instances, p.Share)
		}
	}
}

// Four workers without a zone take turns each for itself. Real and simulated
// shares must differ by no more than the workers' unfinished turns. It has the
// machine for itself: a generator that falls behind measures nothing.
func TestWorkersWithoutZone(t *testing.T) {
	needs.Full(t) // by real time; sim/nginx is held to recordings of the real one's workers
	needNginx(t)
	const workers = 4
	file := filepath.Join(t.TempDir(), "workers.yaml")
	text := "name: first\ninstances: 4-4\nload: {rate: 60}\nbalancer: {workers: 4}\n" +
		"instance: {keys: 200, cpus: 0.1, threads: 1}\n"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	r := measured(t, place{}, "--profile", "testdata/store.json", "--scenario", file, "--rounds", "3", "--duration", "3s", "--stack", "local")
	measured, predicted := r.curves()
	m, sum := share(measured)
	p, _ := share(predicted)
	// A worker's turn is cut at both ends of a window, and there are three
	// windows: each instance's count is off by at most one for each of these.
	bound := 3 * 2 * workers / sum
	for i := range m {
		if d := m[i] - p[i]; d > bound || d < -bound {
			t.Errorf("instance %d: share %.4f, predicted %.4f: want within %.4f", i+1, m[i], p[i], bound)
		}
	}
}

// share is the instances' part of the requests of the first point, and how many
// there were.
func share(c *model.Curve) (parts []float64, sum float64) {
	for _, n := range c.Points[0].Share {
		sum += float64(n)
	}
	for _, n := range c.Points[0].Share {
		parts = append(parts, float64(n)/sum)
	}
	return parts, sum
}

// Five keys, or five networks of clients, over four instances: nginx sends each
// where the simulator does, so an instance that none of them falls to gets
// nothing in either, and the other shares are fifths but for which of them
// requests happened to draw.
func TestHash(t *testing.T) {
	needs.Full(t) // by real time; sim/nginx is held to recordings of the real one's hashes
	needNginx(t)
	for _, policy := range []string{"hash", "ip_hash"} {
		t.Run(policy, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "hash.yaml")
			text := "name: first\ninstances: 4-4\nload: {rate: 30, hash_keys: 5, networks: 5}\nbalancer: {policy: " + policy + "}\n" +
				"instance: {keys: 200, threads: 1}\n"
			if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			r := measured(t, place{}, "--profile", "testdata/store.json", "--scenario", file, "--rounds", "2", "--duration", "4s", "--stack", "local")
			measured, predicted := r.curves()
			m, n := share(measured)
			p, _ := share(predicted)
			uneven := false
			for i := range m {
				fifths := math.Round(5*p[i]) / 5
				// Four standard deviations of a share of n draws.
				if bound := 4 * math.Sqrt(fifths*(1-fifths)/n); math.Abs(m[i]-fifths) > bound {
					t.Errorf("instance %d: share %.3f of %v, predicted %.3f: want %.1f within %.3f", i+1, m[i], n, p[i], fifths, bound)
				}
				uneven = uneven || math.Abs(fifths-0.25) > 0.1
			}
			if !uneven {
				t.Errorf("shares %v predicted: five keys cannot be spread evenly", p)
			}
		})
	}
}

// The protocol: the profile is there, and its digest said, before the sizes that
// it is to predict are measured.
func TestValidate(t *testing.T) {
	t.Parallel()
	needNginx(t)
	r := start(t, "--validate", "--profile", "testdata/store.json", "--keys", "300", "--cpus", "0.1",
		"--instances", "1,2,3", "--rounds", "2", "--duration", "2s", "--stack", "local", "--json")
	profile := filepath.Join(r.out, "first-profile.json")
	r.await("there was a profile", func() bool { _, err := os.Stat(profile); return err == nil })
	if _, err := os.Stat(filepath.Join(r.out, "first-measured.json")); err == nil {
		t.Error("the curve was there before the profile")
	}
	before, err := model.LoadProfile(t.Context(), profile)
	if err != nil {
		t.Fatal(err)
	}
	if code := r.wait(); code != 0 {
		t.Fatalf("exit code %d: %s", code, r.stderr.String())
	}
	r.nothingLeft()
	r.checkReport(1, 2, 3)
	if !strings.Contains(r.stderr.String(), before.Digest()) {
		t.Errorf("stderr %q: want the digest %s", r.stderr.String(), before.Digest())
	}
	var said struct {
		Schema          string
		Profile         model.ProfileRef
		Calibrated      []int
		Rows, Mechanism []struct{ Instances int }
		Baselines       []struct{ Method string }
	}
	if err := json.Unmarshal(r.stdout.Bytes(), &said); err != nil {
		t.Fatal(err)
	}
	if said.Schema != "velocitas.live/1" || said.Profile.Digest != before.Digest() || !slices.Equal(said.Calibrated, []int{1, 2}) {
		t.Errorf("%+v: want the profile of sizes 1 and 2 that was there before", said)
	}
	// Throughput, p50, p95 and p99 of the one size that was predicted; line, USL
	// and M/M/c say these and the mean, but for the throughput of an open load,
	// which M/M/c takes as given.
	if len(said.Rows) != 4 || len(said.Mechanism) != 4 || said.Rows[0].Instances != 3 || len(said.Baselines) < 10 || len(said.Baselines) > 15 {
		t.Errorf("%+v: want four rows of size 3 of either kind, and what three baselines say", said)
	}
}
