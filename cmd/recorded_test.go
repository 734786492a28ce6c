package cmd

import (
	"math"
	"path/filepath"
	"testing"

	"github.com/k9mil/velocitas/live"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
)

// What live measured once, predicted anew by the simulator as it is now, with
// the profile that was made of sizes 1 and 2. The mechanism's error has the CPU
// time of a request from the run that is predicted. Each bound is what was
// reached when the run was recorded, and a little for the next replication.
func TestRecordedRun(t *testing.T) {
	dir := filepath.Join("..", "testdata", "live-own", "closed-1000")
	measured, err := model.ReadCurve(filepath.Join(dir, "first-measured.json"))
	if err != nil {
		t.Fatal(err)
	}
	profile, err := model.LoadProfile(filepath.Join(dir, "first-profile.json"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := scenarios.Resolved("first-measured.json", measured.Scenario)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Set(scenarios.Setting{Key: "duration", Value: "300s"}); err != nil {
		t.Fatal(err)
	}
	var full, mechanism []live.Row
	for _, m := range measured.Points {
		if m.Instances <= 2 {
			continue
		}
		s.Instances, s.Speed = scenarios.Sizes{m.Instances}, 1
		seen := &model.Curve{Points: []model.Point{m}}
		p, err := predict(t.Context(), s, profile)
		if err != nil {
			t.Fatal(err)
		}
		full = append(full, live.Rows(p, seen)...)
		s.Speed = p.Points[0].CPUMsPerRequest / m.CPUMsPerRequest
		if p, err = predict(t.Context(), s, profile); err != nil {
			t.Fatal(err)
		}
		mechanism = append(mechanism, live.Rows(p, seen)...)
	}
	for _, row := range []struct {
		error string
		rows  []live.Row
		worst map[string]float64
	}{
		{"full", full, map[string]float64{"throughput": 0.11, "p50": 0.09, "p95": 0.17, "p99": 0.46}},
		{"mechanism", mechanism, map[string]float64{"throughput": 0.04, "p50": 0.05, "p95": 0.14, "p99": 0.40}},
	} {
		for _, r := range row.rows {
			t.Logf("%-9s %d instances %-10s predicted %6.1f measured %6.1f error %+5.1f %% noise floor %4.1f %%",
				row.error, r.Instances, r.Metric, r.Predicted.Value, r.Measured.Value, 100*r.Error, 100*r.Floor)
			if math.Abs(r.Error) > row.worst[r.Metric] {
				t.Errorf("%s error of %s with %d instances is %+.1f %%, it was within %.0f %%",
					row.error, r.Metric, r.Instances, 100*r.Error, 100*row.worst[r.Metric])
			}
		}
	}
}
