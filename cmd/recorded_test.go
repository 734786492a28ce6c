package cmd

import (
	"testing"

	"github.com/k9mil/velocitas/experiment"
	"github.com/k9mil/velocitas/experiment/recorded"
	"github.com/k9mil/velocitas/sim"
)

// What live --validate measured once, predicted anew by the simulator as it is
// now, with the profile that was made of the two smallest sizes. No median
// error may be worse than the one that docs/research/accuracy.md states, but for what
// other random numbers change.
func TestRecordedRuns(t *testing.T) {
	runs, err := recorded.ReadValidations("../testdata/live-own")
	if err != nil {
		t.Fatal(err)
	}
	for _, run := range runs {
		t.Run(run.Name, func(t *testing.T) {
			t.Parallel()
			now, err := run.Again(t.Context(), experiment.Simulator(version, sim.DefaultMemory))
			if err != nil {
				t.Fatal(err)
			}
			for _, metric := range recorded.LiveMetrics {
				for _, error := range []struct {
					name    string
					was, is []experiment.Row
				}{{"full", run.Rows, now.Rows}, {"mechanism", run.Mechanism, now.Mechanism}} {
					was, is := recorded.Median(error.was, metric), recorded.Median(error.is, metric)
					t.Logf("%-10s %-9s error %5.1f %%, when it was recorded %5.1f %%", metric, error.name, 100*is, 100*was)
					if is > was+anew(error.is, metric) {
						t.Errorf("%s: %s error is %.1f %%, docs/research/accuracy.md says %.1f %%", metric, error.name, 100*is, 100*was)
					}
				}
			}
		})
	}
}

// anew is by how much other random numbers may move a prediction: a third of
// half its interval, which is that of a single replication where the
// prediction is the mean of at least ten.
func anew(rows []experiment.Row, metric string) float64 {
	most := 0.0
	for _, r := range rows {
		if r.Metric == metric && r.Measured.Value > 0 {
			most = max(most, (r.Predicted.Hi-r.Predicted.Lo)/2/3/r.Measured.Value)
		}
	}
	return most
}
