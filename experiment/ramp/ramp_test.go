package ramp

import (
	"math"
	"testing"

	"github.com/k9mil/velocitas/experiment/recorded"
)

// A system whose requests all take equally long carries its limit over that time.
func TestBound(t *testing.T) {
	steady := func(ms float64) *System {
		s := &System{ID: "a", Database: 0.4, Instances: 0.6}
		for at := range 41 {
			s.Seconds = append(s.Seconds, Second{T: at, Sent: 100, P50: ms, P75: ms, P90: ms, P95: ms, P99: ms, Max: ms})
		}
		return s
	}
	for _, c := range []struct {
		ms, final float64
		want      Verdict
		carries   float64
	}{
		{3, 120, Stands, 120},
		{3, 200, Open, 0.4 / 0.00325},
		{300, 200, Collapsed, 0},
	} {
		s := steady(c.ms)
		f := s.After(40, c.final)
		// Below the median the distribution is a straight line from 0.
		if want := 0.75 * c.ms; math.Abs(f.MeanMs-want) > 1e-9 {
			t.Errorf("%g ms: mean %g, want %g", c.ms, f.MeanMs, want)
		}
		if f.Verdict != c.want || math.Abs(f.Carries-c.carries) > 1e-6 {
			t.Errorf("%g ms to %g/s: %+v, want %s up to %g/s", c.ms, c.final, f, c.want, c.carries)
		}
	}
	failing := steady(3)
	for i := range failing.Seconds {
		failing.Seconds[i].Failed = 2
	}
	if f := failing.After(40, 130); f.Verdict != Collapsed {
		t.Errorf("2 %% of requests fail: %+v", f)
	}
	unlimited := steady(3)
	unlimited.Database, unlimited.Instances = 0, 0
	if f := unlimited.After(40, 130); f.Verdict != Open || f.Carries != 100 {
		t.Errorf("no limit is known: %+v", f)
	}
}

// Nobody who is said to stand collapses, those who collapse later do so above
// the rate that they were said to carry, and the bound ranks better than what
// was measured alone.
func TestContest(t *testing.T) {
	set, err := Read("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range Instants {
		for _, g := range Groups {
			s := set.Score(Contest, at, g)
			if s.StandWrong > 0 || s.Stand == 0 {
				t.Errorf("%s at %d s: %d of %d said to stand collapse", g.Name, at, s.StandWrong, s.Stand)
			}
			if s.Inside*100 < s.Late*90 {
				t.Errorf("%s at %d s: %d of %d late collapses above what is carried", g.Name, at, s.Inside, s.Late)
			}
			for _, a := range s.AUC[1:] {
				if s.AUC[0].Value <= a.Value {
					t.Errorf("%s at %d s: %s ranks as well, %.3f against %.3f", g.Name, at, a.Name, a.Value, s.AUC[0].Value)
				}
			}
		}
	}
	table, err := recorded.Ramp.Read("../../docs/trust.md")
	if err != nil {
		t.Fatal(err)
	}
	if table != set.Table(Contest, Instants...) {
		t.Error("docs/trust.md is out of date: go run ./experiment/ramp/report")
	}
}
