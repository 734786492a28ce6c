package accuracy

import (
	"context"
	"math"
	"runtime"
	"sync"

	"github.com/k9mil/velocitas/live/recorded"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
	"github.com/k9mil/velocitas/sim"
)

// Run is one simulated run: what its clients saw, and what it cost.
type Run struct {
	recorded.Figures
	CPUMs  float64   // of the instances per request
	Speed  float64   // of the machine, relative to the profile's
	Counts []float64 // answers in equal parts of the run, where something happens in it
}

// simulate runs a scenario so many times, with the profiles in turn, each at a
// speed of its own. Seeds count from 1, so that two settings of a model meet the
// same random numbers.
func simulate(s *scenarios.Scenario, ps []*model.Profile, speeds []float64) ([]Run, error) {
	return times(len(speeds), func(i int) (Run, error) { return one(s, ps[i%len(ps)], speeds[i], uint64(i)+1) })
}

// simulateAt runs a scenario so many times, with the profiles in turn, each at
// the speed at which that very run, warm-up included, costs so much CPU time
// per request.
func simulateAt(s *scenarios.Scenario, ps []*model.Profile, cpuMs float64, runs int, seed uint64) ([]Run, error) {
	speed := guess(s, cpuMs)
	return times(runs, func(i int) (Run, error) { return oneAt(s, ps[i%len(ps)], cpuMs, speed, 2, seed+uint64(i)) })
}

// simulateMany is simulateAt for so many runs that the first is worth having by
// itself: it says where the speed of the others is to be found.
func simulateMany(s *scenarios.Scenario, ps []*model.Profile, cpuMs float64, runs int, seed uint64) ([]Run, error) {
	first, err := oneAt(s, ps[0], cpuMs, guess(s, cpuMs), 2, seed)
	if err != nil {
		return nil, err
	}
	return times(runs, func(i int) (Run, error) {
		if i == 0 {
			return first, nil
		}
		return oneAt(s, ps[i%len(ps)], cpuMs, first.Speed, 1, seed+uint64(i))
	})
}

// guess is about the speed at which a request costs so much: at speed 1 some 7.3 ms
// for 1,000 keys.
func guess(s *scenarios.Scenario, cpuMs float64) float64 {
	return 7.3 / cpuMs * float64(s.Instance.Keys) / 1000
}

// oneAt begins at some speed and corrects it so often. Two corrections of a guess, or
// one of another run's speed, leave some half a percent, with one instance up to two:
// at another speed a run meets other swings, so more corrections do not help.
func oneAt(s *scenarios.Scenario, p *model.Profile, cpuMs, speed float64, corrections int, seed uint64) (Run, error) {
	whole := *s
	whole.WarmUp = scenarios.WarmUp{}
	for range corrections {
		r, err := one(&whole, p, speed, seed)
		if err != nil {
			return Run{}, err
		}
		speed *= r.CPUMs / cpuMs
	}
	return one(s, p, speed, seed)
}

func one(s *scenarios.Scenario, p *model.Profile, speed float64, seed uint64) (Run, error) {
	this := *s
	this.Seed, this.Speed = seed, speed
	c, err := sim.Run(context.Background(), sim.Input{Scenario: &this, Profile: p})
	if err != nil {
		return Run{}, err
	}
	point := c.Points[0]
	l := point.LatencyMs
	r := Run{Speed: speed, Figures: recorded.Figures{
		ThroughputRps: point.ThroughputRps.Value, MeanMs: l.Mean.Value, P25Ms: quartile(point),
		P50Ms: l.P50.Value, P90Ms: l.P90.Value, P95Ms: l.P95.Value, P99Ms: l.P99.Value,
	}}
	// Requests inside at the end have been worked on, half on average.
	served := float64(point.Completed)
	r.CPUMs = point.CPUMsPerRequest * served / (served + point.InSystem.Value/2)
	for _, m := range point.Timeline {
		r.Counts = append(r.Counts, m.ThroughputRps)
	}
	return r, nil
}

// quartile is the latency that a quarter of all requests do not exceed.
func quartile(p model.Point) float64 {
	for _, q := range p.Distribution {
		if q.Q == 0.25 {
			return q.LatencyMs
		}
	}
	return math.NaN() // nothing was answered
}

// times makes n runs on all processors.
func times(n int, run func(i int) (Run, error)) ([]Run, error) {
	runs := make([]Run, n)
	err := each(n, func(i int) (err error) {
		runs[i], err = run(i)
		return err
	})
	return runs, err
}

// each calls do for 0 to n-1, on all processors, and returns the first error
// in that order.
func each(n int, do func(i int) error) error {
	errs := make([]error, n)
	var wait sync.WaitGroup
	next := make(chan int)
	for range min(n, runtime.GOMAXPROCS(0)) {
		wait.Go(func() {
			for i := range next {
				errs[i] = do(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
