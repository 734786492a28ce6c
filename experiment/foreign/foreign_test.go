package foreign

import (
	"context"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/k9mil/velocitas/experiment/recorded"
	"github.com/k9mil/velocitas/internal/needs"
)

func evidence(t *testing.T) *Evidence {
	t.Helper()
	e, err := ReadEvidence("testdata")
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// One service, calibrated and predicted by the code that makes the table.
func TestGoService(t *testing.T) {
	e, ctx := evidence(t), context.Background()
	m, err := e.Model(ctx, "godb")
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range e.Of("godb") {
		if b.Set != "closed" || b.Repeat != 2 {
			continue
		}
		p, err := m.Mechanism(ctx, b)
		if err != nil {
			t.Fatal(err)
		}
		if off := math.Abs(p.Figures[0]/b.Measured.Throughput - 1); off > 0.03 {
			t.Errorf("%s: throughput %.1f/s, measured %.1f", b.Name(), p.Figures[0], b.Measured.Throughput)
		}
		if p.Limit != b.Limit(2) || p.Limit != "cpu limit" {
			t.Errorf("%s: limited by %s, measured %s", b.Name(), p.Limit, b.Limit(2))
		}
		if p.Figures[1]*3 > p.Figures[2] {
			t.Errorf("%s: p50 %.1f and p95 %.1f ms: the quota's period should lie between", b.Name(), p.Figures[1], p.Figures[2])
		}
	}
	for _, b := range e.Unseen("godb") {
		if b.Instances != 2 {
			continue
		}
		p, err := m.Predict(ctx, b)
		if err != nil {
			t.Fatal(err)
		}
		if f := b.Measured.P50; p.Lo[1] > f || f > p.Hi[1] {
			t.Errorf("%s: p50 %.1f ms, interval %.1f to %.1f", b.Name(), f, p.Lo[1], p.Hi[1])
		}
		if p.Limit != "load" {
			t.Errorf("%s: limited by %s", b.Name(), p.Limit)
		}
	}
}

// All unseen runs: throughput, p50, p95, p99. Bounds are those that were set before
// anything was predicted, or 1.25 times what a right model would miss by chance.
func TestAll(t *testing.T) {
	needs.Full(t)
	e := evidence(t)
	rows, err := e.Evaluate(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	s := Summarise(rows, 2)
	for i, name := range []string{"throughput", "p50", "p95", "p99"} {
		if most := []float64{0.03, 0.08, 0.12, 0.20}[i]; s.Mechanism[i] > most {
			t.Errorf("%s with the run's own CPU time: %.1f %% off, at most %.0f %%", name, 100*s.Mechanism[i], 100*most)
		}
		most := max([]float64{0.08, 0.12, 0.18, 0.25}[i], 1.25*s.Chance[i])
		if s.Full[i] > most {
			t.Errorf("%s: %.1f %% off, at most %.0f %%", name, 100*s.Full[i], 100*most)
		}
	}
	if s.Inside*10 < s.Figures*9 {
		t.Errorf("%d of %d inside their 95 %% intervals", s.Inside, s.Figures)
	}
	if s.Limits != s.Rows {
		t.Errorf("the limiting part is right in %d of %d", s.Limits, s.Rows)
	}
}

// The page has what the code says.
func TestPage(t *testing.T) {
	needs.Full(t)
	want, err := Report(context.Background(), "testdata")
	if err != nil {
		t.Fatal(err)
	}
	got, err := recorded.Foreign.Read("../../docs/trust.md")
	if err != nil {
		t.Fatal(err)
	}
	if got != want {
		t.Errorf("docs/trust.md is out of date: go run ./experiment/foreign/report")
	}
}

// A request costs 3 ms where instances are never idle, and 6 ms where they are
// half idle: twice as much for a half.
func TestLaw(t *testing.T) {
	busy := Block{CPUMs: map[string]float64{"web": 3}}
	light := Block{Class: "a", Instances: 1, CPUMs: map[string]float64{"web": 6}, CPUs: map[string]float64{"web": 1}, WindowS: 1}
	light.Measured.Throughput = 500.0 / 6
	m := &Model{Stated: Stated{Cores: 2}, Classes: []Class{{Name: "a", Share: 1}}}
	law := m.law("web", []Block{busy, busy}, []Block{light})
	if math.Abs(law.Base-3) > 1e-9 || math.Abs(law.Extra-2) > 1e-9 {
		t.Errorf("%+v", law)
	}
	if got := law.at(0.25); math.Abs(got-4.5) > 1e-9 {
		t.Errorf("at a quarter idle: %v", got)
	}
}

func TestLimit(t *testing.T) {
	for _, c := range []struct {
		instances, host, tier, limit float64
		want                         string
	}{
		{0.99, 0.5, 0.2, 1, "cpu limit"},
		{0.7, 0.99, 0.2, 1, "host"},
		{0.7, 0.6, 0.99, 1, "tier"},
		{0.7, 0.6, 0.99, 0, "load"},
	} {
		if got := limitOf(c.instances, c.host, c.tier, c.limit); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

func TestNoLightLoad(t *testing.T) {
	e := evidence(t)
	var some []Block
	for _, b := range e.Of("flask") {
		if b.Class != "report" {
			some = append(some, b)
		}
	}
	_, err := Calibrate(context.Background(), some, e.Stated["flask"])
	if err == nil || !strings.Contains(err.Error(), `class "report"`) {
		t.Errorf("a class without a light load: %v", err)
	}
}

func TestBlocksRefused(t *testing.T) {
	data, err := os.ReadFile("testdata/cells.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	good, _, _ := strings.Cut(string(data), "\n")
	for old, new := range map[string]string{
		`"instances": 1`:    `"instances": 0`,
		`"kind": "closed"`:  `"kind": "half"`,
		`"/items=0.8`:       `"/items=1.8`,
		`"window_s": 30.00`: `"window_s": -30.00`,
	} {
		bad := strings.Replace(good, old, new, 1)
		if bad == good {
			t.Fatalf("%s is not in the block", old)
		}
		if _, err := ReadBlocks(strings.NewReader(good + "\n" + bad)); err == nil || !strings.Contains(err.Error(), "block 2: ") {
			t.Errorf("%s: %v", new, err)
		}
	}
}

func TestBaselines(t *testing.T) {
	got, err := Baselines(strings.NewReader("a closed N=2 X 1 | line +90/+90/+90\na closed N=3 X 1 | line +10/-20/+30  mva+host -4/+5/-6\na open   N=1 X 1 | mva+host -1/+7/-8\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got["line"] != [3]float64{10, 20, 30} || got["mva+host"] != [3]float64{4, 6, 7} {
		t.Errorf("%v", got)
	}
}
