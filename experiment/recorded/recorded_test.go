package recorded

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/k9mil/velocitas/model"
)

const dir = "../../testdata/live"

func readAll(t *testing.T) []*Cell {
	t.Helper()
	cells, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	return cells
}

// The figures made from the records are those that the generator summed up
// itself. It counted requests by their start where we count by their end, so a
// few at the edges of the window differ: with R requests in T s and a latency of
// L some L/T of them, which moves a quantile little.
func TestFiguresAreTheGenerators(t *testing.T) {
	for _, c := range readAll(t) {
		var said struct {
			Throughput float64 `json:"throughput"`
			MeanMs     float64 `json:"mean_ms"`
			P50Ms      float64 `json:"p50_ms"`
			P95Ms      float64 `json:"p95_ms"`
		}
		if err := json.Unmarshal(c.Measured, &said); err != nil {
			t.Fatal(err)
		}
		f := figures(t, c)
		for _, x := range []struct {
			name      string
			got, want float64
		}{
			{"throughput", f.ThroughputRps.Value, said.Throughput}, {"mean", f.LatencyMs.Mean.Value, said.MeanMs},
			{"p50", f.LatencyMs.P50.Value, said.P50Ms}, {"p95", f.LatencyMs.P95.Value, said.P95Ms},
		} {
			if math.Abs(x.got/x.want-1) > 0.15 {
				t.Errorf("%s: %s %.1f, the generator said %.1f", c.Name(), x.name, x.got, x.want)
			}
		}
	}
}

// Every request sent is in the records.
func TestRecordsAreComplete(t *testing.T) {
	for _, c := range readAll(t) {
		if got := len(c.Records); got != c.RequestsSent {
			t.Errorf("%s: %d records, %d requests sent", c.Name(), got, c.RequestsSent)
		}
		if got := len(c.Block().Run.Records); got != c.RequestsSent {
			t.Errorf("%s: %d requests in the block, %d sent", c.Name(), got, c.RequestsSent)
		}
	}
}

// figures are a run's as an experiment has them.
func figures(t *testing.T, c *Cell) *model.Point {
	t.Helper()
	s, err := c.Sample(hostCores, 1)
	if err != nil {
		t.Fatal(err)
	}
	return s.Measured
}

// A calibration needs no records of more than two instances: it works where
// there are none.
func TestCalibrationCannotSeeMore(t *testing.T) {
	small := t.TempDir()
	copyFile(t, "cells.jsonl", small)
	for _, c := range readAll(t) {
		if c.Instances <= CalibrationSizes {
			copyFile(t, c.File, small)
		}
	}
	cells, err := ReadCalibration(small)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cells {
		if c.Instances > CalibrationSizes {
			t.Errorf("%s: the calibration saw it", c.Name())
		}
	}
	if len(cells) != 26 {
		t.Errorf("%d runs of one and two instances, want 26", len(cells))
	}
	if _, err := Read(small); err == nil {
		t.Error("records of larger sizes are there after all")
	}
}

func copyFile(t *testing.T, name, to string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(to, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestFaults(t *testing.T) {
	good := `{"set":"x","repeat":1,"instances":1,"cpus":1,"gomaxprocs":1,"keys":1000,"load":"-c 4","requests_sent":9,"instances_cpu_s":1,"records":"x.csv.gz"}`
	for _, test := range []struct{ old, new, want string }{
		{`"set"`, `"sett"`, `line 1: json: unknown field "sett"`},
		{`"instances":1`, `"instances":0`, "line 1: instances 0: want at least 1"},
		{`"requests_sent":9`, `"requests_sent":0`, "line 1: requests_sent 0: want at least 1"},
		{`"instances_cpu_s":1`, `"instances_cpu_s":0`, "line 1: instances_cpu_s 0: want more than 0"},
		{`-c 4`, `4`, `line 1: load "4": want -c CLIENTS or -r RATE`},
		{`x.csv`, `y.csv`, "y.csv.gz: no such file"}, // a cell that is right but for its records
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "cells.jsonl"), []byte(strings.Replace(good, test.old, test.new, 1)), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := Read(dir)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s for %s: error %v, want %q", test.new, test.old, err, test.want)
		}
	}
	if _, err := Read(t.TempDir()); err == nil || !strings.Contains(err.Error(), "cells.jsonl") {
		t.Errorf("an empty folder: error %v", err)
	}
}
