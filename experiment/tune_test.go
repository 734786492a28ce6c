package experiment

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/k9mil/velocitas/live/calibrate"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
)

// told is a simulator whose every figure tells one constant of the profile.
func told(t *testing.T) Predictor {
	return func(_ context.Context, s *scenarios.Scenario, p *model.Profile) (*model.Curve, error) {
		n := s.Instances[0]
		if n > 2 {
			t.Errorf("size %d was looked at", n)
		}
		in := p.Instance
		ms := func(ns int64) model.Estimate { return model.Exactly(float64(ns) / 1e6) }
		point := model.Point{Instances: n, ThroughputRps: model.Exactly(10 * float64(n) / (1 + 10*in.Swing.LogSD)), CPUMsPerRequest: float64(in.Demand[0].DemandNs) / 1e6, Replications: 10}
		point.LatencyMs = model.Latency{
			P50: ms(1e6 + in.OverrunNs), P90: model.Exactly(1 + 10*in.CoreSwing.LogSD),
			P95: ms(in.Background.FlushDemandNs), P99: ms(in.Background.CompactionDemandNs),
		}
		return &model.Curve{Points: []model.Point{point}}, nil
	}
}

func toldProfile() *model.Profile {
	p := &model.Profile{Provenance: map[string]string{calibrate.FromInstance: "its requests"}}
	p.Instance.Demand = []model.KeyCost{{Keys: 1000, DemandNs: 20e6}}
	p.Instance.Speed = []model.SpeedRow{{Inside: 1, Efficiency: 1, Cores: 1}, {Inside: 8, Efficiency: 1.4, Cores: 1}}
	p.Instance.Background = model.Background{BytesPerKey: 64, FlushEveryBytes: 8 << 20, FlushDemandNs: 30e6, CompactEveryFlush: 5, CompactionDemandNs: 100e6}
	return p
}

// What the calibrated sizes show is chosen, what they show already is left, and
// no other size is looked at.
func TestTune(t *testing.T) {
	for _, row := range []struct {
		why     string
		truth   func(p *model.Profile)
		chosen  string
		correct func(p *model.Profile) bool
	}{
		{"nothing to choose", func(*model.Profile) {}, "", func(p *model.Profile) bool {
			return p.Instance.Background == toldProfile().Instance.Background && p.Instance.OverrunNs == 0
		}},
		{"a compaction that is dearer", func(p *model.Profile) { p.Instance.Background.CompactionDemandNs = 150e6 }, "compaction",
			func(p *model.Profile) bool {
				return p.Instance.Background.CompactionDemandNs == 150e6 && p.Instance.Background.FlushDemandNs == 30e6
			}},
		{"in two steps", func(p *model.Profile) { p.Instance.Background.FlushDemandNs = 12.7e6 }, "flush",
			func(p *model.Profile) bool {
				return math.Abs(float64(p.Instance.Background.FlushDemandNs)/12.7e6-1) < 0.1
			}},
		{"an overrun", func(p *model.Profile) { p.Instance.OverrunNs = 3e6 }, "overrun", func(p *model.Profile) bool { return p.Instance.OverrunNs == 3e6 }},
		{"a swing", func(p *model.Profile) { p.Instance.CoreSwing.LogSD = 0.1 }, "swings", func(p *model.Profile) bool { return p.Instance.CoreSwing.LogSD == 0.1 }},
		{"instances that differ", func(p *model.Profile) { p.Instance.Swing.LogSD = 0.07 }, "differ", func(p *model.Profile) bool {
			return p.Instance.Swing == model.Swing{LogSD: 0.07, TauNs: calibrate.Lasting.TauNs} && p.Instance.CoreSwing.LogSD == 0
		}},
		{"a swing other than was measured", func(p *model.Profile) { p.Instance.CoreSwing.LogSD = 0.1 }, "", func(p *model.Profile) bool { return p.Instance.CoreSwing.LogSD == 0 }},
	} {
		truth := toldProfile()
		row.truth(truth)
		s := scenarios.Default()
		s.Name, s.MaxReplications, s.Instance.Keys, s.Instance.Background = "told", 8, 1000, "profile"
		s.Load = scenarios.Load{Kind: "closed", Clients: 4, Networks: 1, HashKeys: 1}
		begin := toldProfile()
		if strings.Contains(row.why, "measured") {
			begin.Provenance[calibrate.FromVariogram] = "its requests"
		}
		r := &Result{Profile: begin, Calibrated: []int{1, 2}, Measured: &model.Curve{}}
		for _, n := range []int{1, 2, 4} {
			m := model.Point{Instances: n, Rounds: 6, DurationS: 60, CPUMsPerRequest: 20, ThroughputRps: model.Exactly(10 * float64(n)),
				Noise: map[string]float64{}}
			if n <= 2 {
				c := s.Clone()
				c.Instances = scenarios.Sizes{n}
				curve, err := told(t)(t.Context(), c, truth)
				if err != nil {
					t.Fatal(err)
				}
				m.LatencyMs, m.ThroughputRps = curve.Points[0].LatencyMs, curve.Points[0].ThroughputRps
			}
			r.Measured.Points = append(r.Measured.Points, m)
		}
		if err := (Config{Predict: told(t)}).tune(t.Context(), r, s); err != nil {
			t.Fatal(err)
		}
		if !row.correct(r.Profile) || !strings.Contains(r.Profile.Provenance["chosen"], row.chosen) {
			t.Errorf("%s: chose %q: %+v", row.why, r.Profile.Provenance["chosen"], r.Profile.Instance)
		}
	}
}

// The machine's speed is by the CPU time of the sizes that were measured twice.
func TestSpeedSince(t *testing.T) {
	curve := func(ms ...float64) *model.Curve {
		c := &model.Curve{}
		for i, x := range ms {
			c.Points = append(c.Points, model.Point{Instances: i + 1, CPUMsPerRequest: x})
		}
		return c
	}
	if got := speedSince(curve(8, 10), curve(10, 10, 40), []int{1, 2}); math.Abs(got-math.Sqrt(0.8)) > 1e-12 {
		t.Errorf("speed %v, want %v", got, math.Sqrt(0.8))
	}
	if got := speedSince(curve(), curve(1), []int{1}); got != 1 {
		t.Errorf("speed %v of what was not measured, want 1", got)
	}
}

// What an instance by itself showed of its own work weighs against other costs.
func TestUnlikely(t *testing.T) {
	shown := model.Background{FlushDemandNs: 40e6, CompactionDemandNs: 100e6}
	if got := unlikely(shown, shown); got != 0 {
		t.Errorf("what was shown is unlikely by %v", got)
	}
	dearer := model.Background{FlushDemandNs: 40e6, CompactionDemandNs: int64(100e6 * math.Exp(2*known))}
	if got := unlikely(dearer, shown); math.Abs(got-4) > 1e-6 { // two standard deviations
		t.Errorf("unlikely by %v, want 4", got)
	}
	if got := unlikely(model.Background{}, model.Background{}); got != 0 {
		t.Errorf("no own work is unlikely by %v", got)
	}
}
