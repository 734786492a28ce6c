package sim

import (
	"math"
	"testing"
)

// swinging is a closed system on so many cores, none for no bound, whose own and
// core's speeds swing, run for so long; it gives what each instance got done for
// each ns of CPU time.
func swinging(t *testing.T, microCores int64, instances int, own, core swing, seconds int64) []float64 {
	t.Helper()
	cfg := onCores(microCores, instances, 1)
	cfg.readNs = 0 // nobody gets done, and nobody gives up
	cfg.swing, cfg.coreSwing = own, core
	e := startedEngine(t, cfg, day, false)
	e.until(seconds * 1000 * ms)
	e.now = seconds * 1000 * ms
	var speeds []float64
	for i := range e.instances {
		s := &e.stations[i]
		s.advance(e.now)
		speeds = append(speeds, s.attained/s.usedNs)
	}
	return speeds
}

// The mean speed is 1, whoever's it is. Over T the mean of a speed that is
// forgotten within tau has the standard deviation sqrt(2 tau/T) times that of
// the speed, sqrt(exp(sd²)-1); four of these. A step of a quarter of tau makes
// it larger by a hundredth.
func TestMeanSpeed(t *testing.T) {
	const sd, seconds = 0.3, 1000
	w := swing{sd: sd, tauNs: 100 * ms}
	four := 4 * math.Sqrt(2*0.1/seconds) * math.Sqrt(math.Exp(sd*sd)-1)
	for _, microCores := range []int64{0, microCores, 2 * microCores} {
		for _, of := range [][2]swing{{w, {}}, {{}, w}} {
			for i, speed := range swinging(t, microCores, 2, of[0], of[1], seconds) {
				if math.Abs(speed-1) > four || speed == 1 {
					t.Errorf("%d micro-cores, own swing %+v, core's %+v: instance %d has a mean speed of %v, want 1 ± %.4f", microCores, of[0], of[1], i, speed, four)
				}
			}
		}
	}
}

// Instances on the same core are as fast as each other when it is the core's
// speed that swings, and differ otherwise.
func TestWhoseSpeed(t *testing.T) {
	w := swing{sd: 0.3, tauNs: 100 * ms}
	for _, row := range []struct {
		microCores int64
		own, core  swing
		same       bool
	}{
		{microCores, swing{}, w, true}, {2 * microCores, swing{}, w, false}, {0, swing{}, w, false},
		{microCores, w, swing{}, false}, {2 * microCores, w, swing{}, false},
	} {
		speeds := swinging(t, row.microCores, 2, row.own, row.core, 10)
		if same := math.Abs(speeds[0]-speeds[1]) < 1e-9; same != row.same {
			t.Errorf("%+v: speeds %v", row, speeds)
		}
	}
}
