package calibrate

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/k9mil/velocitas/live/stack"
)

// fakeInstance answers like one whose requests take 2 ms ± 10 %, and 1 ms more
// after a long rest, with a flush every 40th of 10 ms and 4 ms for each second
// since the last, the first 5 ms dearer, and a compaction of 20 ms after every
// fifth of these.
func fakeInstance(t *testing.T, say string) Instance {
	var cpuNs, requests atomic.Int64
	last, flushed := time.Now(), time.Now()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := requests.Add(1)
		cpuNs.Add(2e6 + 1e5*(n*7%5-2))
		if time.Since(last) > longRest {
			cpuNs.Add(1e6)
		}
		last = time.Now()
		switch {
		case n%40 == 0:
			cpuNs.Add(10e6 + int64(4e6*last.Sub(flushed).Seconds()))
			flushed = last
			if n == 40 {
				cpuNs.Add(5e6)
			}
		case n%200 == 1 && n > 1:
			cpuNs.Add(20e6)
		}
		tables := n / 40 % 5 * 3e6
		if n%200 == 0 { // seen before it is compacted away
			tables = 15e6
		}
		fmt.Fprintf(w, say, tables)
	}))
	t.Cleanup(server.Close)
	return Instance{
		Address: strings.TrimPrefix(server.URL, "http://"), Threads: 1,
		Used: func(context.Context) (stack.Usage, error) { return stack.Usage{CPUNs: cpuNs.Load()}, nil },
	}
}

// What an instance does is found, whatever requests the distribution is of.
func TestAskAlone(t *testing.T) {
	t.Parallel() // it mostly waits
	for _, path := range []string{tracePath, "/?keys=500"} {
		a, err := AskAlone(t.Context(), fakeInstance(t, `{"table_bytes":%d}`), path)
		if err != nil {
			t.Fatal(err)
		}
		b := a.Background
		near := func(got int64, wantMs float64) bool { return math.Abs(float64(got)/1e6-wantMs) < 0.5 }
		if a.Flushes < aloneFlushes || !near(b.FlushDemandNs, 10) || !near(b.FirstNs, 5) || !near(b.ColdNsPerS, 4) || !near(a.WakeNs, 1) || b.CompactEveryFlush != 5 || math.Abs(float64(b.CompactionDemandNs)/1e6-20) > 2 {
			t.Errorf("%s: %+v", path, a)
		}
		// Its requests cost the same however many there are.
		for row, e := range a.Efficiency {
			if math.Abs(e-1) > 0.1 || len(a.Efficiency) != len(concurrencies) {
				t.Errorf("%s: efficiency %.3f with %d inside, want 1", path, e, concurrencies[row])
			}
		}
		if keys := b.FlushEveryBytes / int64(b.BytesPerKey); math.Abs(float64(keys)-40_000) > 1000 {
			t.Errorf("%s: a flush every %d keys, want 40,000", path, keys)
		}
		if q := a.Shape.Quantiles; math.Abs(q[0]-0.9) > 0.02 || math.Abs(q[len(q)-1]-1.1) > 0.02 {
			t.Errorf("%s: shape from %v to %v: want from 0.9 to 1.1", path, q[0], q[len(q)-1])
		}
	}
}

func TestAskAloneRefuses(t *testing.T) {
	if _, err := AskAlone(t.Context(), fakeInstance(t, `{"tables":%d}`), tracePath); err == nil || !strings.Contains(err.Error(), "does not say how large its tables are") {
		t.Errorf("an answer without the size of the tables: %v", err)
	}
	nobody := fakeInstance(t, "")
	nobody.Address = "127.0.0.1:1"
	if _, err := AskAlone(t.Context(), nobody, tracePath); err == nil || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("nobody there: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := AskAlone(ctx, fakeInstance(t, `{"table_bytes":%d}`), tracePath); err == nil {
		t.Error("went on after the end")
	}
}
