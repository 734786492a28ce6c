package measure

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/k9mil/velocitas/live/load"
	"github.com/k9mil/velocitas/live/stack"
)

// A straight line is found exactly, whatever the groups' levels.
func TestSlope(t *testing.T) {
	var line []sample
	for i, x := range []float64{-0.3, -0.1, 0, 0.2, 0.25, 0.4} {
		line = append(line, sample{i % 2, x, 5*float64(i%2) - 0.9*x})
	}
	if s := slope(line); math.Abs(s.Value+0.9) > 1e-12 || s.Se > 1e-6 || !s.Used {
		t.Errorf("slope %+v: want -0.9 exactly", s)
	}
	for why, samples := range map[string][]sample{
		"nothing at all":       nil,
		"too few":              line[:3],
		"a speed that is even": {{1, 0, 1}, {1, 0, 2}, {1, 0, 3}, {1, 0, 4}},
		"nothing follows":      {{1, -1, 1}, {1, 1, 1}, {1, -1, 2}, {1, 1, 2}},
		"too steep to be true": {{1, 0, 0}, {1, 1, 3}, {1, 2, 6}, {1, 3, 9.01}},
	} {
		if s := slope(samples); s.Used || s.applied() != 0 {
			t.Errorf("%s: slope %+v is used", why, s)
		}
	}
}

// drifting is a measurement in which the machine's speed wanders by a factor
// of nearly two over its blocks; a closed load of two clients for each instance is limited by
// it, with another 3 % of noise in every block. The probe has an error of 1 %.
func drifting(seed uint64, sizes []int, rounds int) []*Block {
	r := rand.New(rand.NewPCG(seed, 0))
	blocks := schedule(sizes, rounds, seed)
	phase := 2 * math.Pi * r.Float64()
	for i, b := range blocks {
		slow := math.Exp(0.3*math.Sin(phase+4*float64(i)/float64(len(blocks))) + 0.03*r.NormFloat64())
		probe := time.Duration(50e6 * slow * math.Exp(0.01*r.NormFloat64()))
		b.Before, b.After = ProbeTime{CPU: probe}, ProbeTime{CPU: probe}
		b.Settle, b.End, b.WindowTook = 0, 20*time.Second, 20*time.Second
		noise := math.Exp(0.03 * r.NormFloat64())
		b.Run = &load.Run{Clients: 2 * b.Instances}
		latency := time.Duration(20e6 * slow * noise)
		for c := range 2 * b.Instances {
			for at := time.Duration(c) * time.Microsecond; at < b.End; at += latency {
				b.Run.Records = append(b.Run.Records, load.Record{Intended: at, Sent: at, Latency: latency, Status: 200, Instance: "a"})
			}
		}
		b.Members = make([]stack.Member, b.Instances)
		b.Whole.Instances = []stack.Usage{{CPUNs: int64(float64(len(b.Run.Records)) * 8e6 * slow * noise)}}
		b.Window.Instances = make([]stack.Usage, b.Instances)
	}
	return blocks
}

// Corrected for drift, the estimates hold the truth in their intervals as
// often as 95 % intervals should, and are several times narrower than without.
func TestDriftIsCorrected(t *testing.T) {
	c := Config{Scenario: closedScenario(), Block: 20 * time.Second}
	var held, all int
	var width, rawWidth float64
	for seed := range uint64(40) {
		blocks := drifting(seed, []int{1, 2, 4}, 6)
		d := findDrift(blocks)
		for _, n := range []int{1, 2, 4} {
			// The truth at the speed at which the probe takes its mean.
			slow := d.MeanMs / 50
			clean := cleanBlocks(blocks, n)
			p, ok := summarisePoint(clean, c, d, d)
			raw, _ := summarisePoint(clean, c, d, Drift{})
			if !ok {
				t.Fatal("no point")
			}
			for _, e := range []struct{ lo, hi, truth float64 }{
				{p.ThroughputRps.Lo, p.ThroughputRps.Hi, 100 * float64(n) / slow},
				{p.LatencyMs.P50.Lo, p.LatencyMs.P50.Hi, 20 * slow},
			} {
				all++
				if e.lo <= e.truth && e.truth <= e.hi {
					held++
				}
			}
			width += math.Log(p.ThroughputRps.Hi / p.ThroughputRps.Lo)
			rawWidth += math.Log(raw.ThroughputRps.Hi / raw.ThroughputRps.Lo)
		}
	}
	// 240 intervals, in pairs of the same noise: 95 % ± 4·2 %.
	if share := float64(held) / float64(all); share < 0.87 {
		t.Errorf("%.0f %% of the intervals hold the truth: want 95", 100*share)
	}
	if width > rawWidth/3 {
		t.Errorf("corrected intervals are %.2f of the others: want a third at most", width/rawWidth)
	}
}

// A machine that slows down and an open load that is answered all the same:
// throughput is left as it is.
func TestNothingToCorrect(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	var samples []sample
	used := 0
	for range 200 {
		samples = samples[:0]
		for i := range 18 {
			samples = append(samples, sample{i % 3, 0.2 * r.NormFloat64(), 0.02 * r.NormFloat64()})
		}
		if slope(samples).Used {
			used++
		}
	}
	// At 95 % confidence it happens in 10 of 200, ± 3.1.
	if used > 22 {
		t.Errorf("%d of 200 corrections where there was nothing to correct", used)
	}
}

// Measured with requests over a system whose speed drifts while it is loaded.
func TestDriftUnderLoad(t *testing.T) {
	tolerant(t)
	f := newFake(t, 1)
	f.delay = 20 * time.Millisecond // far above what a busy test machine adds
	began := time.Now()
	f.speed = func() float64 { return math.Exp(0.4 * math.Sin(6*time.Since(began).Seconds()/1.5)) }
	c := short(closedScenario())
	c.Sizes, c.Rounds, c.Block = []int{1}, 8, 250*time.Millisecond
	r, err := measureFake(t, f, c)
	if err != nil {
		t.Fatal(err)
	}
	p, raw := r.Curve.Points[0], r.Raw.Points[0]
	t.Logf("drift %+v; throughput %v, raw %v", r.Drift, p.ThroughputRps, raw.ThroughputRps)
	if r.Drift.SlowestMs < 1.3*r.Drift.FastestMs {
		t.Errorf("drift %+v: want a factor of up to 2.2", r.Drift)
	}
	if r.Drift.CPU.Value < 0.4 {
		t.Errorf("CPU time follows the probe with an exponent of %v: want about 1", r.Drift.CPU.Value)
	}
	if p.Noise["cpu"] > raw.Noise["cpu"] {
		t.Errorf("noise %v corrected, %v raw", p.Noise, raw.Noise)
	}
}
