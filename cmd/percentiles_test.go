package cmd

import (
	"strings"
	"testing"

	"github.com/k9mil/velocitas/model"
)

// Percentiles that the curve has come with their interval, others off the
// distribution, and none beyond it.
func TestPercentiles(t *testing.T) {
	all, err := parsePercentiles("p25, 50,98,99.99")
	if err != nil {
		t.Fatal(err)
	}
	if names := strings.Join(percentileNames(all), " "); names != "p25 p50 p98 p99.99" {
		t.Errorf("names are %s", names)
	}
	p := &model.Point{LatencyMs: model.Latency{P50: model.Estimate{Value: 10, Lo: 9, Hi: 11}},
		Distribution: []model.Quantile{{Q: 0, LatencyMs: 2}, {Q: 0.5, LatencyMs: 10}, {Q: 0.99, LatencyMs: 108}}}
	for i, want := range []model.Estimate{model.Exactly(6), {Value: 10, Lo: 9, Hi: 11}, model.Exactly(106), {}} {
		if got := all[i].of(p); got.Value-want.Value > 1e-9 || want.Value-got.Value > 1e-9 || got.Hi-got.Lo != want.Hi-want.Lo {
			t.Errorf("%s is %v, want %v", all[i].name, got, want)
		}
	}
	for _, wrong := range []string{"", "0", "100", "99,50", "fifty", "50,,99", "NaN", "1,2,3,4,5,6,7,8,9"} {
		if _, err := parsePercentiles(wrong); err == nil {
			t.Errorf("%q is read", wrong)
		}
	}
}
