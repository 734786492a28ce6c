package calibrate

import (
	"context"
	"errors"
	"math"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/k9mil/velocitas/badger/store"
	"github.com/k9mil/velocitas/model"
)

// The real store, for a few seconds: its layout is exact, its costs are in
// the range of any machine, and the profile can be written and read.
func TestStore(t *testing.T) {
	before := runtime.GOMAXPROCS(0)
	p, err := Store(context.Background(), Options{Threads: 1, Flushes: 6, Rounds: 1,
		gaps: []time.Duration{0}})
	if err != nil {
		t.Fatal(err)
	}
	if now := runtime.GOMAXPROCS(0); now != before {
		t.Errorf("GOMAXPROCS is %d afterwards: want %d as before", now, before)
	}
	text, err := model.Encode(p)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := model.ParseProfile("written", text); err != nil {
		t.Error(err)
	}
	i := p.Instance
	// Badger's skiplist takes about 72 bytes for a key and value of 16 bytes
	// each, and is flushed at 8 MiB.
	if b := i.Background; b.BytesPerKey < 70 || b.BytesPerKey > 74 || math.Abs(float64(b.FlushEveryBytes)/store.MemTableBytes-1) > 0.02 || b.FlushDemandNs < 1e6 {
		t.Errorf("background %+v: want 72 bytes a key, a flush every 8 MiB, and that it costs something", b)
	}
	if perKey := i.Demand[0].DemandNs / 1000; perKey < 200 || perKey > 200_000 {
		t.Errorf("%d ns a key: want some microseconds", perKey)
	}
	if ratio := float64(i.Demand[1].DemandNs) / float64(i.Demand[0].DemandNs); ratio < 4 || ratio > 25 {
		t.Errorf("ten times the keys cost %.1f times as much", ratio)
	}
	if i.BatchFactor > 0.9 {
		t.Errorf("a batch costs %.2f of single transactions: want far less", i.BatchFactor)
	}
	if i.PollNs != 10e6 || i.WakeNs < 0 || i.WakeNs > i.Demand[0].DemandNs {
		t.Errorf("poll %d ns, wake %d ns", i.PollNs, i.WakeNs)
	}
	for _, row := range i.Speed {
		if row.Cores > 1 || row.Efficiency < 0.3 || row.Efficiency > 3 {
			t.Errorf("speed %+v with one thread", row)
		}
	}
	if i.Threads != 1 || len(i.Speed) != len(concurrencies) {
		t.Errorf("%d threads, %d rows", i.Threads, len(i.Speed))
	}
}

func TestStoreStops(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Store(ctx, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v: want the context's", err)
	}
}

func TestBadOptions(t *testing.T) {
	for want, o := range map[string]Options{
		"threads -1": {Threads: -1}, "threads 5000": {Threads: 5000}, "flushes 3": {Flushes: 3}, "rounds -1": {Rounds: -1},
	} {
		if _, err := Store(context.Background(), o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: error %v: want %q", o, err, want)
		}
	}
}

// Straight lines between the quantiles have mean 1, whatever was seen; of a few
// values they reach from end to end.
func TestQuantileShape(t *testing.T) {
	for _, sorted := range [][]float64{{5}, {1, 3}, {1, 2, 3, 4, 5, 6, 70}} {
		q := quantileShape(sorted).Quantiles
		var sum float64
		for i := 1; i < len(q); i++ {
			sum += (q[i-1] + q[i]) / 2
		}
		if m := sum / float64(len(q)-1); math.Abs(m-1) > 1e-12 {
			t.Errorf("%v: mean %v", sorted, m)
		}
		if got, want := q[len(q)-1]/q[0], sorted[len(sorted)-1]/sorted[0]; math.Abs(got/want-1) > 1e-12 {
			t.Errorf("%v: from end to end %v: want %v", sorted, got, want)
		}
	}
}

// One outlier among a thousand values is no thirtieth of all: the last line has
// the mean of the values that it stands for.
func TestQuantileShapeOutlier(t *testing.T) {
	values := make([]float64, 1000)
	for i := range values {
		values[i] = 1 + float64(i)/1000
	}
	values[999] = 30
	q := quantileShape(values).Quantiles
	scale := q[16] / 1.5 // the median is the same
	if got, want := (q[31]+q[32])/2/scale, mean(values[1000-31:]); math.Abs(got/want-1) > 0.01 {
		t.Errorf("the last line has mean %v, want %v", got, want)
	}
	if q[32]/scale > 5 {
		t.Errorf("the last quantile is %v: the outlier's", q[32]/scale)
	}
}

func TestFindColdness(t *testing.T) {
	const s = time.Second
	for _, row := range []struct {
		why  string
		seen []coldFlush
		want coldness
	}{
		{"nothing seen", nil, coldness{}},
		{"one rest only", []coldFlush{{0, 10}, {0, 20}}, coldness{}},
		{"a rise that ends", []coldFlush{{0, 10}, {0, 12}, {0, 11}, {4 * s, 19}, {12 * s, 23}}, coldness{2, 12}},
		{"a rise that goes on", []coldFlush{{0, 10}, {4 * s, 18}, {12 * s, 34}}, coldness{2, 24}},
		{"the longest rest was lucky", []coldFlush{{0, 10}, {4 * s, 18}, {12 * s, 9}}, coldness{2, 8}},
		{"no rise", []coldFlush{{0, 10}, {4 * s, 9}, {12 * s, 11}}, coldness{}},
	} {
		if got := findColdness(row.seen); got != row.want {
			t.Errorf("%s: %+v: want %+v", row.why, got, row.want)
		}
	}
}
