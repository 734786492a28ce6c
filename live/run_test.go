//go:build linux

package live_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/k9mil/velocitas/model"
)

// Each stack ends with a measured and a predicted curve, and leaves nothing.
func TestCompose(t *testing.T) {
	needNginx(t)
	e := startEngine(t)
	r := startWith(t, e.environment(), append(short, "--stack", "compose", "--nginx-from-host")...)
	r.succeeds()
	r.checkReport(1, 2, 4)
	r.checkShares()
}

func TestLocal(t *testing.T) {
	needNginx(t)
	r := start(t, append(short, "--stack", "local")...)
	r.succeeds()
	r.checkReport(1, 2, 4)
	r.checkShares()
}

func TestLocalWithoutNginx(t *testing.T) {
	r := start(t, append(short, "--stack", "local", "--no-nginx")...)
	r.succeeds()
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
// shares must differ by no more than the workers' unfinished turns.
func TestWorkersWithoutZone(t *testing.T) {
	needNginx(t)
	const workers, size = 4, 4
	file := filepath.Join(t.TempDir(), "workers.yaml")
	text := "name: first\ninstances: 4-4\nload: {rate: 60}\nbalancer: {workers: 4}\n" +
		"instance: {keys: 200, cpus: 0.1, threads: 1}\n"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	r := start(t, "--profile", "testdata/store.json", "--scenario", file, "--rounds", "2", "--duration", "3s", "--stack", "local")
	r.succeeds()
	measured, predicted := r.curves()
	share := func(c *model.Curve) []float64 {
		p, sum := c.Points[0], int64(0)
		for _, n := range p.Share {
			sum += n
		}
		shares := make([]float64, size)
		for i, n := range p.Share {
			shares[i] = float64(n) / float64(sum)
		}
		return shares
	}
	m, p := share(measured), share(predicted)
	// A worker's turn is cut at both ends of a window, and there are two
	// windows: each instance's count is off by at most one for each of these.
	sum := int64(0)
	for _, n := range measured.Points[0].Share {
		sum += n
	}
	bound := 2 * 2 * workers / float64(sum)
	for i := range m {
		if d := m[i] - p[i]; d > bound || d < -bound {
			t.Errorf("instance %d: share %.4f, predicted %.4f: want within %.4f", i+1, m[i], p[i], bound)
		}
	}
}
