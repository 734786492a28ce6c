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
	"github.com/k9mil/velocitas/model"
)

// fakeSurroundings is two instances whose requests take 2 ms. Under a limit the first
// is stopped at every fifth, and loses 3 ms each time; while the second is asked
// it takes 0.75 times as long.
func fakeSurroundings(t *testing.T) Surroundings {
	var cpuNs, stopped, requests, asked, all atomic.Int64
	var limited atomic.Bool
	first := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		cost := int64(2e6)
		if asked.Load() > 0 {
			cost = 1.5e6
		}
		if limited.Load() && requests.Add(1)%5 == 0 {
			cost += 3e6
			stopped.Add(1)
		}
		cpuNs.Add(cost)
		fmt.Fprintf(w, `{"table_bytes":%d}`, all.Add(1)/flushedEvery)
	}))
	second := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		defer asked.Add(-1)
		wait(r.Context(), 5*time.Millisecond)
		fmt.Fprint(w, `{"table_bytes":0}`)
	}))
	t.Cleanup(first.Close)
	t.Cleanup(second.Close)
	c := Surroundings{CPUs: 0.5, Limit: func(_ context.Context, cpus float64) error {
		limited.Store(cpus > 0)
		return nil
	}}
	for _, server := range []*httptest.Server{first, second} {
		c.Instances = append(c.Instances, Instance{Address: strings.TrimPrefix(server.URL, "http://"), Threads: 1,
			Used: func(context.Context) (stack.Usage, error) {
				return stack.Usage{CPUNs: cpuNs.Load(), ThrottledPeriods: stopped.Load()}, nil
			}})
	}
	return c
}

// flushedEvery is after how many requests the first instance flushes.
const flushedEvery = 200

var shownAlone = &Alone{Background: model.Background{BytesPerKey: 10, FlushEveryBytes: flushedEvery * 10 * traceKeys}}

func TestAskHeld(t *testing.T) {
	for _, row := range []struct {
		why                string
		change             func(*Surroundings)
		resumeMs, fullHost float64
	}{
		{"both", func(*Surroundings) {}, 3, 0.75},
		{"no limit", func(c *Surroundings) { c.CPUs = 0 }, 0, 0.75},
		{"one instance", func(c *Surroundings) { c.Instances = c.Instances[:1] }, 3, 0},
	} {
		c := fakeSurroundings(t)
		row.change(&c)
		held, err := AskHeld(t.Context(), c, shownAlone)
		if err != nil {
			t.Fatal(err)
		}
		// The first requests of a block may find the second still busy.
		if got := float64(held.ResumeNs) / 1e6; math.Abs(got-row.resumeMs) > 0.3 || math.Abs(held.FullHost-row.fullHost) > 0.05 {
			t.Errorf("%s: %+v, want %g ms and %g", row.why, held, row.resumeMs, row.fullHost)
		}
	}
}

func TestAskHeldRefuses(t *testing.T) {
	c := fakeSurroundings(t)
	c.Instances[1].Address = "127.0.0.1:1"
	if _, err := AskHeld(t.Context(), c, shownAlone); err == nil || !strings.Contains(err.Error(), "beside another") {
		t.Errorf("nobody beside it: %v", err)
	}
	c = fakeSurroundings(t)
	c.Limit = func(context.Context, float64) error { return fmt.Errorf("no groups here") }
	if _, err := AskHeld(t.Context(), c, shownAlone); err == nil || !strings.Contains(err.Error(), "no groups here") {
		t.Errorf("no limit can be set: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := AskHeld(ctx, fakeSurroundings(t), shownAlone); err == nil {
		t.Error("went on after the end")
	}
}
