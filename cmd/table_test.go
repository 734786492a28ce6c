package cmd

import (
	"bytes"
	"flag"
	"os"
	"testing"

	"github.com/k9mil/velocitas/model"
)

var update = flag.Bool("update", false, "write the golden tables anew; read the difference before committing it")

// The table of a curve made by hand: an even one, one beyond its limit with
// errors, one without an interval, and one with nothing answered.
func TestTable(t *testing.T) {
	within := func(v, reach float64) model.Estimate { return model.Estimate{Value: v, Lo: v - reach, Hi: v + reach} }
	point := func(n int, x, reach, p50 float64, limit model.Limit, verdict model.Verdict, errors float64, warnings ...string) model.Point {
		return model.Point{Instances: n, ThroughputRps: within(x, reach),
			LatencyMs:   model.Latency{P50: within(p50, p50/100), P95: within(2*p50, p50/10), P99: within(10*p50, p50*3)},
			Utilisation: model.Utilisation{Instances: model.Exactly(0.8), Balancer: model.Exactly(0.004), Host: model.Exactly(0.41)},
			Errors:      model.Errors{Rate: model.Exactly(errors)}, Limit: limit, Verdict: verdict, Warnings: warnings}
	}
	c := &model.Curve{Warnings: []string{"the whole curve is doubtful, for a reason that takes so many words that they do not fit on one line of a terminal"},
		Points: []model.Point{
			point(1, 320, 5, 70.25, model.LimitCPULimit, model.Stable, 0),
			point(2, 610, 0.1, 80.5, model.LimitCPULimit, model.NearSaturation, 0.00001, "beyond the calibrated range"),
			point(4, 1234.5, 20, 1500, model.LimitHost, model.Saturated, 0.125, "beyond the calibrated range", "no steady state"),
			point(1000, 0, 0, 0, model.LimitFailures, model.Stable, 1),
		}}
	var got bytes.Buffer
	writeTable(&got, c, usualPercentiles())
	golden(t, "testdata/table.golden", got.Bytes())
}

func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// Warnings name the sizes that they hold for.
func TestInstances(t *testing.T) {
	for want, sizes := range map[string][]int{
		"1 instance":            {1},
		"8 instances":           {8},
		"1 and 2 instances":     {1, 2},
		"1, 2 and 10 instances": {1, 2, 10},
	} {
		if got := instances(sizes); got != want {
			t.Errorf("%v: %s", sizes, got)
		}
	}
}

// Numbers keep about three digits, and a small share is not shown as none.
func TestNumbers(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{short(0), "0"}, {short(0.1234), "0.123"}, {short(1.234), "1.23"}, {short(12.34), "12.3"}, {short(1234.5), "1234"},
		{rare(0), "0"}, {rare(0.00001), "<0.01"}, {rare(0.0123), "1.23"}, {rare(1), "100"},
		{grouped(7), "7"}, {grouped(1000), "1,000"}, {grouped(1234567), "1,234,567"},
	} {
		if c.got != c.want {
			t.Errorf("got %s, want %s", c.got, c.want)
		}
	}
}
