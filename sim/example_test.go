package sim_test

import (
	"context"
	"fmt"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/model/queueing"
	"github.com/k9mil/velocitas/scenarios"
	"github.com/k9mil/velocitas/sim"
)

// The built-in scenario that queueing theory solves: each of N instances behind
// round robin is an E_N/M/1 queue.
func ExampleRun() {
	scenario, err := scenarios.Read(context.Background(), "textbook")
	if err != nil {
		panic(err)
	}
	profile, err := model.LoadProfile(context.Background(), scenario.Profile)
	if err != nil {
		panic(err)
	}
	curve, err := sim.Run(context.Background(), sim.Input{Scenario: scenario, Profile: profile})
	if err != nil {
		panic(err)
	}
	for _, p := range curve.Points {
		theory := queueing.RoundRobin(p.Instances, 80, 100).ResponseMeanS() * 1000
		mean := p.LatencyMs.Mean
		fmt.Printf("%d: %.0f requests/s, mean response %.0f ms (theory %.1f), inside the interval: %v\n",
			p.Instances, p.ThroughputRps.Value, mean.Value, theory, mean.Lo <= theory && theory <= mean.Hi)
	}
	// Output:
	// 1: 80 requests/s, mean response 51 ms (theory 50.0), inside the interval: true
	// 2: 160 requests/s, mean response 38 ms (theory 38.4), inside the interval: true
	// 3: 240 requests/s, mean response 35 ms (theory 34.6), inside the interval: true
	// 4: 320 requests/s, mean response 33 ms (theory 32.7), inside the interval: true
}
