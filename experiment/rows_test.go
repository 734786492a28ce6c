package experiment

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/model/stats"
)

func point(n int, x, lo, hi float64) model.Point {
	return model.Point{Instances: n, Rounds: 6, ThroughputRps: model.Estimate{Value: x, Lo: lo, Hi: hi}, Noise: map[string]float64{"throughput": 0.06}}
}

func TestRows(t *testing.T) {
	predicted := &model.Curve{Points: []model.Point{point(1, 110, 90, 130), point(2, 300, 250, 350)}}
	measured := &model.Curve{Points: []model.Point{point(1, 100, 95, 105), point(2, 200, 190, 210), point(3, 1, 1, 1)}}
	rows := Rows(predicted, measured)
	if len(rows) != 2*len(metrics) {
		t.Fatalf("%d rows, want %d: size 3 was not predicted", len(rows), 2*len(metrics))
	}
	for _, want := range []struct {
		row    int
		err    float64
		inside bool
	}{{0, 0.1, true}, {len(metrics), 0.5, false}} {
		if r := rows[want.row]; r.Metric != "throughput" || math.Abs(r.Error-want.err) > 1e-9 || r.Inside != want.inside {
			t.Errorf("%+v: want error %v, inside %v", r, want.err, want.inside)
		}
	}
	all := Summarise(rows)
	if s := all[0]; s.Metric != "throughput" || math.Abs(s.Median-0.3) > 1e-9 || s.Worst != 0.5 || s.Inside != 1 || s.Of != 2 {
		t.Errorf("%+v: want median 0.3, worst 0.5, 1 of 2 inside", s)
	}
}

// The noise floor is the median difference of two means over the rounds: here
// of two thousand pairs of them.
func TestFloor(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	const sd, rounds = 0.05, 6
	mean := func() float64 {
		sum := 0.0
		for range rounds {
			sum += sd * random.NormFloat64()
		}
		return sum / rounds
	}
	var off []float64
	for range 2000 {
		off = append(off, math.Abs(mean()-mean()))
	}
	slices.Sort(off)
	// The median of 2000 is off by 3 % of it at one standard error.
	if got, want := floorOf(sd, rounds), off[len(off)/2]; math.Abs(got/want-1) > 0.1 {
		t.Errorf("floor %.5f, two measurements differ by %.5f", got, want)
	}
}

// A measured value falls into its predicted interval as often as the interval
// says, when demand and noise are as the calibration found them.
func TestWidenedHolds(t *testing.T) {
	random := rand.New(rand.NewPCG(2, 2))
	const demandSe, noiseSe, trials = 0.03, 0.02, 4000
	held := 0
	for range trials {
		// Throughput is 100 over the true demand, of which the prediction knows
		// an estimate; the simulation's own error is small.
		truth := math.Exp(demandSe * random.NormFloat64())
		measured := 100 / truth * math.Exp(noiseSe*random.NormFloat64())
		predicted := model.Estimate{Value: 100, Lo: 99.9, Hi: 100.1}
		reach := 1.96 * demandSe
		e := widened(predicted, 100/(1+reach), 100*(1+reach), 1.96*noiseSe)
		if e.Lo <= measured && measured <= e.Hi {
			held++
		}
	}
	// 95 % of 4000 with three standard errors of 0.34 %, and the difference
	// between 1+x and exp(x).
	if share := float64(held) / trials; share < 0.938 || share > 0.965 {
		t.Errorf("%.3f of the measured values are inside, want 0.95", share)
	}
}

// The interval of one more replication holds it as often as it says.
func TestOneOf(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 3))
	const trials, replications = 4000, 8
	held := 0
	for range trials {
		xs := make([]float64, replications)
		for i := range xs {
			xs[i] = 100 + 5*random.NormFloat64()
		}
		mean, err := stats.Mean(xs, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		if e, x := oneOf(mean, replications), 100+5*random.NormFloat64(); e.Lo <= x && x <= e.Hi {
			held++
		}
	}
	// Three standard errors of 0.34 %.
	if share := float64(held) / trials; math.Abs(share-0.95) > 0.0103 {
		t.Errorf("%.3f are inside, want 0.95", share)
	}
}

// The doubt is that of the sizes that were calibrated on, and of no other.
func TestDoubt(t *testing.T) {
	r := &Result{Calibrated: []int{1, 2}, Measured: &model.Curve{Points: []model.Point{
		{Instances: 1, Rounds: 6, Noise: map[string]float64{"cpu": 0.03, "p99": 0.2}},
		{Instances: 2, Rounds: 6, Noise: map[string]float64{"cpu": 0.05, "p99": 0.1}},
		{Instances: 4, Rounds: 6, Noise: map[string]float64{"cpu": 9, "p99": 9}},
	}}}
	d := doubtOf(r.Measured, r.Calibrated)
	cpu := math.Sqrt((0.03*0.03 + 0.05*0.05) / 2)
	if d.DF != 10 || math.Abs(d.Demand-cpu/math.Sqrt(12)) > 1e-12 || math.Abs(d.Noise["cpu"]-cpu/math.Sqrt(6)) > 1e-12 {
		t.Errorf("%+v: want %v over 12 and over 6 rounds, df 10", d, cpu)
	}
}

// Of a value that is lognormal as its interval says, half are off by less than
// the chance, and 95 % inside.
func TestByChance(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 4))
	const sd, trials = 0.1, 4000
	e := model.Estimate{Value: 100, Lo: 100 * math.Exp(-1.96*sd), Hi: 100 * math.Exp(1.96*sd)}
	below, chance := 0, ByChance(e)
	for range trials {
		if math.Abs(sd*random.NormFloat64()) < chance {
			below++
		}
	}
	// Three standard errors of 0.8 %.
	if share := float64(below) / trials; math.Abs(share-0.5) > 0.024 {
		t.Errorf("%.3f are off by less than %.4f, want a half", share, chance)
	}
	if got := ByChance(model.Exactly(3)); got != 0 {
		t.Errorf("what has no interval is off by %v by chance", got)
	}
}
