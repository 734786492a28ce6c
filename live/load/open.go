package load

import (
	"context"
	"fmt"
	"strings"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/k9mil/velocitas/live/load/cputime"
)

// Open sends one request at each instant of the plan (ascending, since the
// start of the load) and returns when the last of them is answered or given
// up. Latency counts from the planned instant.
//
// The error is of the configuration, the plan or the context; requests that
// failed are in the records. When the context ends, connections are cut and
// what was seen until then comes with the context's error.
func Open(ctx context.Context, c Config, plan []time.Duration) (*Run, error) {
	c, err := c.validate()
	if err != nil {
		return nil, err
	}
	if err := checkPlan(plan); err != nil {
		return nil, err
	}
	http, end := client(ctx, c)
	defer end()
	attacker := vegeta.NewAttacker(vegeta.Client(http), vegeta.MaxBody(0),
		vegeta.Workers(uint64(min(16, c.MaxInside))), vegeta.MaxWorkers(uint64(c.MaxInside)))

	run := &Run{Bound: c.Bound, Planned: len(plan), Records: make([]Record, 0, len(plan))}
	cpu := cputime.Process()
	run.Began = time.Now()
	pacer := exactPacer{planPacer(plan), ctx, wallClock{run.Began}}
	for result := range attacker.Attack(c.targeter(openLoad), pacer, 0, "") {
		run.Records = append(run.Records, record(result, run.Began, plan[result.Seq], plan[result.Seq], c))
	}
	run.finish(cpu)
	if len(plan) > 0 {
		run.PlannedFor = plan[len(plan)-1]
	}
	return run, ctx.Err()
}

// checkPlan refuses what no clock can follow.
func checkPlan(plan []time.Duration) error {
	for i, at := range plan {
		if at < 0 || i > 0 && at < plan[i-1] {
			return fmt.Errorf("load: plan: instant %d is %v: want ascending instants from 0 on", i, at)
		}
	}
	return nil
}

// record keeps of a result what a measurement needs. Latency counts from the
// instant given.
func record(r *vegeta.Result, origin time.Time, intended, from time.Duration, c Config) Record {
	status := Status(r.Code)
	if r.Code == 0 && gaveUp(r, c) {
		status = TimedOut
	}
	rec := Record{
		Intended: intended,
		Sent:     r.Timestamp.Sub(origin),
		Latency:  r.End().Sub(origin) - from,
		Status:   status,
		Instance: r.Headers.Get("X-Instance"),
	}
	if status == NoAnswer {
		rec.Error = r.Error
	}
	return rec
}

// gaveUp tells whether a request without an answer was waited for too long.
func gaveUp(r *vegeta.Result, c Config) bool {
	if c.Retries.Most > 0 {
		return strings.HasSuffix(r.Error, errGaveUp.Error())
	}
	return c.Timeout > 0 && r.Latency >= c.Timeout
}
