package cmd

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/k9mil/velocitas/experiment"
	"github.com/k9mil/velocitas/model"
)

// The table of a small run, against one that was read by a human.
func TestLiveTable(t *testing.T) {
	row := func(n int, metric, unit string, predicted, measured model.Estimate, limit model.Limit) experiment.Row {
		return experiment.Row{Instances: n, Metric: metric, Unit: unit, Predicted: predicted, Measured: measured,
			Error: predicted.Value/measured.Value - 1, Floor: 0.0123, Inside: predicted.Lo <= measured.Value && measured.Value <= predicted.Hi,
			Limit: limit, PredictedLimit: model.LimitCPULimit}
	}
	var got bytes.Buffer
	writeLiveTable(&got, []experiment.Row{
		row(1, "throughput", "1/s", model.Estimate{Value: 12.5, Lo: 12, Hi: 13}, model.Exactly(12.4), model.LimitCPULimit),
		row(1, "p99", "ms", model.Estimate{Value: 700, Lo: 500, Hi: 900}, model.Estimate{Value: 400, Lo: 300, Hi: 9999}, model.LimitCPULimit),
		row(2, "throughput", "1/s", model.Estimate{Value: 25, Lo: 24, Hi: 26}, model.Estimate{Value: 20, Lo: 19, Hi: 21}, model.LimitHost),
	})
	golden := filepath.Join("testdata", "live_table.golden")
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("got\n%swant\n%s", got.String(), want)
	}
}
