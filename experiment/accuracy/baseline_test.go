package accuracy

import (
	"math"
	"slices"
	"testing"

	"github.com/k9mil/velocitas/live/recorded"
	"github.com/k9mil/velocitas/model/queueing"
)

// Where nobody waits, the closed M/M/c is the exponential distribution; with
// one instance and K clients it is the Erlang distribution of K stages.
func TestClosedMMC(t *testing.T) {
	const rate = 10.0
	for _, test := range []struct {
		instances, clients int
		tail               func(t float64) float64
	}{
		{4, 4, func(t float64) float64 { return math.Exp(-rate * t) }},
		{1, 3, func(t float64) float64 { return erlangTail(3, rate, t) }},
		{1, 8, func(t float64) float64 { return erlangTail(8, rate, t) }},
	} {
		f := closedMMC(rate, test.instances, test.clients)
		for q, ms := range map[float64]float64{0.5: f.P50Ms, 0.95: f.P95Ms, 0.99: f.P99Ms} {
			if got := 1 - test.tail(ms/1e3); math.Abs(got-q) > 2e-3 {
				t.Errorf("%d instances, %d clients: %.1f ms is quantile %.4f, want %g", test.instances, test.clients, ms, got, q)
			}
		}
	}
}

// The rate that is solved for gives the mean latency asked for.
func TestSolveRate(t *testing.T) {
	c := &recorded.Cell{Load: "-r 20", Instances: 2}
	c.Records = readOne(t, "linopen", 2).Records
	rate := solveRate(c, 300)
	x := float64(len(c.Records)) / c.HorizonS()
	got := queueing.MMc{ArrivalRps: x, ServiceRps: rate, Instances: 2}.ResponseMeanS() * 1e3
	if math.Abs(got-300) > 0.01 {
		t.Errorf("mean %.3f ms at the rate solved for, want 300", got)
	}
}

func readOne(t *testing.T, set string, instances int) *recorded.Cell {
	t.Helper()
	cells, err := recorded.ReadCalibration("../../testdata/live")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cells {
		if c.Set == set && c.Instances == instances {
			return c
		}
	}
	t.Fatalf("no run of %s with %d instances", set, instances)
	return nil
}

// Fitted baselines go through what they were fitted to: with one run of each
// size, the line and the USL give back both throughputs.
func TestBaselinesMeetTheirPoints(t *testing.T) {
	one, two := readOne(t, "knee", 1), readOne(t, "knee", 2)
	same := func(*recorded.Cell) float64 { return 1 }
	for name, predict := range baselines([]*recorded.Cell{one, two}, same) {
		if name == "M/M/c" {
			continue // one parameter for two points
		}
		for _, c := range []*recorded.Cell{one, two} {
			got, want := predict(c).ThroughputRps, c.Figures().ThroughputRps
			if name == "USL" && 2*one.Figures().ThroughputRps < two.Figures().ThroughputRps && c == two {
				continue // more than linear: the law's contention stays at 0
			}
			if math.Abs(got/want-1) > 1e-9 {
				t.Errorf("%s, %d instances: %.2f per second, measured %.2f", name, c.Instances, got, want)
			}
		}
	}
}

func TestKneeOf(t *testing.T) {
	for _, test := range []struct {
		sizes []size
		want  int
	}{
		{[]size{{1, 10}, {2, 20}, {3, 29}, {4, 30}}, 3}, // 29 is 97 % of 30
		{[]size{{4, 30}, {1, 10}, {3, 28}, {2, 20}}, 4}, // in any order; 28 is 93 %
		{[]size{{1, 10}}, 1},
	} {
		if got := kneeOf(test.sizes); got != test.want {
			t.Errorf("%v: knee %d, want %d", test.sizes, got, test.want)
		}
	}
}

// A prediction interval holds one more run in 95 of 100 cases, whether the
// members agree or differ by as much as runs of one do, or twice that.
func TestBetweenCovers(t *testing.T) {
	for _, between := range []float64{0, 0.2, 0.4} {
		// Standard error 0.0015; Satterthwaite's approximation is good to a percent.
		if share := covered(between, 0.2); share < 0.94 || share > 0.96 {
			t.Errorf("members differ by %g: %.3f inside, want 0.95", between, share)
		}
	}
}

func covered(between, within float64) float64 {
	const trials = 20_000
	inside := 0
	state := uint64(1)
	normal := func() float64 { // twelve uniforms
		sum := -6.0
		for range 12 {
			state = state*6364136223846793005 + 1442695040888963407
			sum += float64(state>>11) / (1 << 53)
		}
		return sum
	}
	run := func(member float64) Run {
		return Run{Figures: recorded.Figures{ThroughputRps: math.Exp(3 + member + within*normal())}}
	}
	for range trials {
		var p forecast
		var members [Members]float64
		for i := range members {
			members[i] = between * normal()
		}
		for range Runs {
			p.runs = append(p.runs, run(0))
		}
		for i := range intervalRuns {
			p.by = append(p.by, run(members[i%Members]))
		}
		lo, hi := p.between(0, 0)
		if x := run(between * normal()).ThroughputRps; x >= lo && x <= hi {
			inside++
		}
	}
	return float64(inside) / trials
}

// A prediction of 2 requests a second, and members' runs of 1, 2 and 4.
func TestChance(t *testing.T) {
	var p forecast
	for _, x := range []float64{1, 2, 4} {
		r := Run{Figures: recorded.Figures{ThroughputRps: x}}
		p.runs, p.by = append(p.runs, r), append(p.by, r)
	}
	want := []float64{1, 0, 0.5}
	if got := p.chance(0); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// The median of three uniform errors is below x with probability 3x²-2x³.
func TestLikely(t *testing.T) {
	var uniform []float64
	for i := range 1000 {
		uniform = append(uniform, (float64(i)+0.5)/1000)
	}
	rows := []Row{{Chance: uniform}, {Chance: uniform}, {Chance: uniform}}
	for _, x := range []float64{0.2, 0.5, 0.9} {
		want := 3*x*x - 2*x*x*x
		// Four standard deviations of a share of 10,000 draws.
		if got := likely(rows, x); math.Abs(got-want) > 4*math.Sqrt(want*(1-want)/10_000) {
			t.Errorf("at most %v: %v, want %v", x, got, want)
		}
	}
}
