package calibrate

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"time"

	"github.com/k9mil/velocitas/live/load"
	"github.com/k9mil/velocitas/live/measure"
	"github.com/k9mil/velocitas/model"
)

// FineStep is the time between two readings of a fine trace.
const FineStep = 10 * time.Millisecond

// Sample is an instance's CPU time at an instant.
type Sample struct {
	At    time.Time
	CPUNs int64
}

// Trace reads the CPU time of instance i, counted from 0, every FineStep until
// the context ends, which is not an error.
func Trace(ctx context.Context, s measure.System, i int) ([]Sample, error) {
	var samples []Sample
	ticker := time.NewTicker(FineStep)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return samples, nil
		case <-ticker.C:
		}
		c, err := s.Counters(ctx)
		if ctx.Err() != nil {
			return samples, nil
		}
		if err != nil {
			return samples, fmt.Errorf("calibrate: trace of instance %d: %w", i+1, err)
		}
		if i >= len(c.Instances) {
			return samples, fmt.Errorf("calibrate: trace of instance %d: there are %d", i+1, len(c.Instances))
		}
		samples = append(samples, Sample{c.At, c.Instances[i].CPUNs})
	}
}

// Fine is what a fine trace beside a light load tells about single requests.
type Fine struct {
	// Requests were seen alone; OwnNs is the store's own work for each of all
	// requests on average, Bursts how often it was seen; RateRps is the rate of requests.
	Requests int
	OwnNs    float64
	Bursts   int
	RateRps  float64
	// Shape is the distribution of the CPU time of the others.
	Shape model.Shape
}

// episode is a few requests between two rests, and what they cost.
type episode struct {
	requests int
	cpuNs    float64
}

// Refine cuts the trace at the rests between requests and tells episodes in
// which the store did work of its own from the others: they cost at least half
// a flush more, which is about flushNs. The records are all those of the traced
// instance, the load began at origin.
func Refine(samples []Sample, records []load.Record, origin time.Time, flushNs float64) (Fine, error) {
	episodes := cut(samples, records, origin)
	var single []float64
	for _, e := range episodes {
		if e.requests == 1 {
			single = append(single, e.cpuNs)
		}
	}
	if len(single) < fewestLight {
		return Fine{}, fmt.Errorf("calibrate: %d requests were alone in the trace: want at least %d; load the instance less, or longer", len(single), fewestLight)
	}
	slices.Sort(single)
	end := sort.SearchFloat64s(single, single[len(single)/2]+flushNs/2)
	quiet := mean(single[:end])

	f := Fine{Requests: len(single), Shape: quantileShape(single[:end])}
	var all int
	for _, e := range episodes {
		all += e.requests
		if usual := quiet * float64(e.requests); e.cpuNs > usual+flushNs/2 {
			f.Bursts++
			f.OwnNs += e.cpuNs - usual
		}
	}
	f.OwnNs /= float64(all)
	f.RateRps = float64(len(records)) / records[len(records)-1].Sent.Seconds()
	return f, nil
}

// cut makes episodes out of requests that are less than two steps apart.
func cut(samples []Sample, records []load.Record, origin time.Time) []episode {
	var episodes []episode
	var until time.Time // the end of the work so far
	var before int64    // CPU time before the episode
	requests := 0
	for _, r := range records {
		sent := origin.Add(r.Sent)
		if sent.Sub(until) >= 2*FineStep {
			now, ok := at(samples, sent)
			if ok && requests > 0 {
				episodes = append(episodes, episode{requests, float64(now - before)})
			}
			before, requests = now, 0
			if !ok {
				requests = -len(records) // outside of the trace: never an episode
			}
		}
		requests++
		if end := origin.Add(r.Sent + r.Latency); end.After(until) {
			until = end
		}
	}
	return episodes
}

// at is the CPU time at the last reading before an instant; ok is false where
// the trace does not reach.
func at(samples []Sample, t time.Time) (cpuNs int64, ok bool) {
	i := sort.Search(len(samples), func(i int) bool { return samples[i].At.After(t) })
	if i == 0 || i == len(samples) {
		return 0, false
	}
	return samples[i-1].CPUNs, true
}
