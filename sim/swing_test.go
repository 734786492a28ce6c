package sim

import (
	"math"
	"testing"

	"github.com/k9mil/velocitas/model"
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

// Without neighbours a speed does not swing, with some it does the more the slower
// they make it, and one without a best speed always swings as much.
func TestSwingBySpeed(t *testing.T) {
	for _, c := range []struct{ best, speed, want float64 }{
		{0, 0.5, 0.2}, {0, 3, 0.2},
		{1.25, 1, 0.2}, {1.25, 1.25, 0}, {1.25, 2, 0},
		{1.25, 0.625, 0.25}, // m is 1/4 at speed 1, with √m/(1+m) = 0.4, and 1 here, with 0.5
		{2, 0.5, 0.2 * math.Sqrt(3) / 2},
	} {
		w := newSwing(model.Swing{LogSD: 0.2, TauNs: 100, BestSpeed: c.best}, c.speed)
		if math.Abs(w.sd-c.want) > 1e-12 || w.tauNs != 100 {
			t.Errorf("best speed %v, speed %v: %+v, want %v", c.best, c.speed, w, c.want)
		}
	}
}

// A slow swing beside a quick one moves at its own times: four in its tau.
func TestSlowBesideQuick(t *testing.T) {
	cfg := onCores(microCores, 2, 1)
	cfg.swing, cfg.coreSwing = swing{sd: 0.05, tauNs: 3200 * ms}, swing{sd: 0.25, tauNs: 100 * ms}
	e := startedEngine(t, cfg, day, false)
	own, core, last := 0, 0, [2]float64{}
	for now := int64(0); now < 16_000*ms; now += 25 * ms {
		e.until(now + 1)
		if is := [2]float64{e.swings[0].speed, e.hosts[0].queues[0].swing.speed}; now == 0 {
			last = is
		} else {
			if is[0] != last[0] {
				own++
			}
			if is[1] != last[1] {
				core++
			}
			last = is
		}
	}
	if own != 19 || core != 639 {
		t.Errorf("in 16 s an own speed of 3.2 s moved %d times, want 19; a core's of 0.1 s %d times, want 639", own, core)
	}
}
