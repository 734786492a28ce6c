package calibrate

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/k9mil/velocitas/live/load"
)

// lightLoad is a trace of requests of 20 ms, one after the other with rests,
// of which every fiftieth brings a burst of 100 ms of the store's own work.
func lightLoad(requests int, rest time.Duration) ([]Sample, []load.Record, time.Time) {
	origin := time.Unix(1000, 0)
	var records []load.Record
	var ends, works []time.Duration // when which work was over
	at := 50 * time.Millisecond
	for i := range requests {
		work := time.Duration(18+i%5) * time.Millisecond // 20 on average
		if i%50 == 49 {
			work += 100 * time.Millisecond
		}
		records = append(records, load.Record{Intended: at, Sent: at, Latency: work, Status: 200})
		ends, works = append(ends, at+work), append(works, work)
		at += work + rest
	}
	var samples []Sample
	var done time.Duration
	next := 0
	for now := time.Duration(0); now < at+time.Second; now += FineStep {
		for next < requests && ends[next] <= now {
			done += works[next]
			next++
		}
		spent := done
		if next < requests {
			spent += max(0, now-(ends[next]-works[next]))
		}
		samples = append(samples, Sample{origin.Add(now), spent.Nanoseconds()})
	}
	return samples, records, origin
}

func TestRefine(t *testing.T) {
	for _, requests := range []int{150, 1000} {
		samples, records, origin := lightLoad(requests, 45*time.Millisecond)
		f, err := Refine(samples, records, origin, 80e6)
		if err != nil {
			t.Fatal(err)
		}
		// 100 ms every 50 requests. The last request's episode has no end.
		if f.Bursts != (requests-1)/50 || math.Abs(f.OwnNs-2e6) > 0.1e6 && requests == 1000 {
			t.Errorf("%d requests: %+v: want 2 ms of own work a request", requests, f)
		}
		if f.Requests != requests-1 {
			t.Errorf("%d of %d requests alone", f.Requests, requests)
		}
		q := f.Shape.Quantiles
		if math.Abs(q[0]-0.9) > 0.01 || math.Abs(q[len(q)-1]-1.1) > 0.01 {
			t.Errorf("shape from %v to %v: want from 0.9 to 1.1", q[0], q[len(q)-1])
		}
	}
}

// Requests without a rest between them tell nothing of single ones, and
// neither does a trace of another time.
func TestRefineRefuses(t *testing.T) {
	samples, records, origin := lightLoad(1000, 5*time.Millisecond)
	if f, err := Refine(samples, records, origin, 80e6); err == nil {
		t.Errorf("without rests: %+v", f)
	}
	samples, records, origin = lightLoad(1000, 45*time.Millisecond)
	if f, err := Refine(samples, records, origin.Add(time.Hour), 80e6); err == nil {
		t.Errorf("of another time: %+v", f)
	}
	if f, err := Refine(nil, records, origin, 80e6); err == nil {
		t.Errorf("without a trace: %+v", f)
	}
}

func TestTrace(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	samples, err := Trace(ctx, burning{began: time.Now()}, 1)
	if err != nil || len(samples) < 3 {
		t.Fatalf("%d samples, %v", len(samples), err)
	}
	for i := 1; i < len(samples); i++ {
		if samples[i].CPUNs <= samples[i-1].CPUNs || !samples[i].At.After(samples[i-1].At) {
			t.Errorf("sample %d: %+v after %+v", i, samples[i], samples[i-1])
		}
	}
	ctx, cancel = context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if _, err := Trace(ctx, burning{began: time.Now()}, 2); err == nil {
		t.Error("an instance that is not there was traced")
	}
}
